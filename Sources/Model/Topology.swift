/// What is asked of one target, and how often.
public struct ProbeSpec: Hashable, Sendable {
    public var target: Target
    public var interval: Duration
    public var timeout: Duration
    /// Period of the hop trace towards the target; nil for none.
    public var trace: Duration?
    public var expect: [String]
    public var caFile: String?
    /// PEM files of the client's certificate and key.
    public var certificateFile: String?
    public var keyFile: String?
    /// Parallel flows (source ports); 1 for probes without ports.
    public var flows: Int
    /// Name of the proxy to go through; nil goes directly.
    public var via: String?

    public init(
        target: Target,
        interval: Duration = .seconds(1),
        timeout: Duration = .milliseconds(800),
        trace: Duration? = nil,
        expect: [String] = [],
        caFile: String? = nil,
        flows: Int = 1,
        via: String? = nil
    ) {
        self.target = target
        self.interval = interval
        self.timeout = timeout
        self.trace = trace
        self.expect = expect
        self.caFile = caFile
        self.flows = flows
        self.via = via
    }
}

/// When a probe, path or link changes its state (contract §5 `detection`).
public struct Detection: Hashable, Sendable {
    public enum Failback: String, CaseIterable, Sendable { case automatic, manual }

    /// Of one stream, open at once beside the regular ones.
    public static let mostExtraProbes = 8

    public var downAfter = 3
    public var upAfter = 10
    public var waitToRestore: Duration = .seconds(60)
    /// A ratio from 0 to 1.
    public var degradedLoss = 0.05
    public var degradedRTTRatio = 2.0
    public var degradedRTTFloor: Duration = .milliseconds(5)
    public var outageBudget: Duration = .seconds(75)
    public var failback = Failback.automatic
    public var failbackBudget: Duration = .seconds(900)

    public init() {}
}

/// What users depend on: this site to one VNet or to Microsoft's public services.
public struct LinkSpec: Hashable, Sendable {
    public var name: String
    public var peering: Peering
    /// Paths of equal preference that carry at once, the preferred tier first.
    public var tiers: [[PathID]]
    public var through: [ProbeSpec]
    public var workloads: [ProbeSpec]
    public var labels: [String: String]
    public var detection: Detection

    public init(
        name: String,
        peering: Peering,
        tiers: [[PathID]],
        through: [ProbeSpec] = [],
        workloads: [ProbeSpec] = [],
        labels: [String: String] = [:],
        detection: Detection = Detection()
    ) {
        self.name = name
        self.peering = peering
        self.tiers = tiers
        self.through = through
        self.workloads = workloads
        self.labels = labels
        self.detection = detection
    }

    /// Tier of a path, 1 the preferred; nil when the link does not use it.
    public func tier(of path: PathID) -> Int? {
        tiers.firstIndex { $0.contains(path) }.map { $0 + 1 }
    }

    public var paths: [PathID] { tiers.flatMap { $0 } }
}

public struct SiteSpec: Hashable, Sendable {
    public var name: String
    public var vantage: String
    /// On this side of every path: when none answers, the host is cut off, not Azure.
    public var references: [ProbeSpec]

    public init(name: String, vantage: String, references: [ProbeSpec] = []) {
        self.name = name
        self.vantage = vantage
        self.references = references
    }
}

/// A window in which the alerts of its object are information only.
public struct MaintenanceWindow: Hashable, Sendable {
    public var circuit: String?
    public var connection: Connection?
    public var vpn: String?
    public var link: String?
    public var from: WallTime
    public var to: WallTime
    public var ticket: String

    public init(
        circuit: String? = nil,
        connection: Connection? = nil,
        vpn: String? = nil,
        link: String? = nil,
        from: WallTime,
        to: WallTime,
        ticket: String
    ) {
        self.circuit = circuit
        self.connection = connection
        self.vpn = vpn
        self.link = link
        self.from = from
        self.to = to
        self.ticket = ticket
    }
}

/// Site, paths and links: what the path model runs on.
public struct Topology: Hashable, Sendable {
    public var site: SiteSpec
    public var paths: [PathSpec]
    public var links: [LinkSpec]

    public init(site: SiteSpec, paths: [PathSpec] = [], links: [LinkSpec] = []) {
        self.site = site
        self.paths = paths
        self.links = links
    }

    public func path(_ id: PathID) -> PathSpec? {
        paths.first { $0.id == id }
    }
}
