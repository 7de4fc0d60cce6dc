import Model
import TestSupport

/// What can happen to the network.
extension HybridNetwork {
    /// Packets between the host and these crossings vanish, both ways, from one moment to the next.
    @discardableResult
    func cut(_ crossings: Crossing...) throws -> Moment {
        try Moment.of {
            for crossing in crossings {
                try drop(in: namespace(of: crossing), #"iifname "customer""#, #"oifname "customer""#)
            }
        }
    }

    @discardableResult
    func restore(_ crossings: Crossing...) throws -> Moment {
        try Moment.of {
            for crossing in crossings { try namespace(of: crossing).run("nft", "delete table inet cut") }
        }
    }

    /// Both connections of the circuit in one moment: the host's own packets towards them vanish after its stack.
    @discardableResult
    func cutCircuit() throws -> Moment {
        let rules = """
            table netdev cut {
                chain e1 { type filter hook ingress device "e1" priority 0; meta protocol ip drop; }
                chain e2 { type filter hook ingress device "e2" priority 0; meta protocol ip drop; }
            }

            """
        return try Moment.of { try host.run("nft", "-f", "-", input: rules) }
    }

    @discardableResult
    func restoreCircuit() throws -> Moment {
        try Moment.of { try host.run("nft", "delete table netdev cut") }
    }

    /// Nothing reaches the host any more; what it sends still leaves.
    func isolateHost() throws {
        try host.run("nft", "-f", "-", input: Self.dropping(["prerouting priority -300": #"iifname != "lo""#]))
    }

    func joinHost() throws {
        try host.run("nft", "delete table inet cut")
    }

    /// What routing does once it has seen the circuit's end: the route over both edges is withdrawn.
    @discardableResult
    func moveTrafficToVPN() throws -> Moment {
        try Moment.of { try LabNamespaces.configure(host, ["route del 10.1.0.0/24 metric 10"]) }
    }

    @discardableResult
    func moveTrafficToCircuit() throws -> Moment {
        try Moment.of { try LabNamespaces.configure(host, ["route replace 10.1.0.0/24 metric 10 \(Self.bothEdges)"]) }
    }

    /// The primary's route alone is withdrawn.
    func moveTrafficToSecondary() throws {
        try LabNamespaces.configure(host, ["route replace 10.1.0.0/24 metric 10 via 172.16.0.6 dev e2"])
    }

    /// Forwarded packets to `destination` are answered with an ICMP error of that name of nft.
    func reject(at crossing: Crossing, destination: String, with error: String) throws {
        let rule = "ip daddr \(destination) reject with icmp type \(error)"
        try namespace(of: crossing).run("nft", "-f", "-", input: Self.table("refuse", ["forward priority 0": rule]))
    }

    func removeReject(at crossing: Crossing) throws {
        try namespace(of: crossing).run("nft", "delete table inet refuse")
    }

    /// Echo requests of the host with this source vanish at random, each on its own.
    func dropSome(from source: String, at crossing: Crossing, percent: Int) throws {
        let match =
            #"iifname "customer" ip saddr \#(source) icmp type echo-request numgen random mod 100 < \#(percent)"#
        let rules = """
            table inet count {
                counter dropped { }
                chain c { type filter hook prerouting priority -400; \(match) counter name dropped drop; }
            }

            """
        try namespace(of: crossing).run("nft", "-f", "-", input: rules)
    }

    /// How many vanished until now; none will after.
    func stopDropping(at crossing: Crossing) throws -> Int {
        try namespace(of: crossing).run("nft", "flush chain inet count c")
        return try counted(at: crossing)
    }

    /// Counts packets with this source that come from the host over a crossing.
    func count(source: String, at crossing: Crossing) throws {
        let rule = #"iifname "customer" ip saddr \#(source) counter"#
        try namespace(of: crossing).run(
            "nft",
            "-f",
            "-",
            input: Self.table("count", ["prerouting priority -400": rule])
        )
    }

    func counted(at crossing: Crossing) throws -> Int { try counted(inside: namespace(of: crossing)) }

    func counted(inside namespace: Namespace) throws -> Int {
        let listed = try namespace.run("nft", "list", "table", "inet", "count")
        let words = listed.split(whereSeparator: \.isWhitespace)
        guard let position = words.firstIndex(of: "packets"), position + 1 < words.count else { return -1 }
        return Int(words[position + 1]) ?? -1
    }

    /// What leaves with source 10.9.0.13 goes over the tunnel, and the VNet answers it there.
    func addSourceOfTunnel() throws {
        try LabNamespaces.configure(
            host,
            [
                "address add 10.9.0.13/32 dev lo", "rule add from 10.9.0.13 lookup 103",
                "route add default via 10.254.0.2 dev vpn0 table 103",
            ]
        )
        try LabNamespaces.configure(vpn, ["route add 10.9.0.13/32 via 10.254.0.1"])
        try LabNamespaces.configure(vnet, ["route add 10.9.0.13/32 via 10.1.254.9"])
    }

    /// Takes the tunnel's interface away, as a VPN daemon does that ends.
    func removeTunnelInterface() throws {
        try LabNamespaces.configure(host, ["link del vpn0"])
    }

    /// Makes it anew, with another index.
    func addTunnelInterface() throws {
        try Shell.run(
            "ip",
            "link",
            "add",
            "vpn0",
            "netns",
            host.name,
            "type",
            "veth",
            "peer",
            "name",
            "customer",
            "netns",
            vpn.name
        )
        try LabNamespaces.configure(vpn, ["address add 10.254.0.2/30 dev customer", "link set customer up"])
        try LabNamespaces.configure(host, Self.vpnOfHost)
    }

    private func drop(in namespace: Namespace, _ incoming: String, _ outgoing: String) throws {
        let rules = ["prerouting priority -300": incoming, "postrouting priority 300": outgoing]
        try namespace.run("nft", "-f", "-", input: Self.dropping(rules))
    }

    private static func dropping(_ matches: [String: String]) -> String {
        table("cut", matches.mapValues { "\($0) drop" })
    }

    private static func table(_ name: String, _ rules: [String: String]) -> String {
        let chains = rules.sorted { $0.key < $1.key }.enumerated().map { index, rule in
            "    chain c\(index) { type filter hook \(rule.key); \(rule.value); }\n"
        }
        return "table inet \(name) {\n\(chains.joined())}\n"
    }
}
