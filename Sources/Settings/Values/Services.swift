public import Model
public import Wire

/// `server`: the HTTP side.
public struct ServerSettings: Sendable, Equatable {
    public var listen = HostPort(host: "127.0.0.1", port: 9719)
    /// Path of an exporter-toolkit web-config file.
    public var webConfig: String?
    /// Path of a blackbox_exporter configuration.
    public var modules: String?
    /// What `/probe` may be asked to probe; an empty list allows all that `probeDeny` does not deny.
    public var probeAllow: [Subnet] = []
    public var probeDeny: [Subnet] = []

    public init() {}
}

/// An account whose services must be reachable.
public struct StorageAccount: Sendable, Equatable {
    public enum Service: String, CaseIterable, Sendable { case blob, dfs, file, queue, table, web }
    public enum Expectation: String, CaseIterable, Sendable {
        case `public`, `private`
        case firewallDenied = "firewall_denied"
    }
    public enum Verdict: String, CaseIterable, Sendable { case allow, deny }

    /// One way to go, and whether it must be allowed there.
    public struct Via: Sendable, Equatable {
        /// `direct` or the name of a proxy.
        public var name: String
        public var expected: Verdict

        public init(name: String, expected: Verdict) {
            self.name = name
            self.expected = expected
        }
    }

    public var account: String
    public var services: [Service] = [.blob]
    public var suffix = "core.windows.net"
    public var expect = Expectation.public
    public var via = [Via(name: "direct", expected: .allow)]
    /// Name of the link that its traffic belongs to.
    public var link: String?
    public var interval: Duration = .seconds(30)
    /// Another URL in place of `https://ACCOUNT.SERVICE.SUFFIX`.
    public var endpoint: SecretURL?
    public var caFile: String?
    /// File of the address ranges that must cover the answers.
    public var allowList: String?

    public init(account: String) {
        self.account = account
    }
}

/// An HTTP proxy.
public struct Proxy: Sendable, Equatable {
    public enum Scheme: String, CaseIterable, Sendable { case negotiate, ntlm, digest, basic }

    public struct Authentication: Sendable, Equatable {
        /// Of those that the proxy offers, the first of these.
        public var schemes: [Scheme]
        public var username: String
        /// Nil for Negotiate with a ticket of the host.
        public var password: SecretSource?

        public init(schemes: [Scheme] = Scheme.allCases, username: String, password: SecretSource? = nil) {
            self.schemes = schemes
            self.username = username
            self.password = password
        }
    }

    public var name: String
    public var url: SecretURL
    public var authentication: Authentication?
    /// A URL that must be reachable through the proxy.
    public var check: SecretURL?
    /// PEM file of the authorities that sign the certificate of an https proxy; nil: the system's.
    public var caFile: String?
    /// Between two looks at it, and at each URL that it must refuse.
    public var interval: Duration = .seconds(30)
    /// URLs that the proxy must refuse.
    public var mustDeny: [SecretURL] = []
    /// Path of a file with the patterns of hosts that it lets through.
    public var allowList: String?
    public var sticky: Sticky?
    /// Path of a Squid access log to follow.
    public var accessLog: String?

    /// `sticky`: that requests leave by one address.
    public struct Sticky: Sendable, Equatable {
        /// Answers with the address that asked it.
        public var echo: SecretURL
        /// Of one cycle.
        public var requests = 10

        public init(echo: SecretURL) {
            self.echo = echo
        }
    }

    public init(name: String, url: SecretURL) {
        self.name = name
        self.url = url
    }
}

/// A ready-made set of endpoints that an Azure service needs.
public struct Profile: Sendable, Equatable {
    public enum Kind: String, CaseIterable, Sendable {
        case azureSiteRecovery = "azure-site-recovery"
        case azureBackup = "azure-backup"
    }

    public var kind: Kind
    public var region: String
    /// Each `direct` or the name of a proxy.
    public var via: [String]
    /// Names in place of the patterns, which cannot be asked.
    public var hosts: [String] = []
    public var interval: Duration = .seconds(60)

    public init(kind: Kind, region: String, via: [String] = ["direct"]) {
        self.kind = kind
        self.region = region
        self.via = via
    }
}

/// `capture`: passive latency.
public struct CaptureSettings: Sendable, Equatable {
    public var interfaces: [String] = []
    /// BPF, anded with what netprobe needs.
    public var filter: String?
    /// Bound of the flow table.
    public var flows = 65_536

    public init() {}
}
