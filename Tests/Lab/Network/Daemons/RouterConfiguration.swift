/// BGP of one router, in FRR's words.
struct RouterConfiguration {
    struct Neighbour {
        var address: String
        var asNumber: Int
        /// 300 ms × 3, as Microsoft's edges do it.
        var bfd = false
        /// Of the address family: policies and the like.
        var policies: [String] = []
    }

    var name: String
    var asNumber: Int
    var identifier: String
    var neighbours: [Neighbour]
    var networks: [String] = []
    /// Prefix lists and route maps.
    var policies: [String] = []

    /// Keepalive and hold time are the least that a Microsoft edge accepts.
    var bgp: String {
        var lines = [
            "hostname \(name)", "log stdout", "router bgp \(asNumber)", " bgp router-id \(identifier)",
            " no bgp ebgp-requires-policy", " no bgp network import-check", " bgp bestpath as-path multipath-relax",
            " coalesce-time 50",
        ]
        for neighbour in neighbours {
            let start = " neighbor \(neighbour.address)"
            lines += [
                "\(start) remote-as \(neighbour.asNumber)", "\(start) timers 3 10", "\(start) timers connect 1",
                "\(start) advertisement-interval 0",
            ]
            if neighbour.bfd { lines.append("\(start) bfd") }
        }
        lines.append(" address-family ipv4 unicast")
        lines += networks.map { "  network \($0)" } + ["  maximum-paths 2", "  maximum-paths ibgp 2"]
        for neighbour in neighbours {
            lines += neighbour.policies.map { "  neighbor \(neighbour.address) \($0)" }
            lines.append("  neighbor \(neighbour.address) soft-reconfiguration inbound")
        }
        return (lines + [" exit-address-family", "exit"] + policies).joined(separator: "\n") + "\n"
    }

    var bfd: String { "hostname \(name)\nlog stdout\n" }
    /// Routes without nexthop objects: FRR 8.4 does not put one back whose interface lost its carrier for a while.
    var zebra: String { bfd + "no zebra nexthop kernel enable\n" }
    var usesBFD: Bool { neighbours.contains(where: \.bfd) }
}
