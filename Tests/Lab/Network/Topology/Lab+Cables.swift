import TestSupport

/// Cables, addresses and the routes that BGP does not bring.
extension Lab {
    static func joinVeth() throws {
        let cables: [(Part, String, Part, String)] = [
            (.probe, "lan0", .edge, "lan"), (.msee1, "core", .ergw, "msee1"), (.msee2, "core", .ergw, "msee2"),
            (.ergw, "vnet", .vnet, "ergw"), (.vpngw, "vnet", .vnet, "vpngw"),
            (.msee1, "vnet2", .vnet2, "msee1"), (.msee2, "vnet2", .vnet2, "msee2"),
            (.msee1, "public", .microsoft, "msee1"), (.msee2, "public", .microsoft, "msee2"),
            (.vpngw, "public", .microsoft, "internet"),
        ]
        for (left, leftName, right, rightName) in cables {
            let near = ["ip", "link", "add", leftName, "netns", namespace(left).name, "type", "veth"]
            try Shell.run(near + ["peer", "name", rightName, "netns", namespace(right).name])
        }
    }

    /// Several next hops are chosen by addresses, protocol and ports. By policy 1 the kernel would take the hash that a packet
    /// brought along, which the sender of this machine draws anew for each connect, so that no flow would keep its way.
    static func hashFlows() throws {
        for part in Part.allCases {
            try namespace(part).run(
                "sysctl",
                "-q",
                "-w",
                "net.ipv4.fib_multipath_hash_policy=3",
                "net.ipv4.fib_multipath_hash_fields=55"
            )
        }
    }

    static func join(_ wires: Wires, seed: UInt64) throws {
        let ends: [(String, Part, String)] = [("er1", .msee1, "ce"), ("er2", .msee2, "ce"), ("wan", .vpngw, "wan")]
        for (wire, part, interface) in ends {
            let (near, far) = (namespace(.edge).name, namespace(part).name)
            try wires.tell("add", wire, near, wire, far, interface, "\(seed)")
        }
        try delay(wires)
    }

    /// Further addresses of the VNet, for many links.
    public static let crowd = (10...16).map { "10.1.0.\($0)" }

    /// The distances of the lab, one way: a circuit of 2 ms and a way over the Internet of 8 ms, there and back.
    public static let delays: [(wire: String, microseconds: Int)] = [("er1", 1000), ("er2", 1000), ("wan", 4000)]

    static func delay(_ wires: Wires) throws {
        for (wire, microseconds) in delays { try wires.set(wire, .both, ["delay_us=\(microseconds)"]) }
    }

    static func address() throws {
        try configure(.probe, "10.0.0.2/24 lan0", "10.9.0.11/32 lo", "10.9.0.12/32 lo", "10.9.0.13/32 lo")
        try ip(.probe, "route add default via 10.0.0.1")
        try configure(
            .edge,
            "10.0.0.1/24 lan",
            "172.16.0.1/30 er1",
            "172.16.0.5/30 er2",
            "203.0.113.10/24 wan"
        )
        try configure(.msee1, "172.16.0.2/30 ce", "10.1.254.1/30 core", "10.1.253.1/30 vnet2")
        try configure(.msee2, "172.16.0.6/30 ce", "10.1.254.5/30 core", "10.1.253.5/30 vnet2")
        try configure(.ergw, "10.1.254.2/30 msee1", "10.1.254.6/30 msee2", "10.1.254.10/30 vnet")
        try configure(.vpngw, "203.0.113.20/24 wan", "10.1.254.14/30 vnet")
        try configure(.vnet, "10.1.254.9/30 ergw", "10.1.254.13/30 vpngw", "10.1.0.4/32 lo", "10.1.0.5/32 lo")
        for address in Self.crowd { try configure(.vnet, "\(address)/32 lo") }
        try configure(.vnet2, "10.1.253.2/30 msee1", "10.1.253.6/30 msee2", "10.2.0.4/32 lo")
        try addPublicServices()
        for part in [Part.msee1, .msee2] {
            // As Linux does it unless told otherwise: about one error a second for each destination.
            try namespace(part).run("sysctl", "-q", "-w", "net.ipv4.icmp_ratelimit=1000")
        }
        try addPins()
        // An ExpressRoute gateway does not answer traceroute.
        try nft(
            .ergw,
            "table ip quiet { chain c { type filter hook output priority 0; icmp type time-exceeded drop; }; }"
        )
        try nft(
            .edge,
            """
            table ip internet { chain c {
                type nat hook postrouting priority 100; oifname "wan" ip saddr { 10.0.0.0/24, 10.9.0.13 } masquerade
            }; }
            """
        )
    }

    /// Microsoft's public services, 13.107.6.10: over the circuit by a peering of their own, over the Internet by the router
    /// that stands in the VPN gateway's namespace. A default route of the site would say the same as the one here, and would
    /// lead what belongs into the tunnel there in the clear.
    private static func addPublicServices() throws {
        try configure(.edge, "172.16.1.1/30 er1", "172.16.1.5/30 er2")
        try configure(.msee1, "172.16.1.2/30 ce", "10.1.252.1/30 public")
        try configure(.msee2, "172.16.1.6/30 ce", "10.1.252.5/30 public")
        try configure(.vpngw, "192.0.2.1/30 public")
        try configure(
            .microsoft,
            "10.1.252.2/30 msee1",
            "10.1.252.6/30 msee2",
            "192.0.2.2/30 internet",
            "13.107.6.10/32 lo"
        )
        try ip(.edge, "route add 13.107.0.0/16 via 203.0.113.20 dev wan")
        try ip(.msee1, "route add 13.107.6.0/24 via 10.1.252.2")
        try ip(.msee2, "route add 13.107.6.0/24 via 10.1.252.6")
        try ip(.vpngw, "route add 13.107.6.0/24 via 192.0.2.2")
        try ip(
            .microsoft,
            "route add 172.16.1.0/30 via 10.1.252.1",
            "route add 172.16.1.4/30 via 10.1.252.5",
            "route add default via 192.0.2.1"
        )
    }

    /// What comes from an address of the probe host leaves over its own path, or not at all.
    private static func addPins() throws {
        let ways = [(11, "via 172.16.0.2 dev er1"), (12, "via 172.16.0.6 dev er2")]
        for (host, way) in ways {
            try ip(.edge, "route add default \(way) table \(90 + host)")
        }
        // IKE to the gateway's public address goes beside the tunnel.
        try ip(.edge, "route add 203.0.113.0/24 dev wan table 103")
        for host in 11...13 {
            try ip(
                .edge,
                "route add 10.9.0.\(host)/32 via 10.0.0.2 dev lan",
                "rule add from 10.9.0.\(host) iif lan lookup \(90 + host)",
                "route add unreachable default metric 1000 table \(90 + host)"
            )
        }
    }

    /// Both ends of `ipsec0`, which charon makes.
    static func startTunnel(_ folder: TemporaryFolder) throws -> (customer: TunnelEnd, azure: TunnelEnd) {
        let (here, there) = ("203.0.113.10", "203.0.113.20")
        let azure = try TunnelEnd(
            TunnelEnd.Configuration(name: "vpngw", local: there, remote: here, initiates: false),
            inside: namespace(.vpngw),
            folder: folder
        )
        let customer = try TunnelEnd(
            TunnelEnd.Configuration(name: "edge", local: here, remote: there, initiates: true),
            inside: namespace(.edge),
            folder: folder
        )
        try azure.load()
        try customer.load()
        try ip(
            .edge,
            "address add 169.254.21.1/32 peer 10.1.255.30/32 dev ipsec0",
            "link set ipsec0 up",
            "route add default dev ipsec0 table 103",
            // A pin to the interface needs a route by it. Shorter than BGP's, which wins by that: of the same length zebra
            // would prefer this one, whatever its metric.
            "route add 10.1.0.0/16 dev ipsec0"
        )
        try ip(.vpngw, "address add 10.1.255.30/32 peer 169.254.21.1/32 dev ipsec0", "link set ipsec0 up")
        return (customer, azure)
    }

    static func ip(_ part: Part, _ commands: String...) throws {
        try LabNamespaces.configure(namespace(part), commands)
    }

    static func nft(_ part: Part, _ rules: String) throws {
        try namespace(part).run("nft", "-f", "-", input: rules + "\n")
    }

    /// `ADDRESS INTERFACE` each; the interfaces come up.
    private static func configure(_ part: Part, _ addresses: String...) throws {
        for text in addresses {
            let words = text.split(separator: " ")
            try ip(part, "address add \(words[0]) dev \(words[1])", "link set \(words[1]) up")
        }
    }
}
