public import Model

/// Everything that metrics, alerts and the API show, at one moment.
public struct Snapshot: Sendable, Equatable {
    public var at: MonotonicTime
    /// The start of this run: of what was before only open outages are known.
    public var watchedSince: MonotonicTime
    public var site: SiteStatus
    /// In the order of the configuration.
    public var circuits: [CircuitStatus]
    public var vpns: [VPNStatus]
    /// Facts of a path that do not depend on a link.
    public var paths: [PathFacts]
    public var links: [LinkStatus]
}

public struct SiteStatus: Sendable, Equatable {
    /// All references of the site fail: no other verdict holds.
    public var isIsolated: Bool
    public var isolatedSince: MonotonicTime?
    public var references: [ReferenceStatus]
}

public struct ReferenceStatus: Sendable, Equatable {
    public var target: Target
    public var state: FlowState
    public var since: MonotonicTime
}

/// A circuit over all links that use it.
public struct CircuitStatus: Sendable, Equatable {
    public struct ConnectionStatus: Sendable, Equatable {
        public var connection: Connection
        public var path: PathID
        /// The best that any link sees.
        public var state: PathState
        public var since: MonotonicTime
        public var layer: Layer
        public var evidence: [Evidence]
    }

    public var name: String
    public var provider: String?
    public var peering: Peering
    public var connections: [ConnectionStatus]
    /// Names of the links that use the circuit.
    public var links: [String]

    /// No connection is up, degraded or drained, and at least one is down.
    public var isLost: Bool {
        !connections.contains { $0.state.isUp } && connections.contains { $0.state == .down }
    }

    /// A connection is up and another is not.
    public var isReduced: Bool {
        connections.contains { $0.state.isUp } && connections.contains { !$0.state.isUp }
    }
}

public struct VPNStatus: Sendable, Equatable {
    public var name: String
    public var path: PathID
    public var state: PathState
    public var since: MonotonicTime
    public var links: [String]
}

/// Facts of one path that all its links share.
public struct PathFacts: Sendable, Equatable {
    public var id: PathID
    /// The far end of the path's own hop answers; nil until known.
    public var edgeAnswering: Bool?
    public var edgeSince: MonotonicTime
    public var forward: PinState
    public var backward: PinState
    /// Over which path answers came that should have come over this one.
    public var answersArriveOver: PathID?
    public var pinSince: MonotonicTime
    public var bfd: BFDState?
    /// Of a VPN with several edges, one a tunnel: those that are lost while another answers.
    public var lostTunnels: [Target]
    /// Of the same: those that have not answered since the start.
    public var unprovenTunnels: [Target] = []
}

/// One path as one link sees it.
public struct PathStatus: Sendable, Equatable {
    public var link: String
    public var path: PathID
    public var kind: PathKind
    public var circuit: String?
    public var connection: Connection?
    /// From 1, the preferred.
    public var tier: Int
    public var state: PathState
    public var since: MonotonicTime
    /// Part of the active set.
    public var isActive: Bool
    /// Through probes answer and the edge does not: routers police ICMP, nothing more.
    public var isEdgeSilent: Bool
    /// Six changes of state within ten minutes.
    public var isFlapping: Bool
    public var everUp: Bool
    /// Over the last minute, of the best through target; nil without result.
    public var lossRatio: Double?
    /// Median of the last round trips.
    public var roundTrip: Duration?
    /// Median since the start or the last reload.
    public var usualRoundTrip: Duration?
    /// It carries smaller packets than it did; nil while it does not or nobody knows.
    public var reducedMTU: ReducedMTU?
    /// As the last searches found it, in bytes; nil before the first.
    public var mtu: Int?
    public var layer: Layer
    public var owner: Owner
    public var evidence: [Evidence]
}

/// The largest packet that crosses a path, where it was larger before; in bytes of the IP packet.
public struct ReducedMTU: Sendable, Hashable {
    public var bytes: Int
    /// The largest since the start.
    public var baseline: Int

    public init(bytes: Int, baseline: Int) {
        self.bytes = bytes
        self.baseline = baseline
    }
}

public struct FlowStatus: Sendable, Equatable {
    public var flow: Int
    public var state: FlowState
    public var lossRatio: Double?
    /// The path it takes now; nil while nothing fresh says so.
    public var path: PathID?
    /// When it was found to be down; nil while it is not.
    public var lostSince: MonotonicTime?
    /// Losses at random, such as the flows that pass have, would hardly ever hit it so often in a row.
    public var isBeyondChance = false
    /// What a load balancer or a LAG hashes, of a lost flow where it is known. The model knows none; see
    /// `Snapshot.nameLostFlows`.
    public var sourcePort: UInt16?
}

public struct WorkloadStatus: Sendable, Equatable {
    public var target: Target
    public var state: FlowState
    public var since: MonotonicTime
    public var flows: [FlowStatus]
    /// On which its flows are seen now, by the kernel's routes or by routers on the way; empty while nothing fresh says so.
    public var paths: Set<PathID>
    /// The same non-empty part of the flows fails while the rest passes; empty for none.
    public var lostFlows: [Int]
    public var layer: Layer
    public var evidence: [Evidence]
}

/// A time in which all flows of all workloads were down.
public struct Outage: Sendable, Hashable {
    /// Sending of the last answered probe.
    public var start: MonotonicTime
    /// Sending of the first answered probe.
    public var end: MonotonicTime
    /// What overload, a stop or a fault of this host hid of it.
    public var blind: Duration

    /// Without blind time, which is no outage.
    public var duration: Duration { end - start - blind }

    public init(start: MonotonicTime, end: MonotonicTime, blind: Duration = .zero) {
        self.start = start
        self.end = end
        self.blind = blind
    }
}

public struct LinkStatus: Sendable, Equatable {
    public var name: String
    public var peering: Peering
    public var labels: [String: String]
    public var detection: Detection
    public var state: LinkState
    public var since: MonotonicTime
    /// Nil while unknown; empty when the workloads have no route at all.
    public var activePaths: Set<PathID>?
    /// 1 is the preferred, 0 none, nil unknown.
    public var activeTier: Int?
    /// The last that carried something, over times of ignorance.
    public var lastTier: Int?
    public var activeTierSince: MonotonicTime
    public var activeEvidence: [Evidence]
    public var paths: [PathStatus]
    public var workloads: [WorkloadStatus]
    /// Part of the flows seen on each path; empty while unknown.
    public var flowRatios: [PathID: Double]
    public var outageStart: MonotonicTime?
    /// How long it lasts already, without blind time; nil when there is none.
    public var outageDuration: Duration?
    public var lastOutage: Outage?
    /// The last outage that was longer than its budget.
    public var lastSlowOutage: Outage?
    /// All paths of the active tier are down and one of another tier is up, since then.
    public var notMovedSince: MonotonicTime?
    /// A path of the first tier is up, neither degraded nor drained, since then.
    public var firstTierCleanSince: MonotonicTime?
    public var layer: Layer
    public var owner: Owner
    public var evidence: [Evidence]
}
