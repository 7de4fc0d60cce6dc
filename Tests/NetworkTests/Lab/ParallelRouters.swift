import TestSupport

/// Two parallel links between routers, as the two edges of a circuit:
///
///     host ── split ──┬── left ───┬── join ── target
///         net 1       │ net 2   4 │     net 6
///                     └── right ──┘
///                       net 3   5
///
/// Net n is 10.9.n.0/24 and fd09:n::/64, .1 and ::1 the end nearer to the host. The split hashes ports
/// (fib_multipath_hash_policy 1). A return packet takes the link that it came by.
final class ParallelRouters: Sendable {
    let host = LabNamespaces.make("h")
    let split = LabNamespaces.make("s")
    let left = LabNamespaces.make("l")
    let right = LabNamespaces.make("r")
    let join = LabNamespaces.make("j")
    let target = LabNamespaces.make("t")

    static let address = "10.9.6.2"
    static let address6 = "fd09:6::2"
    /// First hop, the two of the parallel links, the joining router's two, the target.
    static let leftHop = "10.9.2.2"
    static let rightHop = "10.9.3.2"
    static let joinHops = ["10.9.4.2", "10.9.5.2"]

    private var all: [Namespace] { [host, split, left, right, join, target] }

    init() throws {
        LabNamespaces.sweep()
        do {
            for namespace in all {
                try LabNamespaces.add(namespace)
                try namespace.run(
                    "sysctl",
                    "-q",
                    "-w",
                    "net.ipv6.conf.all.disable_ipv6=0",
                    "net.ipv6.conf.default.disable_ipv6=0",
                    "net.ipv6.conf.lo.disable_ipv6=0",
                    "net.ipv6.conf.all.forwarding=1",
                    "net.ipv6.conf.all.accept_dad=0",
                    "net.ipv6.conf.default.accept_dad=0",
                    "net.ipv6.fib_multipath_hash_policy=1",
                    "net.ipv6.icmp.ratelimit=0"
                )
            }
            try connect(host, "far", split, "near", net: 1)
            try connect(split, "left", left, "near", net: 2)
            try connect(split, "right", right, "near", net: 3)
            try connect(left, "far", join, "left", net: 4)
            try connect(right, "far", join, "right", net: 5)
            try connect(join, "far", target, "near", net: 6)
            try route()
        } catch {
            remove()
            throw error
        }
    }

    func remove() {
        for namespace in all { LabNamespaces.delete(namespace) }
    }

    /// Runs `netprobe path` on the host, with JSON on its output.
    func path(_ arguments: String..., prefix: [String] = []) throws -> Shell.Finished {
        try path(arguments, prefix: prefix)
    }

    func path(_ arguments: [String], prefix: [String] = []) throws -> Shell.Finished {
        let command = prefix + [try NetprobeBinary.path(), "path"] + arguments + ["--no-dns", "--output", "json"]
        return try Shell.finish(host.command(command))
    }

    /// nft rules for a namespace, one table that `mend` takes away.
    func rule(_ namespace: Namespace, hook: String, _ rule: String) throws {
        let text = "table inet fault { chain c { type filter hook \(hook) priority -300; \(rule); }; }\n"
        try namespace.run("nft", "-f", "-", input: text)
    }

    func mend(_ namespace: Namespace) throws {
        try namespace.run("nft", "delete", "table", "inet", "fault")
    }

    /// Both ends of the last link.
    func limitLastLink(to bytes: Int) throws {
        try LabNamespaces.configure(join, ["link set far mtu \(bytes)"])
        try LabNamespaces.configure(target, ["link set near mtu \(bytes)"])
    }

    private func connect(_ near: Namespace, _ nearDevice: String, _ far: Namespace, _ farDevice: String, net: Int)
        throws
    {
        try Shell.run(
            ["ip", "link", "add", nearDevice, "netns", near.name, "type", "veth"]
                + ["peer", "name", farDevice, "netns", far.name]
        )
        for (namespace, device, end) in [(near, nearDevice, 1), (far, farDevice, 2)] {
            try LabNamespaces.configure(
                namespace,
                [
                    "address add 10.9.\(net).\(end)/24 dev \(device)",
                    "address add fd09:\(net)::\(end)/64 dev \(device) nodad",
                    "link set \(device) up",
                ]
            )
        }
    }

    private func route() throws {
        for (family, prefix) in [("-4", "10.9."), ("-6", "fd09:")] {
            func net(_ number: Int) -> String { family == "-4" ? "\(prefix)\(number).0/24" : "\(prefix)\(number)::/64" }
            func end(_ number: Int, _ end: Int) -> String {
                prefix + "\(number)" + (family == "-4" ? "." : "::") + "\(end)"
            }
            func add(_ namespace: Namespace, _ routes: String...) throws {
                try LabNamespaces.configure(namespace, routes.map { "route add \($0)" })
            }
            try add(host, "default via \(end(1, 2))")
            try add(
                split,
                "\(net(6)) nexthop via \(end(2, 2)) nexthop via \(end(3, 2))",
                "\(net(4)) via \(end(2, 2))",
                "\(net(5)) via \(end(3, 2))"
            )
            try add(left, "default via \(end(4, 2))", "\(net(1)) via \(end(2, 1))", "\(net(3)) via \(end(2, 1))")
            try add(right, "default via \(end(5, 2))", "\(net(1)) via \(end(3, 1))", "\(net(2)) via \(end(3, 1))")
            try add(join, "\(net(1)) via \(end(4, 1))", "\(net(2)) via \(end(4, 1))", "\(net(3)) via \(end(5, 1))")
            try add(target, "default via \(end(6, 1))")
        }
    }
}
