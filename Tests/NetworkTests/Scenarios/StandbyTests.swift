import TestSupport
import Testing

extension NetworkTests {
    @Suite("standby and vantage")
    struct StandbyTests {
        @Test("the idle VPN dies: StandbyPathDown, while the traffic stays where it is")
        func idleVPNDies() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                try scenario.network.cut(.vpn)
                let alert = try scenario.receiver.firing("StandbyPathDown", ["path": "kr-vpn"])
                #expect(alert.labels["severity"] == "warning")
                let metrics = try scenario.netprobe.waitUntilLink(is: "at_risk")
                // Which of the two the few flows take is chance.
                #expect(!metrics.activePaths.isEmpty && !metrics.activePaths.contains("kr-vpn"))
                #expect(metrics.value("netprobe_path_up", ["path": "kr-vpn"]) == 0)
                #expect(scenario.receiver.everFired.isDisjoint(with: ["CircuitLost", "LinkDown", "RedundancyLost"]))

                try scenario.network.restore(.vpn)
                try scenario.receiver.resolved("StandbyPathDown", within: .seconds(8))
            }
        }

        @Test(
            "an interface that vanishes takes its path down at once with the reason, and mends itself when it returns"
        )
        func interfaceVanishes() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                try scenario.network.removeTunnelInterface()
                try scenario.netprobe.waitUntil("the path is down") { $0.pathState("kr-vpn") == "down" }
                try scenario.netprobe.waitUntil("probes say why") {
                    $0.sum("netprobe_probe_failures_total", ["path": "kr-vpn", "reason": "interface_down"]) > 0
                }
                try scenario.receiver.firing("StandbyPathDown", ["path": "kr-vpn"])

                try scenario.network.addTunnelInterface()
                try scenario.netprobe.waitUntilLink(is: "protected", within: .seconds(10))
                try scenario.receiver.resolved("StandbyPathDown", within: .seconds(8))
            }
        }

        @Test("when the host alone is cut off, VantageIsolated is all that is said")
        func vantageIsolated() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                try scenario.network.isolateHost()
                let alert = try scenario.receiver.firing("VantageIsolated")
                #expect(alert.labels["severity"] == "critical" && alert.labels["vantage"] == "probe-a")
                #expect(alert.labels["link"] == nil)
                Thread.sleep(.seconds(2))
                #expect(scenario.receiver.everFiredOfNetwork == ["VantageIsolated", "Watchdog"])
                let metrics = try scenario.netprobe.metrics()
                #expect(metrics.linkState == "unknown")
                #expect(Set(metrics.pathStates.values) == ["unknown"])

                try scenario.network.joinHost()
                try scenario.receiver.resolved("VantageIsolated", within: .seconds(8))
                try scenario.netprobe.waitUntilLink(is: "protected")
                #expect(scenario.receiver.everFiredOfNetwork == ["VantageIsolated", "Watchdog"])
            }
        }

        @Test("the VNet's workload behind healthy edges is gone: the circuit is not blamed")
        func gatewayUnreachable() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                let rule =
                    "table inet cut { chain in { type filter hook prerouting priority -300; iifname != \"lo\" drop; }; }\n"
                try scenario.network.vnet.run("nft", "-f", "-", input: rule)
                try scenario.receiver.firing("LinkDown", ["link": Scenario.link])
                let alert = try scenario.receiver.firing("GatewayUnreachable", ["link": Scenario.link])
                #expect(alert.annotations["owner"] == "microsoft")
                #expect(!scenario.receiver.everFired.contains("CircuitLost"))
                let metrics = try scenario.netprobe.metrics()
                #expect(metrics.value("netprobe_path_edge_answering", ["path": "kr-er-01/primary"]) == 1)
                #expect(metrics.pathState("kr-er-01/primary") != "down")
            }
        }
    }
}
