import Model
import TestSupport
import Testing

extension NetworkTests {
    @Suite("counting")
    struct AccuracyTests {
        @Test("every packet that the network drops is counted as lost, and no other")
        func lossIsExact() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                let path = ["path": "kr-er-01/primary", "reason": "timeout"]
                let before = try scenario.netprobe.metrics().sum("netprobe_probe_failures_total", path)
                try scenario.network.dropSome(from: "10.9.0.11", at: .primary, percent: 5)
                Thread.sleep(.seconds(5))
                let dropped = try scenario.network.stopDropping(at: .primary)
                Thread.sleep(.milliseconds(500))
                let after = try scenario.netprobe.metrics().sum("netprobe_probe_failures_total", path)
                #expect(dropped > 0)
                #expect(Int(after - before) == dropped)
                #expect(try scenario.netprobe.metrics().sum("netprobe_probe_failures_total", ["path": "kr-vpn"]) == 0)
            }
        }

        @Test(
            "an answer that is lost to one TCP probe is not lost to the next as well, whose connection the server still holds"
        )
        func lostHandshakes() throws {
            guard labIsPossible() else { return }
            try Scenario.run({ $0.through = ["tcp://10.1.0.4:443"] }) { scenario in
                let path = ["path": "kr-er-01/primary", "role": "through"]
                let failures = path.merging(["reason": "timeout"]) { first, _ in first }
                let before = try scenario.netprobe.metrics().sum("netprobe_probe_failures_total", failures)
                let rules = """
                    table inet count {
                        counter dropped { }
                        chain c {
                            type filter hook prerouting priority -400
                            ip daddr 10.9.0.11 ip saddr 10.1.0.4 tcp flags & (syn | ack) == syn | ack jump some
                        }
                        chain some { numgen inc mod 7 == 0 counter name dropped drop; }
                    }

                    """
                try scenario.network.host.run("nft", "-f", "-", input: rules)
                Thread.sleep(.seconds(6))
                try scenario.network.host.run("nft", "flush chain inet count some")
                let dropped = try scenario.network.counted(inside: scenario.network.host)
                Thread.sleep(.milliseconds(500))
                let metrics = try scenario.netprobe.metrics()
                let lost = Int(metrics.sum("netprobe_probe_failures_total", failures) - before)
                // The handshake after a lost one is begun anew, so that it may lose an answer that no probe misses.
                #expect(dropped > 5 && lost <= dropped && lost >= dropped / 2, "\(lost) of \(dropped)")
                #expect(metrics.pathState("kr-er-01/primary") == "up")
                #expect(scenario.receiver.everFiredOfNetwork.isSubset(of: ["Watchdog", "PathDegraded"]))
            }
        }

        @Test("a path that was dead before the start is found: down, and no alert but its own")
        func deadFromTheStart() throws {
            guard labIsPossible() else { return }
            let before: (HybridNetwork, TemporaryFolder) throws -> Void = { network, _ in try network.cut(.vpn) }
            try Scenario.prepared(before: before) { scenario in
                try scenario.netprobe.waitUntilReady()
                try scenario.netprobe.waitUntil("the circuit is up") { $0.pathState("kr-er-01/primary") == "up" }
                try scenario.receiver.firing("StandbyPathDown", ["path": "kr-vpn"])
                let metrics = try scenario.netprobe.metrics()
                #expect(metrics.pathState("kr-vpn") == "down")
                #expect(metrics.linkState == "at_risk")
                #expect(scenario.receiver.everFiredOfNetwork == ["StandbyPathDown", "Watchdog"])
                try scenario.network.restore(.vpn)
                try scenario.netprobe.waitUntilLink(is: "protected")
            }
        }

        @Test("a through target that never answered takes no path down")
        func unverifiedTarget() throws {
            guard labIsPossible() else { return }
            try Scenario.prepared({ $0.through = ["icmp://10.1.0.99"] }) { scenario in
                try scenario.netprobe.waitUntilReady()
                try scenario.netprobe.waitUntil("the target was missed often") {
                    $0.sum("netprobe_probe_failures_total", ["role": "through", "path": "kr-vpn"]) > 10
                }
                let metrics = try scenario.netprobe.metrics()
                #expect(!metrics.pathStates.values.contains("down"), "\(metrics.pathStates)")
                #expect(scenario.receiver.everFiredOfNetwork == ["Watchdog"])
            }
        }

        @Test("IPv6 is probed as IPv4 is", arguments: ["icmp://[fd00::2]", "fd00::2", "tcp://[fd00::2]:443"])
        func version6(target: String) throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 1)
            defer { chain.remove() }
            for (namespace, interface, address) in [(chain.first, "far", "fd00::1"), (chain.last, "near", "fd00::2")] {
                try namespace.run("sysctl", "-q", "-w", "net.ipv6.conf.\(interface).disable_ipv6=0")
                try LabNamespaces.configure(namespace, ["address add \(address)/64 dev \(interface) nodad"])
            }
            let refused = target.hasPrefix("tcp")
            let result = try eventually("the neighbour is known") {
                let result = try ProbeCommand.run(target, inside: chain.first)
                return result.reason == "timeout" ? nil : result
            }
            #expect(result.status == (refused ? 1 : 0), "\(result.output)")
            #expect(result.reason == (refused ? "refused" : nil))
        }
    }
}
