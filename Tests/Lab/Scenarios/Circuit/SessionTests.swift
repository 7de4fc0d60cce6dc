import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    /// The circuit is well, and its routes go.
    @Suite("BGP sessions that are shut")
    struct SessionTests {
        private static func configure(_ configuration: inout SiteConfiguration) {
            // The others wait as they do by default: longer than any of it lasts.
            configuration.rules = [
                "RedundancyLost": "{for: 500ms}", "FailedOver": "{for: 500ms}", "PathDrained": "{for: 500ms}",
            ]
        }

        @Test(
            "behind a router: a pin's own route goes with the session, so one is RedundancyLost and both are CircuitLost"
        )
        func behindTheEdge() throws {
            guard labIsPossible() else { return }
            try Watch.run(Self.configure) { watch in
                let first = try Moment.of { try watch.lab.shutSession(with: .msee1) }
                let one = try watch.receiver.firing("RedundancyLost", ["path": "kr-er-01/primary"])
                watch.expectBegan(one, first)
                try watch.quiet(for: .seconds(2), but: ["RedundancyLost"], "one session is shut")
                let reduced = try watch.netprobe.waitUntilLink(is: "at_risk")
                #expect(
                    reduced.pathState("kr-er-01/secondary") == "up" && reduced.value("netprobe_link_active_tier") == 1
                )
                let second = try Moment.of { try watch.lab.shutSession(with: .msee2) }
                watch.expectBegan(try watch.receiver.firing("CircuitLost"), second)
                watch.expectBegan(try watch.receiver.firing("FailedOver", within: .seconds(10)), second)
                let over = try watch.netprobe.waitUntilLink(is: "failed_over")
                #expect(over.activePaths == ["kr-vpn"] && over.sum("netprobe_link_failovers_total") == 1)
                let expected: Set = [
                    "RedundancyLost kr-er-01/primary", "CircuitLost kr-er-01", "FailedOver \(Watch.link)",
                ]
                #expect(watch.objects == expected, "\(watch.objects)")
                try watch.healAndResolve(within: .seconds(60))
            }
        }

        @Test(
            "on the edge: probes still cross by their interface, so one is PathDrained and both are FailedOver, no more"
        )
        func onTheEdge() throws {
            guard labIsPossible() else { return }
            let change = { (configuration: inout SiteConfiguration) in
                Self.configure(&configuration)
                (configuration.vantage, configuration.flows) = (.customerEdge, SiteConfiguration.spreadFlows)
            }
            try Watch.run(change) { watch in
                try watch.lab.shutSession(with: .msee1)
                try watch.receiver.firing("PathDrained", ["path": "kr-er-01/primary"], within: .seconds(15))
                let drained = try watch.netprobe.metrics()
                #expect(drained.linkState == "protected" && drained.activePaths == ["kr-er-01/secondary"])
                #expect(drained.sum("netprobe_link_shifts_total") == 1)
                let second = try Moment.of { try watch.lab.shutSession(with: .msee2) }
                let moved = try watch.receiver.firing("FailedOver", ["link": Watch.link], within: .seconds(10))
                watch.expect(moved, "route", of: "customer")
                watch.expectBegan(moved, second)
                try watch.quiet(for: .seconds(2), but: ["PathDrained", "FailedOver"], "both sessions are shut")
                let over = try watch.netprobe.metrics()
                #expect(over.linkState == "failed_over" && over.activePaths == ["kr-vpn"])
                #expect(over.pathStates.values.allSatisfy { $0 == "up" }, "\(over.pathStates)")
                let expected: Set = ["PathDrained kr-er-01/primary", "FailedOver \(Watch.link)"]
                #expect(watch.objects == expected, "\(watch.objects)")
                try watch.healAndResolve(within: .seconds(60))
            }
        }
    }
}
