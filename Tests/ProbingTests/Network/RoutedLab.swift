import Glibc
import TestSupport

/// Three network namespaces in a row: probe host, router, target.
///
///     probe 10.70.1.1 ── 10.70.1.2 router 10.70.2.2 ── 10.70.2.1 target
///           10.70.3.1 ── 10.70.3.2
///
/// The router refuses 10.70.8.0/24 (unreachable) and 10.70.9.0/24 (prohibited); the probe host has no other routes.
struct RoutedLab: ~Copyable {
    let probe: Namespace
    let router: Namespace
    let target: Namespace
    let targetAddress = "10.70.2.1"

    init() throws {
        let suffix = "\(getpid())-\(UInt32.random(in: 0...9999))"
        probe = Namespace("npp-\(suffix)")
        router = Namespace("npr-\(suffix)")
        target = Namespace("npt-\(suffix)")
        for space in [probe, router, target] {
            try Shell.run("ip", "netns", "add", space.name)
            try space.run("ip", "link", "set", "lo", "up")
            // An address in its check for duplicates asks for no neighbour, for a second or more.
            try space.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0")
        }
        try connect(probe, "left", "10.70.1.1/24", router, "left", "10.70.1.2/24")
        try connect(probe, "spare", "10.70.3.1/24", router, "spare", "10.70.3.2/24")
        try connect(target, "right", "10.70.2.1/24", router, "right", "10.70.2.2/24")
        try router.run(
            "sysctl",
            "-qw",
            "net.ipv4.ip_forward=1",
            "net.ipv4.icmp_ratelimit=0",
            "net.ipv4.icmp_msgs_per_sec=100000"
        )
        try addRoutes()
        try target.run("ip", "route", "add", "10.70.0.0/16", "via", "10.70.2.2")
        try refuse()
    }

    deinit {
        for space in [probe, router, target] {
            _ = try? Shell.run("ip", "netns", "del", space.name)
        }
    }

    /// By filter and not by route: the kernel limits the errors of routes for the whole machine.
    private func refuse() throws {
        for subnet in ["10.70.8.0/24", "10.70.9.0/24"] {
            try router.run("ip", "route", "add", subnet, "via", "10.70.2.1")
        }
        let rules = """
            table ip refusing {
              chain forward {
                type filter hook forward priority 0
                ip daddr 10.70.8.0/24 reject with icmp type host-unreachable
                ip daddr 10.70.9.0/24 reject with icmp type admin-prohibited
              }
            }
            """
        try router.run("nft", "-f", "-", input: rules + "\n")
    }

    /// Drops, without a word, what matches.
    func drop(_ match: String, in space: Namespace, hook: String) throws {
        let rules = "table ip cut {\n chain one {\n type filter hook \(hook) priority 0\n \(match) drop\n }\n}\n"
        try space.run("nft", "-f", "-", input: rules)
    }

    /// The same network over IPv6, without a route to the target over `spare`.
    /// - Returns: the router's link-local address there.
    func addIPv6() throws -> String {
        let links = [
            (probe, "left", "fd70:1::1"), (router, "left", "fd70:1::2"), (probe, "spare", "fd70:3::1"),
            (router, "spare", "fd70:3::2"), (target, "right", "fd70:2::1"), (router, "right", "fd70:2::2"),
        ]
        for (space, interface, address) in links {
            try space.run("ip", "address", "add", "\(address)/64", "dev", interface, "nodad")
        }
        try router.run("ip", "address", "add", "fe80::70/64", "dev", "spare", "nodad")
        try router.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1", "net.ipv6.icmp.ratelimit=0")
        try probe.run("ip", "-6", "route", "add", "fd70:2::/64", "via", "fd70:1::2", "dev", "left")
        try target.run("ip", "-6", "route", "add", "default", "via", "fd70:2::2")
        return "fe80::70"
    }

    func addRoutes() throws {
        for subnet in ["10.70.2.0/24", "10.70.8.0/24", "10.70.9.0/24"] {
            try probe.run("ip", "route", "replace", subnet, "via", "10.70.1.2")
        }
    }

    func connect(
        _ one: Namespace,
        _ oneLink: String,
        _ oneAddress: String,
        _ other: Namespace,
        _ otherLink: String,
        _ otherAddress: String
    ) throws {
        try one.run("ip", "link", "add", oneLink, "type", "veth", "peer", "name", otherLink, "netns", other.name)
        for (space, link, address) in [(one, oneLink, oneAddress), (other, otherLink, otherAddress)] {
            try space.run("ip", "address", "add", address, "dev", link)
            try space.run("sysctl", "-qw", "net.ipv4.conf.\(link).rp_filter=0", "net.ipv4.conf.all.rp_filter=0")
            try space.run("ip", "link", "set", link, "up")
        }
    }
}
