import Glibc

/// Namespaces named `np-PID-…`, so that two runs do not meet and what a dead run left is known.
public enum LabNamespaces {
    public static func make(_ name: String) -> Namespace {
        Namespace("np-\(getpid())-\(name)")
    }

    public static func add(_ namespace: Namespace) throws {
        try Shell.run("ip", "netns", "add", namespace.name)
        // A packet of a pinned path may come from an address that another interface would be used for.
        try namespace.run(
            "sysctl",
            "-q",
            "-w",
            "net.ipv4.ip_forward=1",
            "net.ipv4.conf.all.rp_filter=0",
            "net.ipv4.conf.default.rp_filter=0",
            "net.ipv4.fib_multipath_hash_policy=1",
            "net.ipv4.icmp_ratelimit=0",
            "net.ipv6.conf.all.disable_ipv6=1",
            "net.ipv6.conf.default.disable_ipv6=1"
        )
        try configure(namespace, ["link set lo up"])
    }

    /// Runs `ip` commands, one a line, inside.
    public static func configure(_ namespace: Namespace, _ commands: [String]) throws {
        try Shell.run(["ip", "-n", namespace.name, "-batch", "-"], input: commands.joined(separator: "\n") + "\n")
    }

    /// Removes it and what still runs inside; no error when it is not there.
    public static func delete(_ namespace: Namespace) {
        if let listed = try? Shell.run("ip", "netns", "pids", namespace.name) {
            for pid in listed.split(separator: "\n").compactMap({ pid_t($0) }) where pid != getpid() {
                kill(pid, SIGKILL)
            }
        }
        _ = try? Shell.run("ip", "netns", "delete", namespace.name)
    }

    /// Removes what runs left that are no more.
    public static func sweep() {
        guard let listed = try? Shell.run("ip", "netns", "list") else { return }
        for line in listed.split(separator: "\n") {
            let name = String(line.prefix { $0 != " " })
            let parts = name.split(separator: "-", maxSplits: 2)
            guard parts.count == 3, parts[0] == "np", let owner = pid_t(parts[1]), kill(owner, 0) != 0 else { continue }
            delete(Namespace(name))
        }
    }
}
