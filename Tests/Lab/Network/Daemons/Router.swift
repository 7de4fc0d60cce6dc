public import TestSupport

/// FRR in a namespace: zebra, bgpd and, where a neighbour wants it, bfdd.
public final class Router: Sendable {
    public let namespace: Namespace
    private let folder: String
    private let daemons: [Daemon]
    private var sockets: String { "\(folder)/run/frr" }

    /// Starts it without waiting for neighbours.
    init(_ configuration: RouterConfiguration, inside namespace: Namespace, folder: TemporaryFolder) throws {
        self.namespace = namespace
        self.folder = "\(folder.path)/\(configuration.name)"
        let (base, run) = (self.folder, "\(self.folder)/run")
        try Shell.run("install", "-d", "-m", "755", run)
        // FRR gives up being root and then writes here.
        try Shell.run("install", "-d", "-o", "frr", "-g", "frr", "\(run)/frr")
        for (daemon, text) in [
            ("zebra", configuration.zebra), ("bfdd", configuration.bfd), ("bgpd", configuration.bgp),
        ] {
            try folder.write("\(configuration.name)/\(daemon).conf", text)
        }
        func start(_ daemon: String, _ more: String...) throws -> Daemon {
            let arguments = [
                "/usr/lib/frr/\(daemon)", "-f", "\(base)/\(daemon).conf", "--vty_socket", "\(run)/frr",
                "-z", "\(run)/frr/zserv.api", "-i", "\(run)/frr/\(daemon).pid", "-P", "0",
            ]
            return try Daemon(arguments + more, inside: namespace, folder: run)
        }
        var daemons = [try start("zebra")]
        try daemons[0].waitForSocket("\(run)/frr/zserv.api")
        if configuration.usesBFD { daemons.append(try start("bfdd", "--bfdctl", "\(run)/frr/bfdd.sock")) }
        daemons.append(try start("bgpd"))
        try daemons[daemons.count - 1].waitForSocket("\(run)/frr/bgpd.vty")
        self.daemons = daemons
    }

    /// Runs commands of `vtysh`, as an operator does.
    @discardableResult
    public func ask(_ commands: String...) throws -> String {
        try Shell.run(["vtysh", "--vty_socket", sockets] + commands.flatMap { ["-c", $0] })
    }

    /// How it stands with a neighbour: the state, and how often the session was established and dropped.
    public func session(with neighbour: String) throws -> [String] {
        try ask("show bgp neighbors \(neighbour)").split(separator: "\n").map { line in
            String(line.drop { $0 == " " }.prefix { $0 != "," })
        }.filter { $0.hasPrefix("BGP state = ") || $0.hasPrefix("Connections established ") }
    }

    /// Changes the running configuration.
    public func configure(_ commands: [String]) throws {
        let lines = (["configure terminal"] + commands).flatMap { ["-c", $0] }
        try Shell.run(["vtysh", "--vty_socket", sockets] + lines)
    }

    /// What its daemons said.
    public var log: String { daemons.map(\.log).joined() }
}
