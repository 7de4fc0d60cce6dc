import Model
import TestSupport
import Testing

extension NetworkTests {
    @Suite("failover")
    struct FailoverTests {
        @Test(
            "a cut of both connections is CircuitLost within a second, the failover is followed and timed, and it resolves"
        )
        func circuitLost() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                let cut = try scenario.network.cutCircuit()
                let lost = try scenario.receiver.firing("CircuitLost", ["circuit": "kr-er-01"])
                #expect((lost.arrival - cut.after).seconds <= 1.0)
                #expect(lost.labels["severity"] == "critical")
                #expect(lost.labels["site"] == "seoul" && lost.labels["vantage"] == "probe-a")
                #expect(lost.annotations["owner"] == "provider")
                #expect(lost.annotations["links"]?.contains(Scenario.link) == true)

                try scenario.netprobe.waitUntilLink(is: "down")
                Thread.sleep(.milliseconds(500))
                let moved = try scenario.network.moveTrafficToVPN()
                try scenario.receiver.firing("FailedOver", ["link": Scenario.link])
                let metrics = try scenario.netprobe.waitUntilLink(is: "failed_over")
                #expect(metrics.activePaths == ["kr-vpn"])
                #expect(metrics.value("netprobe_link_active_tier") == 2)
                #expect(metrics.value("netprobe_link_failovers_total", ["from": "1", "to": "2"]) == 1)
                try Self.expectOutage(from: cut, to: moved, scenario)

                try scenario.network.restoreCircuit()
                try scenario.network.moveTrafficToCircuit()
                try scenario.receiver.resolved("CircuitLost", ["circuit": "kr-er-01"], within: .seconds(8))
                try scenario.receiver.resolved("FailedOver", within: .seconds(8))
                let restored = try scenario.netprobe.waitUntilLink(is: "protected")
                #expect(restored.value("netprobe_link_failovers_total", ["from": "2", "to": "1"]) == 1)
                #expect(restored.value("netprobe_link_outage_seconds_count") == 1)
                #expect(scenario.receiver.malformed.isEmpty)
            }
        }

        @Test("a failover to a VPN that is pinned by its source is seen by the way its pin leads")
        func sourceOfTunnel() throws {
            guard labIsPossible() else { return }
            try Scenario.prepared(
                before: { network, _ in try network.addSourceOfTunnel() },
                { $0.vpnPin = "{source: 10.9.0.13, returns: true}" },
                { scenario in
                    try scenario.netprobe.waitUntilReady()
                    try scenario.netprobe.waitUntilLink(is: "protected")
                    try scenario.network.moveTrafficToVPN()
                    let metrics = try scenario.netprobe.waitUntilLink(is: "failed_over")
                    #expect(metrics.activePaths == ["kr-vpn"])
                    let pinned = ["path": "kr-vpn", "leg": "forward", "state": "verified"]
                    #expect(metrics.value("netprobe_path_pinned", pinned) == 1)
                    try scenario.network.moveTrafficToCircuit()
                    let restored = try scenario.netprobe.waitUntilLink(is: "protected")
                    #expect(restored.value("netprobe_link_failovers_total", ["from": "2", "to": "1"]) == 1)
                }
            )
        }

        /// The outage lasted from `cut` to `moved`, give or take one interval and what the scheduler takes.
        private static func expectOutage(from cut: Moment, to moved: Moment, _ scenario: Scenario) throws {
            let tolerance = 0.1 + 0.05
            let measured = try scenario.netprobe.waitUntil("the outage is measured") {
                $0.value("netprobe_link_outage_seconds_count") == 1
            }
            let outage = try #require(measured.value("netprobe_link_last_outage_seconds"))
            #expect(outage >= (moved.before - cut.after).seconds - tolerance)
            #expect(outage <= (moved.after - cut.before).seconds + tolerance)
            #expect(measured.value("netprobe_link_current_outage_seconds") == 0)
            let told = scenario.netprobe.log.split(separator: "\n").contains {
                $0.contains(Scenario.link) && $0.lowercased().contains("outage")
            }
            #expect(told, "the log tells of the outage")
        }

        @Test("a cut of the primary alone is RedundancyLost, and no circuit is lost")
        func redundancyLost() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                try scenario.network.cut(.primary)
                let lost = try scenario.receiver.firing("RedundancyLost")
                #expect(lost.labels["circuit"] == "kr-er-01" && lost.labels["connection"] == "primary")
                #expect(lost.labels["severity"] == "warning")
                try scenario.network.moveTrafficToSecondary()
                let metrics = try scenario.netprobe.waitUntilLink(is: "at_risk")
                #expect(metrics.pathState("kr-er-01/primary") == "down")
                #expect(metrics.pathState("kr-er-01/secondary") == "up")
                #expect(metrics.value("netprobe_link_active_tier") == 1)
                #expect(metrics.sum("netprobe_link_failovers_total") == 0)
                #expect(scenario.receiver.everFired.isDisjoint(with: ["CircuitLost", "LinkDown", "FailedOver"]))

                try scenario.network.restore(.primary)
                try scenario.network.moveTrafficToCircuit()
                try scenario.receiver.resolved("RedundancyLost", within: .seconds(8))
            }
        }

        @Test("routes that are not withdrawn in the budget are NotFailedOver, and the link is down")
        func notFailedOver() throws {
            guard labIsPossible() else { return }
            try Scenario.run({ $0.outageBudget = "1s" }) { scenario in
                try scenario.network.cutCircuit()
                let alert = try scenario.receiver.firing("NotFailedOver", ["link": Scenario.link])
                #expect(alert.labels["severity"] == "critical")
                try scenario.receiver.firing("LinkDown", ["link": Scenario.link])
                #expect(try scenario.netprobe.metrics().pathState("kr-vpn") == "up")

                try scenario.network.moveTrafficToVPN()
                try scenario.receiver.resolved("NotFailedOver", within: .seconds(8))
                try scenario.receiver.firing("FailoverTooSlow", ["link": Scenario.link])
            }
        }

        @Test("two losses in a row are no alarm")
        func shortGap() throws {
            guard labIsPossible() else { return }
            // On a busy machine the cut may last long enough for a third loss; then it has shown nothing.
            for _ in 1...5 {
                var gap = Duration.zero
                try Scenario.run { scenario in
                    let start = Clock.now
                    try scenario.network.cutCircuit()
                    Thread.sleep(.milliseconds(100))
                    try scenario.network.restoreCircuit()
                    gap = Clock.now - start
                    guard gap < .milliseconds(200) else { return }
                    Thread.sleep(.seconds(2))
                    #expect(scenario.receiver.everFiredOfNetwork == ["Watchdog"])
                    let metrics = try scenario.netprobe.metrics()
                    #expect(metrics.linkState == "protected")
                    #expect(metrics.sum("netprobe_probe_failures_total", ["reason": "timeout"]) > 0)
                }
                if gap < .milliseconds(200) { return }
            }
            Issue.record("no cut was short enough")
        }
    }
}
