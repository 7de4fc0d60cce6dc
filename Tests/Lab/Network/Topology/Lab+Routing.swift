import TestSupport

/// BGP of the lab. The customer edge prefers ExpressRoute, and so does the VNet; see Azure's documents on using a VPN as the
/// backup of private peering.
extension Lab {
    static var routing: [(Part, RouterConfiguration)] {
        [
            (.edge, edge), (.msee1, microsoftEdge(1)), (.msee2, microsoftEdge(2)), (.ergw, ergw), (.vpngw, vpngw),
            (.vnet, vnet), (.vnet2, vnet2),
        ]
    }

    private static var edge: RouterConfiguration {
        var configuration = RouterConfiguration(name: "edge", asNumber: 65010, identifier: "10.0.0.1", neighbours: [])
        for (address, list) in [("172.16.0.2", "primary"), ("172.16.0.6", "secondary")] {
            let policies = ["route-map expressroute in", "prefix-list \(list) out"]
            configuration.neighbours.append(.init(address: address, asNumber: 12076, bfd: true, policies: policies))
        }
        for address in ["172.16.1.2", "172.16.1.6"] {
            let policies = ["prefix-list microsoft in", "prefix-list nothing out"]
            configuration.neighbours.append(.init(address: address, asNumber: 12076, bfd: true, policies: policies))
        }
        configuration.policies += [
            "ip prefix-list microsoft seq 5 permit 13.107.6.0/24", "ip prefix-list nothing seq 5 deny any",
        ]
        configuration.neighbours.append(
            .init(address: "10.1.255.30", asNumber: 65515, policies: ["prefix-list vpn out"])
        )
        configuration.networks = [
            "10.0.0.0/24", "10.9.0.11/32", "10.9.0.12/32", "10.9.0.13/32", "172.16.0.0/30", "172.16.0.4/30",
            "169.254.21.1/32",
        ]
        for (list, host) in [("primary", 11), ("secondary", 12), ("vpn", 13)] {
            configuration.policies += [
                "ip prefix-list \(list) seq 5 permit 10.0.0.0/24",
                "ip prefix-list \(list) seq 10 permit 10.9.0.\(host)/32",
            ]
        }
        // So that a probe of the edge's own finds its way back when the circuit is gone.
        configuration.policies += ["ip prefix-list vpn seq 15 permit 172.16.0.0/29 ge 30 le 30"]
        configuration.policies += ["route-map expressroute permit 10", " set local-preference 150", "exit"]
        return configuration
    }

    private static func microsoftEdge(_ number: Int) -> RouterConfiguration {
        let (customer, core) = (4 * (number - 1), 4 * (number - 1))
        // The two peerings of a circuit do not see each other's prefixes.
        let ofPrivate = ["route-map out out", "prefix-list private out"]
        return RouterConfiguration(
            name: "msee\(number)",
            asNumber: 12076,
            identifier: "172.16.0.\(customer + 2)",
            neighbours: [
                .init(address: "172.16.0.\(customer + 1)", asNumber: 65010, bfd: true, policies: ofPrivate),
                .init(address: "10.1.254.\(core + 2)", asNumber: 65515, policies: ofPrivate),
                .init(address: "10.1.253.\(core + 2)", asNumber: 65515, policies: ofPrivate),
                .init(
                    address: "172.16.1.\(customer + 1)",
                    asNumber: 65010,
                    bfd: true,
                    policies: ["prefix-list microsoft out"]
                ),
            ],
            networks: ["172.16.0.\(customer)/30", "13.107.6.0/24"],
            policies: [
                "route-map out permit 10", "exit", "ip prefix-list microsoft seq 5 permit 13.107.6.0/24",
                "ip prefix-list private seq 5 deny 13.107.6.0/24", "ip prefix-list private seq 10 permit any",
            ]
        )
    }

    private static var ergw: RouterConfiguration {
        RouterConfiguration(
            name: "ergw",
            asNumber: 65515,
            identifier: "10.1.254.10",
            neighbours: [
                .init(address: "10.1.254.1", asNumber: 12076), .init(address: "10.1.254.5", asNumber: 12076),
                .init(address: "10.1.254.9", asNumber: 65515, policies: ["next-hop-self"]),
            ]
        )
    }

    private static var vpngw: RouterConfiguration {
        RouterConfiguration(
            name: "vpngw",
            asNumber: 65515,
            identifier: "10.1.255.30",
            neighbours: [
                .init(address: "169.254.21.1", asNumber: 65010),
                .init(address: "10.1.254.13", asNumber: 65515, policies: ["next-hop-self"]),
            ],
            networks: ["169.254.21.1/32"]
        )
    }

    private static var vnet: RouterConfiguration {
        RouterConfiguration(
            name: "vnet",
            asNumber: 65515,
            identifier: "10.1.0.1",
            neighbours: [
                .init(address: "10.1.254.10", asNumber: 65515, policies: ["route-map expressroute in"]),
                .init(address: "10.1.254.14", asNumber: 65515),
            ],
            networks: ["10.1.0.0/24"],
            policies: ["route-map expressroute permit 10", " set local-preference 200", "exit"]
        )
    }

    private static var vnet2: RouterConfiguration {
        RouterConfiguration(
            name: "vnet2",
            asNumber: 65515,
            identifier: "10.2.0.1",
            neighbours: [
                .init(address: "10.1.253.1", asNumber: 12076), .init(address: "10.1.253.5", asNumber: 12076),
            ],
            networks: ["10.2.0.0/24"]
        )
    }
}
