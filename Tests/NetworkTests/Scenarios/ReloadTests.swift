import Glibc
import TestSupport
import Testing

extension NetworkTests {
    @Suite("configuration while it runs")
    struct ReloadTests {
        @Test("a bad file at reload leaves the running configuration; a good one applies; counters go on")
        func reload() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                let kept = ["role": "through", "path": "kr-vpn", "target": "icmp://10.1.0.4"]
                let before = try scenario.netprobe.metrics().sum("netprobe_probe_received_total", kept)
                try scenario.rewriteConfiguration(scenario.configuration() + "nonsense: 1\n")
                let refused = try scenario.netprobe.post("/-/reload")
                #expect(refused.status >= 400)
                #expect(refused.body.contains("nonsense"), "\(refused.body)")
                let bad = try scenario.netprobe.metrics()
                #expect(bad.value("netprobe_config_last_reload_successful") == 0)
                #expect(bad.linkState == "protected")

                let changed = scenario.configuration { $0.workloads = ["tcp://10.1.0.4:443", "icmp://10.1.0.4"] }
                try scenario.rewriteConfiguration(changed)
                scenario.netprobe.process.signal(SIGHUP)
                let good = try scenario.netprobe.waitUntil("the new target is probed") {
                    $0.sum("netprobe_probe_received_total", ["role": "workload", "target": "icmp://10.1.0.4"]) > 0
                }
                #expect(good.value("netprobe_config_last_reload_successful") == 1)
                #expect(good.all("netprobe_probe_sent_total", ["target": "icmp://10.1.0.5"]).isEmpty)
                #expect(good.sum("netprobe_probe_received_total", kept) > before)
                #expect(scenario.receiver.everFiredOfNetwork == ["Watchdog"])
            }
        }

        @Test("a name that does not resolve is its target's failure and nobody else's")
        func unresolvedName() throws {
            guard labIsPossible() else { return }
            let more = #"probes: ["icmp://no-such-host.invalid", "icmp://10.0.0.1"]"#
            try Scenario.run({ $0.more = more }) { scenario in
                let metrics = try scenario.netprobe.waitUntil("the failure is counted", within: .seconds(15)) {
                    metrics in
                    let failures = metrics.all(
                        "netprobe_probe_failures_total",
                        ["target": "icmp://no-such-host.invalid"]
                    )
                    return failures.contains { $0.value > 0 && $0.labels["reason"]?.hasPrefix("dns_") == true }
                }
                #expect(metrics.linkState == "protected")
                #expect(metrics.value("netprobe_probe_success", ["target": "icmp://no-such-host.invalid"]) == 0)
            }
        }

        @Test("a port in use is said, probing goes on, and the port is taken when it is free")
        func portTaken() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                let folder = try TemporaryFolder()
                defer { folder.remove() }
                let text = String(
                    decoding: try Repository.bytes(of: "\(scenario.folder.path)/netprobe.yml"),
                    as: UTF8.self
                )
                let other = text.split(separator: "\n").map {
                    $0.hasPrefix("state_directory:") ? "state_directory: \(folder.path)/state" : String($0)
                }
                let file = try folder.write("netprobe.yml", other.joined(separator: "\n") + "\n")
                let second = try RunningNetprobe(["--config", file], inside: scenario.network.host)
                defer { second.process.destroy() }
                _ = try eventually("it is said") { second.log.contains("in use") ? true : nil }
                #expect(second.log.contains("probing and alerting go on"))
                _ = try eventually("it probes", within: .seconds(20)) {
                    second.log.contains("is protected") ? true : nil
                }
                scenario.netprobe.process.signal(SIGTERM)
                _ = try eventually("the port is taken", within: .seconds(20)) {
                    second.log.contains("metrics on http://127.0.0.1:9719") ? true : nil
                }
            }
        }

        @Test("a second netprobe on the same state ends with a clear error")
        func portInUse() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                let file = "\(scenario.folder.path)/netprobe.yml"
                let second = try RunningNetprobe(["--config", file], inside: scenario.network.host)
                defer { second.process.destroy() }
                let ending = try second.process.waitForEnd()
                #expect(ending != .exited(0))
                guard case .exited = ending else { return }
                #expect(second.log.contains("127.0.0.1:9719") && second.log.contains("in use"), "\(second.log)")
                #expect(!scenario.receiver.everFired.contains("StateNotPersisted"))
                #expect(try scenario.netprobe.metrics().linkState == "protected")
            }
        }

        @Test("an interface that is not there yet is a warning; its path heals when it appears")
        func interfaceAppears() throws {
            guard labIsPossible() else { return }
            let before: (HybridNetwork, TemporaryFolder) throws -> Void = { network, _ in
                try network.removeTunnelInterface()
            }
            try Scenario.prepared(before: before) { scenario in
                try scenario.netprobe.waitUntilReady()
                #expect(scenario.netprobe.log.contains("vpn0"))
                let metrics = try scenario.netprobe.waitUntil("the circuit is up") {
                    $0.pathState("kr-er-01/primary") == "up"
                }
                #expect(["down", "unknown"].contains(metrics.pathState("kr-vpn")))
                try scenario.network.addTunnelInterface()
                try scenario.netprobe.waitUntilLink(is: "protected", within: .seconds(10))
            }
        }
    }
}
