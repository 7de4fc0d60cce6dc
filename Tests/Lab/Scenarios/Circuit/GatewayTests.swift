import LabNetwork
import TestSupport
import Testing

extension LabTests {
    @Suite("the VNet's gateway")
    struct GatewayTests {
        @Test("the edges answer, another VNet is reached, and nothing behind this gateway: the circuit is not blamed")
        func unreachable() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.hasSecondLink = true }) { watch in
                // Both gateways of the VNet, and BGP with them, for nobody knows.
                try watch.lab.blackhole(behind: .ergw)
                try watch.lab.cut("wan")
                let lost = try watch.receiver.firing("GatewayUnreachable", ["link": Watch.link], within: .seconds(15))
                watch.expect(lost, "VNet gateway", of: "microsoft")
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.value("netprobe_path_edge_answering", ["path": "kr-er-01/primary"]) == 1)
                let other = ["link": "seoul-koreasouth", "state": "protected"]
                #expect(metrics.value("netprobe_link_state", other) == 1)
                try watch.healAndResolve()
                let expected: Set = [
                    "GatewayUnreachable \(Watch.link)", "LinkDown \(Watch.link)", "StandbyPathDown kr-vpn",
                ]
                #expect(watch.objects == expected, "\(watch.objects)")
            }
        }

        @Test("the ExpressRoute gateway is dead, the VPN's is well, and no route moves: the circuit itself is not lost")
        func expressRouteGatewayAlone() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.hasSecondLink = true }) { watch in
                try watch.lab.blackhole(behind: .ergw)
                try watch.receiver.firing("LinkDown", ["link": Watch.link], within: .seconds(10))
                try watch.receiver.firing("GatewayUnreachable", ["link": Watch.link], within: .seconds(15))
                let metrics = try watch.netprobe.metrics()
                let other = ["link": "seoul-koreasouth", "path": "kr-er-01/primary"]
                #expect(metrics.value("netprobe_path_up", other) == 1)
                try watch.lab.removeFaults(at: .ergw)
                try watch.receiver.resolved("LinkDown", within: .seconds(15))
                try watch.receiver.resolved("GatewayUnreachable", within: .seconds(15))
                let expected: Set = ["GatewayUnreachable \(Watch.link)", "LinkDown \(Watch.link)"]
                #expect(watch.objects == expected, "\(watch.objects)")
            }
        }
    }
}
