import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    /// On the probe host the kernel's route is the same for all paths.
    @Suite("the active set by routers on the way")
    struct HopEvidenceTests {
        private static let circuit: Set = ["kr-er-01/primary", "kr-er-01/secondary"]

        /// The connections over which the wire carried TCP to the first workload since a moment.
        private func carriers(_ lab: Lab, since start: MonotonicTime) throws -> Set<String> {
            let users = try Ledger(of: lab.wires, since: start).entries.filter {
                $0.direction == 0 && $0.protocolNumber == 6 && $0.source == "10.0.0.2" && $0.destination == "10.1.0.4"
            }
            return Set(users.map(\.wire))
        }

        @Test("the customer edge balances by flow: both connections are active, as the wires show")
        func balanced() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.flows = SiteConfiguration.spreadFlows }) { watch in
                let start = Clock.now
                try watch.netprobe.waitUntil("both connections are seen", within: .seconds(40)) {
                    $0.activePaths == Self.circuit
                }
                Thread.sleep(.seconds(20))
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.activePaths == Self.circuit && metrics.sum("netprobe_link_shifts_total") == 0)
                #expect(try carriers(watch.lab, since: start) == ["er1", "er2"])
            }
        }

        @Test(
            "one workload's more specific prefix on the VPN takes that workload alone: both tiers are active, no failover",
            arguments: ["10.1.0.4", "10.1.0.5"]
        )
        func onePrefix(address: String) throws {
            guard labIsPossible() else { return }
            try Watch.run { watch in
                try watch.lab.announceLongerPrefixOverVPN("\(address)/32")
                try watch.netprobe.waitUntil("the VPN is active too", within: .seconds(20)) {
                    $0.activePaths.contains("kr-vpn")
                }
                try watch.quiet(for: .seconds(12), "one workload on the VPN")
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.activePaths.contains("kr-vpn") && !metrics.activePaths.isDisjoint(with: Self.circuit))
                #expect(metrics.value("netprobe_link_active_tier") == 1 && metrics.linkState == "protected")
                #expect(metrics.sum("netprobe_link_failovers_total") == 0)
            }
        }

        @Test("a first workload whose name does not resolve hides no other: the failover is counted")
        func unresolved() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.workloads = ["tcp://db.invalid:443", "icmp://10.1.0.5"] }) { watch in
                try watch.lab.cut("er1", "er2")
                try watch.receiver.firing("FailedOver", ["link": Watch.link], within: .seconds(20))
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.sum("netprobe_link_failovers_total", ["from": "1", "to": "2"]) == 1)
                #expect(metrics.activePaths == ["kr-vpn"])
                try watch.lab.mend("er1", "er2")
                try watch.receiver.resolved("FailedOver", within: .seconds(40))
            }
        }

        @Test("eight links ask the same routers, which answer once a second: each fails over once, and back once")
        func manyLinks() throws {
            guard labIsPossible() else { return }
            func isEvery(_ state: String, _ metrics: Exposition) -> Bool {
                metrics.all("netprobe_link_state", ["state": state]).count { $0.value == 1 } == 8
            }
            let change = { (configuration: inout SiteConfiguration) in
                configuration.moreLinks = 7
                (configuration.interval, configuration.timeout, configuration.flows) = ("500ms", "400ms", 2)
                // They wait for up_after when the traffic is back.
                configuration.upAfter = 10
            }
            try Watch.run(change) { watch in
                try watch.lab.cut("er1", "er2")
                try watch.netprobe.waitUntil("every link has failed over", within: .seconds(10)) {
                    isEvery("failed_over", $0)
                }
                Thread.sleep(.seconds(5))
                try watch.lab.mend("er1", "er2")
                try watch.netprobe.waitUntil("every link is protected", within: .seconds(25)) {
                    isEvery("protected", $0)
                }
                let metrics = try watch.netprobe.metrics()
                let moves = metrics.all("netprobe_link_failovers_total").filter { $0.value > 0 }
                #expect(moves.count == 16 && moves.allSatisfy { $0.value == 1 }, "\(moves)")
                #expect(metrics.sum("netprobe_link_shifts_total") == 0)
                #expect(watch.alarms.isSubset(of: Watch.ofACut), "\(watch.alarms)")
            }
        }
    }
}
