public import Model

/// What the rules need to know of one moment: the path model's view of the site and of every link.
public struct NetworkFacts: Sendable, Equatable {
    public enum References: Sendable, Equatable {
        /// None is configured, or at least one answers.
        case answering
        case unknown
        /// All of them failed: the vantage is cut off.
        case allFailed(since: MonotonicTime)
    }

    public var references: References
    public var links: [LinkFacts]
    /// Since when the paths are watched: what an earlier run saw before is not known. nil: for long enough.
    public var watchedSince: MonotonicTime?
    /// Proxies and storage accounts.
    public var services = ServiceStatus()

    public init(references: References = .answering, links: [LinkFacts]) {
        self.references = references
        self.links = links
    }
}

/// One path as one link sees it.
public struct LinkPathFacts: Sendable, Equatable {
    public enum State: String, CaseIterable, Sendable {
        case up, degraded, drained, down, unknown

        /// Degraded and drained count as up (contract §2).
        public var isUp: Bool { self != .down && self != .unknown }
    }

    public var id: PathID
    public var state: State
    public var since: MonotonicTime
    /// It has been anything but unknown since the start.
    public var wasJudged = true
    /// Why it is in its state, for people; empty for none.
    public var evidence = ""
    /// The layer that failed; nil where none can be named.
    public var layer: Layer?
    public var owner: Owner?
    /// nil: not probed or not known.
    public var edgeAnswers: Bool?
    public var isFlapping = false
    /// Why the answers are known to come back on another tier.
    public var asymmetry: String?
    /// Why probes are known not to leave or return by the pin.
    public var pinLost: String?
    /// Path MTU and the path's own earlier one, in bytes, where the present one is smaller.
    public var reducedMTU: (now: Int, baseline: Int)?
    /// Path MTU as it was found last, in bytes; nil before the first search.
    public var mtu: Int?
    /// Tunnels of a VPN that are down while others are not.
    public var tunnelsDown: [String] = []
    /// Tunnels of a VPN that have not answered since the start, while others do.
    public var tunnelsUnproven: [String] = []

    public init(id: PathID, state: State, since: MonotonicTime) {
        self.id = id
        self.state = state
        self.since = since
    }

    /// No rule has anything to say of it.
    var isWell: Bool {
        state == .up && !isFlapping && asymmetry == nil && pinLost == nil && reducedMTU == nil && tunnelsDown.isEmpty
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.state == right.state && left.since == right.since
            && left.wasJudged == right.wasJudged && left.evidence == right.evidence && left.layer == right.layer
            && left.owner == right.owner && left.edgeAnswers == right.edgeAnswers
            && left.isFlapping == right.isFlapping && left.asymmetry == right.asymmetry
            && left.pinLost == right.pinLost && left.reducedMTU?.now == right.reducedMTU?.now
            && left.reducedMTU?.baseline == right.reducedMTU?.baseline && left.tunnelsDown == right.tunnelsDown
            && left.mtu == right.mtu && left.tunnelsUnproven == right.tunnelsUnproven
    }
}

/// One flow of a workload that is lost.
public struct LostFlow: Sendable, Equatable {
    public var number: Int
    public var since: MonotonicTime
    /// Where it is known.
    public var sourcePort: UInt16?
    /// The path that the kernel routes it over.
    public var path: PathID?
    /// Losses at random would hardly ever hit it so often.
    public var isBeyondChance: Bool

    public init(
        number: Int,
        since: MonotonicTime,
        sourcePort: UInt16? = nil,
        path: PathID? = nil,
        isBeyondChance: Bool = true
    ) {
        self.isBeyondChance = isBeyondChance
        self.number = number
        self.since = since
        self.sourcePort = sourcePort
        self.path = path
    }
}

/// One workload of a link.
public struct WorkloadFacts: Sendable, Equatable {
    public enum State: String, CaseIterable, Sendable { case up, down, unknown }

    public var target: Target
    public var state: State
    public var since: MonotonicTime
    /// Flows that missed `down_after` while others pass, and how many flows there are.
    public var lostFlows: [LostFlow] = []
    public var flows = 1
    /// The paths that its flows take, where they are known.
    public var paths: [PathID] = []
    public var evidence = ""
    /// Where its own failure lies.
    public var layer = Layer.service

    public init(target: Target, state: State, since: MonotonicTime) {
        self.target = target
        self.state = state
        self.since = since
    }
}

/// One link.
public struct LinkFacts: Sendable, Equatable {
    public enum State: String, CaseIterable, Sendable {
        case protected, atRisk = "at_risk", failedOver = "failed_over", down, unknown
    }

    public enum ActiveTier: Sendable, Equatable {
        case unknown
        /// No flow is seen on any path.
        case none
        /// 1 is the preferred.
        case tier(Int)
    }

    public struct Outage: Sendable, Equatable {
        public var duration: Duration
        public var endedAt: MonotonicTime

        public init(duration: Duration, endedAt: MonotonicTime) {
            self.duration = duration
            self.endedAt = endedAt
        }
    }

    public var name: String
    public var state: State
    public var since: MonotonicTime
    public var activeTier: ActiveTier
    /// The last that carried something, over times of ignorance; nil for none since the start.
    public var lastTier: Int?
    public var activeSince: MonotonicTime
    /// The paths on which flows are seen; empty while unknown or none.
    public var activePaths: [PathID]
    public var paths: [LinkPathFacts]
    public var workloads: [WorkloadFacts]
    /// The last outage that was longer than its budget.
    public var slowOutage: Outage?
    public var notMovedSince: MonotonicTime?
    public var firstTierCleanSince: MonotonicTime?
    /// When its open outage began, also in an earlier run.
    public var outageStart: MonotonicTime?
    /// Why it is in its state, for people; empty for none.
    public var evidence = ""
    /// Where it breaks and whose that is, while it is not well.
    public var layer: Layer?
    public var owner: Owner?

    public init(
        name: String,
        state: State,
        since: MonotonicTime,
        activeTier: ActiveTier,
        activeSince: MonotonicTime,
        activePaths: [PathID],
        paths: [LinkPathFacts],
        workloads: [WorkloadFacts],
        slowOutage: Outage? = nil
    ) {
        self.name = name
        self.state = state
        self.since = since
        self.activeTier = activeTier
        self.activeSince = activeSince
        self.activePaths = activePaths
        self.paths = paths
        self.workloads = workloads
        self.slowOutage = slowOutage
    }
}
