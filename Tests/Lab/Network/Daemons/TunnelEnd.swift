import Glibc
import TestSupport

/// strongSwan in a namespace, with ESP in user space (`kernel-libipsec`): its packets appear on `ipsec0`.
public final class TunnelEnd: Sendable {
    struct Configuration {
        var name: String
        var local: String
        var remote: String
        /// The end that begins, and begins again.
        var initiates: Bool
    }

    private let daemon: Daemon
    private let namespace: Namespace
    private let socket: String
    private let connections: String

    init(_ configuration: Configuration, inside namespace: Namespace, folder: TemporaryFolder) throws {
        self.namespace = namespace
        let base = "\(folder.path)/\(configuration.name)-ike"
        socket = "unix://\(base)/run/charon.vici"
        try Shell.run("install", "-d", "-m", "755", "\(base)/run")
        try folder.write("\(configuration.name)-ike/strongswan.conf", Self.daemonSettings(socket: socket))
        connections = try folder.write("\(configuration.name)-ike/swanctl.conf", Self.connections(configuration))
        daemon = try Daemon(
            ["/usr/lib/ipsec/charon"],
            inside: namespace,
            folder: "\(base)/run",
            environment: ["STRONGSWAN_CONF": "\(base)/strongswan.conf"]
        )
        try daemon.waitForSocket("\(base)/run/charon.vici")
    }

    /// Loads the connection; the end that initiates begins at once.
    func load() throws {
        try Shell.run("swanctl", "--load-all", "--file", connections, "--uri", socket, "--noprompt")
    }

    /// As `swanctl --list-sas` tells it.
    public func associations() throws -> String {
        try Shell.run("swanctl", "--list-sas", "--uri", socket)
    }

    public var isEstablished: Bool {
        (try? associations())?.contains("INSTALLED") ?? false
    }

    /// Identifies the IKE SA that is there now; nil: none.
    public var association: String? {
        (try? associations())?.split(separator: "\n").first.map(String.init)
    }

    /// As a gateway does it that is updated: it answers nothing, and forwards nothing, until it is thawed.
    public func freeze() { daemon.process.signal(SIGSTOP) }
    public func thaw() { daemon.process.signal(SIGCONT) }

    /// Tears its SAs down without waiting for the other end.
    public func terminate() throws {
        try Shell.run("swanctl", "--terminate", "--ike", "azure", "--force", "--uri", socket)
    }

    public var log: String { daemon.log }

    /// The plugin puts routes into table 220 that lead all that its policies match into `ipsec0`, here everything. The
    /// routes of the lab are BGP's and its own: with this mark, which no packet has, nobody looks into that table.
    private static func daemonSettings(socket: String) -> String {
        """
        charon {
            load = random nonce aes sha1 sha2 hmac kdf gmp mgf1 kernel-libipsec kernel-netlink socket-default vici
            install_routes = no
            retransmit_timeout = 1.0
            retransmit_base = 1.0
            retransmit_tries = 3
            filelog { stderr { default = 1 } }
            plugins {
                vici { socket = \(socket) }
                kernel-netlink { fwmark = 0x42 }
            }
        }

        """
    }

    private static func connections(_ configuration: Configuration) -> String {
        let action = configuration.initiates ? "start" : "none"
        return """
            connections {
                azure {
                    version = 2
                    local_addrs = \(configuration.local)
                    remote_addrs = \(configuration.remote)
                    dpd_delay = 2s
                    keyingtries = 0
                    encap = yes
                    unique = replace
                    proposals = aes256-sha256-modp2048
                    local {
                        auth = psk
                        id = \(configuration.local)
                    }
                    remote {
                        auth = psk
                        id = \(configuration.remote)
                    }
                    children {
                        net {
                            local_ts = 0.0.0.0/0
                            remote_ts = 0.0.0.0/0
                            esp_proposals = aes256-sha256
                            dpd_action = \(configuration.initiates ? "restart" : "clear")
                            start_action = \(action)
                            close_action = \(action)
                        }
                    }
                }
            }
            secrets {
                ike {
                    secret = of-this-lab-only
                }
            }

            """
    }
}
