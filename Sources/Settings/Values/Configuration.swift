public import Model

/// The whole configuration after includes, templates and defaults: what `netprobe serve` runs on.
///
/// Every value has been checked; names refer to things that exist. Secrets are `Secret` values that print as `<secret>`.
public struct Configuration: Sendable, Equatable {
    public var site: SiteSpec
    public var server = ServerSettings()
    /// Folder of incidents, alert state and unsent notifications.
    public var stateDirectory = "/var/lib/netprobe"
    public var defaults = ProbeDefaults()
    /// In the order of the file.
    public var circuits: [Circuit] = []
    public var vpns: [VPN] = []
    public var internet = InternetSettings()
    /// Written links first, then those of `links_from`.
    public var links: [LinkSpec] = []
    public var maintenance: [MaintenanceWindow] = []
    public var storage: [StorageAccount] = []
    public var proxies: [Proxy] = []
    public var profiles: [Profile] = []
    public var capture = CaptureSettings()
    /// Targets outside any link.
    public var probes: [FreeProbe] = []
    public var hostChecks = HostChecks()
    /// A network plan file to judge at start and reload.
    public var plan: String?
    public var alerting = AlertingSettings()
    /// Sections that the files really write, dotted below `server` and `alerting`; see `unbuiltSections(built:)`.
    public var presentSections: [String] = []
    /// Every file that was read, the main file first.
    public var sources: [String] = []

    /// What an empty file means on a host of this name.
    public init(hostName: String) {
        site = SiteSpec(name: hostName, vantage: hostName)
    }

    /// The sections that the files write and the program does not act on, in the order of the documentation.
    /// - Parameter built: names such as `links`, `alerting.webhooks`.
    public func unbuiltSections(built: Set<String>) -> [String] {
        presentSections.filter { !built.contains($0) }
    }
}

/// `defaults`: what a probe uses where it says nothing itself.
public struct ProbeDefaults: Sendable, Equatable {
    public var interval: Duration = .seconds(1)
    public var timeout: Duration = .milliseconds(800)
    /// Source ports of each tcp, udp and stamp workload.
    public var flows = 8
    /// `host:port` of a DNS server; nil: the system's.
    public var resolver: HostPort?

    public init() {}
}

/// A host and a port; `description` puts IPv6 into brackets.
public struct HostPort: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address, IPv6 without brackets.
    public var host: String
    public var port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// A target outside any link.
public struct FreeProbe: Sendable, Equatable {
    public var spec: ProbeSpec
    /// Name of a proxy; nil goes directly.
    public var via: String?

    public init(spec: ProbeSpec, via: String? = nil) {
        self.spec = spec
        self.via = via
    }
}

/// `host_checks`: how often the host is judged.
public struct HostChecks: Sendable, Equatable {
    public var interval: Duration = .seconds(300)

    public init() {}
}
