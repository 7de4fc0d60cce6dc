import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    /// A circuit of 1500 bytes, a tunnel of 1400.
    @Suite("the size of packets")
    struct MTUTests {
        private static let workload = "tcp://10.1.0.4:443"
        private static let through = "icmp://10.1.0.4"

        private static func trace(_ configuration: inout SiteConfiguration) {
            configuration.workloads = ["{target: \(workload), trace: 1s}", "icmp://10.1.0.5"]
            configuration.through = ["{target: \(through), trace: 1s}"]
        }

        /// By path; the workload's, which takes the users' way, under the empty name.
        private static func sizes(_ metrics: Exposition) -> [String: Int] {
            let samples = metrics.all("netprobe_path_mtu_bytes").map { ($0.labels["path"] ?? "", Int($0.value)) }
            return Dictionary(samples) { first, _ in first }
        }

        private static let whole = ["": 1500, "kr-er-01/primary": 1500, "kr-er-01/secondary": 1500, "kr-vpn": 1400]

        @Test(
            "with the failover the users' packets get smaller and come back; the VPN, which never carried more, is not blamed"
        )
        func failover() throws {
            guard labIsPossible() else { return }
            try Watch.run(Self.trace) { watch in
                try watch.netprobe.waitUntil("every size is known", within: .seconds(60)) {
                    Self.sizes($0) == Self.whole
                }
                try watch.lab.cut("er1", "er2")
                try watch.receiver.firing("CircuitLost")
                try watch.netprobe.waitUntilLink(is: "failed_over", within: .seconds(20))
                let over = try watch.netprobe.waitUntil("the users' way has become narrow", within: .seconds(40)) {
                    Self.sizes($0)[""] == 1400
                }
                #expect(Self.sizes(over)["kr-vpn"] == 1400)
                try watch.lab.mend("er1", "er2")
                try watch.netprobe.waitUntilLink(is: "protected", within: .seconds(30))
                try watch.netprobe.waitUntil("it is wide again", within: .seconds(60)) { Self.sizes($0) == Self.whole }
                #expect(watch.alarms.isSubset(of: Watch.ofACut), "\(watch.alarms)")
            }
        }

        @Test(
            "a connection that carries smaller packets than it did is PathMTUReduced, and it alone",
            arguments: [false, true]
        )
        func connectionShrinks(isSilent: Bool) throws {
            guard labIsPossible() else { return }
            try Watch.run(Self.trace) { watch in
                let edge = watch.lab.namespace(.edge)
                try watch.netprobe.waitUntil("every size is known", within: .seconds(60)) {
                    Self.sizes($0) == Self.whole
                }
                if isSilent {
                    // What is larger vanishes without a word.
                    try watch.lab.wires.set("er1", .both, ["mtu=1420", "delay_us=1000"])
                } else {
                    // The customer edge says so.
                    try LabNamespaces.configure(edge, ["link set er1 mtu 1420"])
                }
                defer { _ = try? LabNamespaces.configure(edge, ["link set er1 mtu 1500"]) }
                let alert = try watch.receiver.firing("PathMTUReduced", within: .seconds(120))
                #expect(alert.labels["path"] == "kr-er-01/primary" && alert.labels["severity"] == "warning")
                #expect(alert.annotations["description"]?.contains("1420 bytes now, 1500 before") == true, "\(alert)")
                let narrow = try watch.netprobe.metrics()
                #expect(
                    Self.sizes(narrow)["kr-er-01/primary"] == 1420 && Self.sizes(narrow)["kr-er-01/secondary"] == 1500
                )
                #expect(narrow.linkState == "protected" && watch.alarms == ["PathMTUReduced"], "\(watch.alarms)")
                if isSilent {
                    try watch.lab.wires.set("er1", .both, ["delay_us=1000"])
                } else {
                    try LabNamespaces.configure(edge, ["link set er1 mtu 1500"])
                }
                try watch.receiver.resolved("PathMTUReduced", within: .seconds(60))
            }
        }
    }
}
