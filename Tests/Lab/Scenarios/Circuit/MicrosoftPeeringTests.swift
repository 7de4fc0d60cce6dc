import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    /// ERV-03 and ERV-04: the VPN carries what is private, the Internet what is public.
    @Suite("Microsoft peering")
    struct MicrosoftPeeringTests {
        private static let link = "seoul-microsoft"

        private static func configure(_ configuration: inout SiteConfiguration) {
            (configuration.vantage, configuration.hasPublicServices) = (.customerEdge, true)
            configuration.flows = SiteConfiguration.spreadFlows
        }

        private static func active(_ metrics: Exposition, _ link: String) -> Set<String> {
            let samples = metrics.all("netprobe_link_path_active", ["link": link])
            return Set(samples.filter { $0.value == 1 }.compactMap { $0.labels["path"] })
        }

        private static func state(_ metrics: Exposition, _ link: String) -> String? {
            metrics.all("netprobe_link_state", ["link": link]).first { $0.value == 1 }?.labels["state"]
        }

        @Test("a dead circuit: public services go over the Internet, the VNet over the VPN, neither the other way")
        func failsOverToTheInternet() throws {
            guard labIsPossible() else { return }
            try Watch.run(Self.configure) { watch in
                let edge = watch.lab.namespace(.edge)
                let counter = #"""
                    table ip oracle { chain c {
                        type filter hook postrouting priority 0; oifname "ipsec0" ip daddr 13.107.0.0/16 counter
                    }; }

                    """#
                try edge.run("nft", "-f", "-", input: counter)
                defer { _ = try? edge.run("nft", "delete table ip oracle") }
                let before = try watch.netprobe.metrics()
                #expect(Self.active(before, Self.link) == ["kr-ms-01/primary", "kr-ms-01/secondary"])
                let start = Clock.now
                try watch.lab.cut("er1", "er2")
                try watch.receiver.firing("CircuitLost", ["circuit": "kr-er-01"])
                try watch.receiver.firing("CircuitLost", ["circuit": "kr-ms-01"])
                let over = try watch.netprobe.waitUntil("both links have moved", within: .seconds(20)) {
                    Self.state($0, Self.link) == "failed_over" && Self.state($0, Watch.link) == "failed_over"
                }
                #expect(Self.active(over, Self.link) == ["internet"] && Self.active(over, Watch.link) == ["kr-vpn"])
                try watch.receiver.firing("FailedOver", ["link": Self.link], within: .seconds(5))
                // By the wire and the kernel: in the clear what is public, and nothing else; none of it in the tunnel.
                let crossing = try Ledger(of: watch.lab.wires, since: start).entries.filter { $0.wire == "wan" }
                let isPublic = crossing.map { $0.destination == "13.107.6.10" && $0.what == "delay" }
                #expect(isPublic.contains(true))
                #expect(!crossing.contains { $0.destination.hasPrefix("10.1.") })
                let counted = try Shell.run(edge.command(["nft", "list", "table", "ip", "oracle"]))
                #expect(counted.contains("counter packets 0 "), "\(counted)")
                try watch.lab.mend("er1", "er2")
                try watch.netprobe.waitUntil("both links are back", within: .seconds(30)) {
                    Self.state($0, Self.link) == "protected" && Self.state($0, Watch.link) == "protected"
                }
                try watch.receiver.resolved("FailedOver", ["link": Self.link], within: .seconds(8))
                #expect(watch.alarms.isSubset(of: Watch.ofACut), "\(watch.alarms)")
            }
        }

        @Test("nobody opened the way over the Internet: a dead circuit is LinkDown of Microsoft's services alone")
        func internetIsClosed() throws {
            guard labIsPossible() else { return }
            // The VNet's link is down for a second, and the others wait as they do by default.
            let rules = ["FailedOver": "{for: 500ms}", "LinkDown": "{for: 3s}"]
            let change = { (configuration: inout SiteConfiguration) in
                Self.configure(&configuration)
                configuration.rules = rules
            }
            try Watch.run(change) { watch in
                try watch.lab.closeInternet()
                try watch.lab.cut("er1", "er2")
                let down = try watch.receiver.firing("LinkDown", ["link": Self.link], within: .seconds(10))
                watch.expect(down, "provider circuit", of: "provider")
                let metrics = try watch.netprobe.waitUntil("the VNet's link has moved", within: .seconds(20)) {
                    Self.state($0, Watch.link) == "failed_over"
                }
                #expect(Self.state(metrics, Self.link) == "down")
                #expect(metrics.pathState("internet") != "up")
                #expect(Self.active(metrics, Watch.link) == ["kr-vpn"])
                try watch.receiver.firing("FailedOver", ["link": Watch.link])
                try watch.lab.removeFaults(at: .edge)
                try watch.lab.mend("er1", "er2")
                try watch.receiver.resolved("LinkDown", ["link": Self.link], within: .seconds(30))
                try watch.healAndResolve()
                // The route has moved there all the same.
                let expected: Set = [
                    "CircuitLost kr-er-01", "CircuitLost kr-ms-01", "FailedOver \(Watch.link)",
                    "FailedOver \(Self.link)",
                    "LinkDown \(Self.link)",
                ]
                #expect(watch.objects == expected, "\(watch.objects)")
            }
        }
    }
}
