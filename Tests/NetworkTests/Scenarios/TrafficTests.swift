import TestSupport
import Testing

extension NetworkTests {
    @Suite("odd traffic")
    struct TrafficTests {
        @Test("answers that come twice are counted as duplicates, and once as answers")
        func duplicates() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                let rules = """
                    table ip twice {
                        chain c {
                            type filter hook prerouting priority 0
                            ip saddr 10.1.0.4 ip daddr 10.9.0.11 icmp type echo-reply dup to 172.16.0.1 device "customer"
                        }
                    }

                    """
                try scenario.network.edge1.run("nft", "-f", "-", input: rules)
                let path = ["path": "kr-er-01/primary", "role": "through"]
                let metrics = try scenario.netprobe.waitUntil("duplicates are counted") {
                    $0.sum("netprobe_probe_duplicates_total", path) >= 5
                }
                let (sent, received) = (
                    metrics.sum("netprobe_probe_sent_total", path), metrics.sum("netprobe_probe_received_total", path)
                )
                #expect(received <= sent)
                #expect(metrics.linkState == "protected")
                let others = metrics.all("netprobe_probe_duplicates_total").filter {
                    $0.labels["path"] != "kr-er-01/primary" && $0.value > 0
                }
                #expect(others.isEmpty, "\(others)")
            }
        }

        @Test("when the same part of the flows fails, it is FlowsLost and not the link")
        func flowsLost() throws {
            guard labIsPossible() else { return }
            try Scenario.run({ $0.rules["FlowsLost"] = "{for: 500ms}" }) { scenario in
                let rules = """
                    table inet half {
                        chain c {
                            type filter hook prerouting priority -300
                            tcp dport 443 tcp sport & 1 == 1 drop
                        }
                    }

                    """
                try scenario.network.vnet.run("nft", "-f", "-", input: rules)
                try scenario.receiver.firing("FlowsLost", ["link": Scenario.link])
                let metrics = try scenario.netprobe.metrics()
                #expect(metrics.sum("netprobe_link_flows_lost", ["link": Scenario.link]) == 2)
                #expect(scenario.receiver.everFired.isDisjoint(with: ["LinkDown", "CircuitLost", "WorkloadDown"]))
                try scenario.network.vnet.run("nft", "delete table inet half")
                try scenario.receiver.resolved("FlowsLost", within: .seconds(8))
            }
        }

        @Test("one workload of two fails: WorkloadDown, and the link is not down")
        func workloadDown() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                try LabNamespaces.configure(scenario.network.vnet, ["address del 10.1.0.5/32 dev lo"])
                let alert = try scenario.receiver.firing("WorkloadDown", ["link": Scenario.link])
                #expect(alert.labels["target"] == "icmp://10.1.0.5")
                #expect(scenario.receiver.everFired.isDisjoint(with: ["LinkDown", "CircuitLost"]))
                try LabNamespaces.configure(scenario.network.vnet, ["address add 10.1.0.5/32 dev lo"])
                try scenario.receiver.resolved("WorkloadDown", within: .seconds(8))
            }
        }

        @Test("strict reverse-path filtering on a host with several interfaces is named")
        func reversePathFilter() throws {
            guard labIsPossible() else { return }
            let before: (HybridNetwork, TemporaryFolder) throws -> Void = { network, _ in
                try network.host.run(
                    "sysctl",
                    "-q",
                    "-w",
                    "net.ipv4.conf.all.rp_filter=1",
                    "net.ipv4.conf.e1.rp_filter=1"
                )
            }
            try Scenario.prepared(before: before) { scenario in
                try scenario.netprobe.waitUntilReady()
                try eventually("the log names rp_filter") { scenario.netprobe.log.contains("rp_filter") ? true : nil }
            }
        }
    }
}
