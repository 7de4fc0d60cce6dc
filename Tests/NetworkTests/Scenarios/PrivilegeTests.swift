import TestSupport
import Testing

extension NetworkTests {
    @Suite("privileges")
    struct PrivilegeTests {
        /// Nobody, without any capability and without a way to get one.
        static let nobody = [
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
            "--no-new-privs",
        ]

        @Test("an ordinary user probes through ping sockets where the kernel lets it")
        func pingSockets() throws {
            guard labIsPossible() else { return }
            let before: (HybridNetwork, TemporaryFolder) throws -> Void = { network, folder in
                try network.host.run("sysctl", "-q", "-w", "net.ipv4.ping_group_range=0 2147483647")
            }
            try Scenario.prepared(wrapper: Self.nobody, before: before) { scenario in
                try scenario.netprobe.waitUntilReady()
                try scenario.netprobe.waitUntil("the primary is up") { $0.pathState("kr-er-01/primary") == "up" }
                try scenario.network.cutCircuit()
                try scenario.receiver.firing("CircuitLost")
            }
        }

        @Test("where it does not, serve ends with 77 and says what to grant")
        func noPrivilege() throws {
            guard labIsPossible() else { return }
            let before: (HybridNetwork, TemporaryFolder) throws -> Void = { network, _ in
                try network.host.run("sysctl", "-q", "-w", "net.ipv4.ping_group_range=1 0")
            }
            try Scenario.prepared(wrapper: Self.nobody, before: before) { scenario in
                #expect(try scenario.netprobe.process.waitForEnd() == .exited(77))
                #expect(scenario.netprobe.log.contains("CAP_NET_RAW") || scenario.netprobe.log.contains("cap_net_raw"))
                #expect(scenario.netprobe.log.contains("ping_group_range"))
                let probe = try ProbeCommand.run("icmp://10.1.0.4", inside: scenario.network.host, wrapper: Self.nobody)
                #expect(probe.status == 77)
            }
        }

        @Test("as root, what is not CAP_NET_RAW is dropped once the sockets are open")
        func dropped() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                let status = try Shell.run("cat", "/proc/\(scenario.netprobe.process.pid)/status")
                let effective = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
                let bits = try #require(effective.flatMap { UInt64($0.dropFirst(7).drop { $0 == "\t" }, radix: 16) })
                #expect(bits & ~(1 << 13) == 0, "CapEff \(String(bits, radix: 16))")
            }
        }
    }
}
