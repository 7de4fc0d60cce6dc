import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    @Suite("the VPN")
    struct VPNTests {
        @Test("the VPN dies while nobody uses it: StandbyPathDown, and the traffic stays")
        func diesIdle() throws {
            guard labIsPossible() else { return }
            try Watch.run { watch in
                let cut = try watch.lab.cut("wan")
                let down = try watch.receiver.firing("StandbyPathDown", ["path": "kr-vpn"])
                watch.expect(down, "VPN device or tunnel", of: "customer")
                watch.expectBegan(down, cut)
                let metrics = try watch.netprobe.waitUntilLink(is: "at_risk")
                #expect(metrics.value("netprobe_link_active_tier") == 1)
                try watch.lab.mend("wan")
                try watch.receiver.resolved("StandbyPathDown", within: .seconds(30))
                #expect(watch.objects == ["StandbyPathDown kr-vpn"], "\(watch.objects)")
            }
        }

        @Test(
            "the idle VPN's gateway is updated: frozen for 12 s it is StandbyPathDown, and torn down it is back within 60 s"
        )
        func gatewayMaintenance() throws {
            guard labIsPossible() else { return }
            try Watch.run { watch in
                let (gateway, customer) = (watch.lab.tunnel.azure, watch.lab.tunnel.customer)
                let frozen = Moment.of { gateway.freeze() }
                defer { gateway.thaw() }
                let down = try watch.receiver.firing("StandbyPathDown", ["path": "kr-vpn"])
                watch.expect(down, "VPN device or tunnel", of: "customer")
                watch.expectBegan(down, frozen)
                try watch.netprobe.waitUntilLink(is: "at_risk")
                Thread.sleep(.seconds(12) - (Clock.now - frozen.after))
                #expect(watch.receiver.firing.contains("StandbyPathDown"))
                gateway.thaw()
                try watch.receiver.resolved("StandbyPathDown", within: .seconds(60))
                try watch.netprobe.waitUntilLink(is: "protected")
                let before = customer.association
                try gateway.terminate()
                try eventually("there is a new tunnel", within: .seconds(60), every: .milliseconds(50)) {
                    customer.isEstablished && customer.association != before ? true : nil
                }
                try watch.healAndResolve(within: .seconds(60))
                #expect(watch.objects == ["StandbyPathDown kr-vpn"], "\(watch.objects)")
                #expect(try watch.netprobe.metrics().sum("netprobe_link_failovers_total") == 0)
            }
        }

        @Test("IKE answers and the tunnel passes nothing: down all the same")
        func answersButPassesNothing() throws {
            guard labIsPossible() else { return }
            try Watch.run { watch in
                try watch.netprobe.waitUntil("IKE is answered", within: .seconds(15)) {
                    $0.sum("netprobe_ike_responder_up") == 1
                }
                try watch.lab.swallowESP()
                try watch.receiver.firing("StandbyPathDown", ["path": "kr-vpn"])
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.sum("netprobe_ike_responder_up") == 1)
                #expect(metrics.pathState("kr-vpn") == "down")
                #expect(watch.lab.tunnel.customer.isEstablished)
                try watch.lab.removeFaults(at: .vpngw)
                try watch.receiver.resolved("StandbyPathDown", within: .seconds(30))
                try watch.netprobe.waitUntilLink(is: "protected")
                #expect(watch.alarms == ["StandbyPathDown"], "\(watch.alarms)")
            }
        }

        @Test("circuit and VPN die: LinkDown and CircuitLost, and all of it heals")
        func bothDie() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.outageBudget = "1s" }) { watch in
                let witness = try watch.witness()
                defer { witness.end() }
                let cut = try watch.lab.cut("er1", "er2", "wan")
                watch.expectBegan(try watch.receiver.firing("CircuitLost"), cut)
                watch.expectBegan(try watch.receiver.firing("LinkDown", ["link": Watch.link]), cut)
                let metrics = try watch.netprobe.waitUntilLink(is: "down")
                #expect(Set(metrics.pathStates.values) == ["down"])
                #expect(!watch.alarms.contains("FailedOver") && !watch.alarms.contains("VantageIsolated"))
                Thread.sleep(.seconds(1))
                try watch.lab.mend("er1", "er2", "wan")
                try watch.netprobe.waitUntilLink(is: "protected", within: .seconds(40))
                try watch.expectOutage(witness)
                try watch.receiver.firing("FailoverTooSlow", ["link": Watch.link])
                try watch.receiver.resolved("LinkDown", within: .seconds(8))
                try watch.receiver.resolved("CircuitLost", within: .seconds(8))
                // The VPN is dead and carries nothing; it may be the first to come back.
                let expected = Watch.ofACut.union(["StandbyPathDown", "FailoverTooSlow"])
                #expect(watch.alarms.isSubset(of: expected), "\(watch.alarms)")
            }
        }

        @Test(
            "a longer prefix on the VPN takes the traffic from a healthy circuit: FailedOver says so",
            arguments: [SiteConfiguration.Vantage.probeHost, .customerEdge]
        )
        func longerPrefix(vantage: SiteConfiguration.Vantage) throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.vantage = vantage }) { watch in
                try watch.lab.announceLongerPrefixOverVPN()
                try watch.receiver.firing("FailedOver", ["link": Watch.link], within: .seconds(15))
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.activePaths == ["kr-vpn"] && watch.alarms == ["FailedOver"], "\(watch.alarms)")
                try watch.healAndResolve()
                #expect(watch.alarms.isSubset(of: ["FailedOver", "PathDrained"]), "\(watch.alarms)")
            }
        }

        @Test(
            "the circuit is back and both sides keep to the VPN: StuckOnBackup",
            arguments: [SiteConfiguration.Vantage.probeHost, .customerEdge]
        )
        func stuck(vantage: SiteConfiguration.Vantage) throws {
            guard labIsPossible() else { return }
            try Watch.run({ ($0.vantage, $0.failbackBudget) = (vantage, "2s") }) { watch in
                try watch.lab.cut("er1", "er2")
                try watch.receiver.firing("CircuitLost")
                try watch.receiver.firing("FailedOver", within: .seconds(20))
                #expect(!watch.alarms.contains("StuckOnBackup"), "while the circuit is down nobody is stuck")
                try watch.lab.preferVPN()
                try watch.lab.mend("er1", "er2")
                try watch.receiver.resolved("CircuitLost", within: .seconds(30))
                let stuck = try watch.receiver.firing("StuckOnBackup", ["link": Watch.link], within: .seconds(15))
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.pathState("kr-er-01/primary") == "up" && metrics.activePaths == ["kr-vpn"])
                #expect(watch.receiver.firing.contains("FailedOver") && !stuck.isResolved)
                watch.expect(stuck, "route", of: "customer")
                try watch.healAndResolve()
                // On the edge the circuit's own probes are answered over the VPN as well.
                let expected = Watch.ofACut.union(["StuckOnBackup", "AsymmetricPath"])
                #expect(watch.alarms.isSubset(of: expected), "\(watch.alarms)")
            }
        }
    }
}
