import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    @Suite("where netprobe stands")
    struct VantageTests {
        @Test("the probe host loses its LAN: VantageIsolated, and nothing else")
        func isolated() throws {
            guard labIsPossible() else { return }
            try Watch.run { watch in
                try watch.lab.isolateProbeHost()
                try watch.receiver.firing("VantageIsolated")
                try watch.quiet(for: .seconds(3), but: ["VantageIsolated"], "isolated")
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.linkState == "unknown" && Set(metrics.pathStates.values) == ["unknown"])
                try watch.lab.removeFaults(at: .edge)
                try watch.receiver.resolved("VantageIsolated", within: .seconds(8))
                try watch.netprobe.waitUntilLink(is: "protected")
                #expect(watch.alarms == ["VantageIsolated"])
            }
        }

        @Test("on the customer edge itself a cut of both is followed by the kernel's own routes")
        func onTheEdge() throws {
            guard labIsPossible() else { return }
            try Watch.run({ ($0.vantage, $0.flows) = (.customerEdge, SiteConfiguration.spreadFlows) }) { watch in
                let before = try watch.netprobe.metrics()
                #expect(before.activePaths == ["kr-er-01/primary", "kr-er-01/secondary"])
                let witness = try watch.witness()
                defer { witness.end() }
                let cut = try watch.lab.cut("er1", "er2")
                let lost = try watch.receiver.firing("CircuitLost")
                #expect((lost.arrival - cut.after).seconds <= 1)
                watch.expectBegan(lost, cut)
                let over = try watch.netprobe.waitUntilLink(is: "failed_over", within: .seconds(20))
                #expect(over.activePaths == ["kr-vpn"])
                try watch.expectOutage(witness)
                let moved = try watch.receiver.firing("FailedOver", ["link": Watch.link])
                watch.expect(moved, "provider circuit", of: "provider")
                watch.expectBegan(moved, cut)
                try watch.lab.mend("er1", "er2")
                try watch.netprobe.waitUntilLink(is: "protected", within: .seconds(30))
                try watch.healAndResolve()
                #expect(watch.alarms.isSubset(of: Watch.ofACut), "\(watch.alarms)")
            }
        }

        @Test("what goes over the circuit and comes back through the tunnel is AsymmetricPath")
        func asymmetric() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.vantage = .customerEdge }) { watch in
                try watch.lab.preferVPNInAzure()
                let found = try watch.receiver.firing("AsymmetricPath", within: .seconds(15))
                #expect(found.annotations["owner"] == "customer", "\(found.annotations)")
                #expect(watch.alarms == ["AsymmetricPath"])
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.value("netprobe_link_active_tier") == 1)
                try watch.healAndResolve()
                #expect(watch.alarms == ["AsymmetricPath"], "\(watch.alarms)")
            }
        }

        @Test("probes of the idle VPN that are answered over the circuit prove nothing: AsymmetricPath names the VPN")
        func answeredElsewhere() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.vantage = .customerEdge }) { watch in
                try watch.lab.announceVPNPinOverCircuit()
                try watch.receiver.firing("AsymmetricPath", ["path": "kr-vpn"], within: .seconds(15))
                let metrics = try watch.netprobe.metrics()
                let wrong = ["path": "kr-vpn", "leg": "return", "state": "wrong"]
                #expect(metrics.value("netprobe_path_pinned", wrong) == 1)
                #expect(watch.alarms == ["AsymmetricPath"])
                try watch.healAndResolve()
                #expect(watch.alarms == ["AsymmetricPath"], "\(watch.alarms)")
            }
        }

        @Test("names are asked of a server behind the circuit: when both are gone, probes go on to the address known")
        func namesDieToo() throws {
            guard labIsPossible(), Requirement.met(.program("dnsmasq", package: "dnsmasq-base")) else { return }
            try Watch.run({ $0.workloads = ["tcp://app.contoso.test:443"] }, names: "10.2.0.53") { watch in
                func answers(_ metrics: Exposition) -> Double {
                    metrics.sum("netprobe_probe_received_total", ["target": "tcp://app.contoso.test:443"])
                }
                try watch.lab.cut("er1", "er2")
                try watch.receiver.firing("CircuitLost")
                try watch.netprobe.waitUntilLink(is: "failed_over", within: .seconds(20))
                try eventually("nobody knows the name", within: .seconds(30)) {
                    watch.netprobe.log.contains("'app.contoso.test' does not resolve") ? true : nil
                }
                let before = answers(try watch.netprobe.metrics())
                let over = try watch.netprobe.waitUntil("it goes on", within: .seconds(5)) {
                    answers($0) > before + 100
                }
                #expect(over.sum("netprobe_probe_failures_total", ["reason": "dns_timeout"]) == 0)
                try watch.lab.mend("er1", "er2")
                try watch.netprobe.waitUntilLink(is: "protected", within: .seconds(30))
                try eventually("the name is known again", within: .seconds(40)) {
                    watch.netprobe.log.contains("'app.contoso.test' resolves again") ? true : nil
                }
                #expect(watch.alarms.isSubset(of: Watch.ofACut), "\(watch.alarms)")
            }
        }
    }
}
