import TestSupport
import Testing

extension NetworkTests {
    @Suite("reasons and pins")
    struct ReasonTests {
        @Test(
            "an ICMP error ends a probe at once with its reason",
            arguments: [
                ("host-unreachable", "unreachable_host"), ("net-unreachable", "unreachable_net"),
                ("admin-prohibited", "admin_prohibited"), ("port-unreachable", "unreachable_port"),
            ]
        )
        func icmpError(error: String, reason: String) throws {
            guard labIsPossible() else { return }
            let network = try HybridNetwork()
            defer { network.remove() }
            try network.moveTrafficToVPN()
            try network.reject(at: .vpn, destination: "10.1.0.0/24", with: error)
            for target in ["icmp://10.1.0.4", "tcp://10.1.0.4:443"] {
                let result = try ProbeCommand.run(target, inside: network.host)
                #expect(result.status == 1)
                #expect(result.reason == reason, "\(target): \(result.output)")
                #expect(result.seconds < 0.5, "an error needs no time-out")
            }
        }

        @Test("a port where nobody listens is refused, silence is a timeout, an answer has phases")
        func tcp() throws {
            guard labIsPossible() else { return }
            let network = try HybridNetwork()
            let service = try TCPListener(inside: network.vnet, port: 443)
            defer {
                service.stop()
                network.remove()
            }
            let good = try ProbeCommand.run("tcp://10.1.0.4:443", inside: network.host)
            #expect(good.status == 0 && good.reason == nil && good.success == true)
            #expect(try #require(good.duration) > 0)
            let refused = try ProbeCommand.run("tcp://10.1.0.4:444", inside: network.host)
            #expect(refused.status == 1 && refused.reason == "refused")
            try network.cut(.primary, .secondary)
            let silent = try ProbeCommand.run("tcp://10.1.0.4:443", inside: network.host)
            #expect(silent.status == 1 && silent.reason == "timeout" && silent.success == false)
        }

        @Test("each path's probes leave by its pin and by no other way")
        func pins() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                try scenario.network.count(source: "10.9.0.11", at: .primary)
                try scenario.network.count(source: "10.9.0.12", at: .secondary)
                try scenario.network.count(source: "10.254.0.1", at: .vpn)
                let before = try scenario.netprobe.metrics()
                Thread.sleep(.seconds(2))
                let after = try scenario.netprobe.metrics()
                let paths: [(HybridNetwork.Crossing, String)] = [
                    (.primary, "kr-er-01/primary"), (.secondary, "kr-er-01/secondary"), (.vpn, "kr-vpn"),
                ]
                for (crossing, path) in paths {
                    let sent = [before, after].map { $0.sum("netprobe_probe_sent_total", ["path": path]) }
                    let counted = Double(try scenario.network.counted(at: crossing))
                    // Counting began a little before the first reading and ended a little after the second.
                    #expect(counted >= sent[1] - sent[0], "\(path)")
                    #expect(counted <= sent[1] - sent[0] + 12, "\(path)")
                }
                for (crossing, other) in [(HybridNetwork.Crossing.primary, "10.9.0.12"), (.secondary, "10.9.0.11")] {
                    try scenario.network.namespace(of: crossing).run("nft", "delete table inet count")
                    try scenario.network.count(source: other, at: crossing)
                    Thread.sleep(.milliseconds(500))
                    #expect(try scenario.network.counted(at: crossing) == 0)
                }
            }
        }
    }
}
