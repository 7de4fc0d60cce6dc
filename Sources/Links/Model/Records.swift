import Model

/// Where a stream of probes belongs in the model.
enum StreamPlace: Sendable, Equatable {
    case reference
    case edge(path: Int)
    case through(link: Int, path: Int)
    case workload(link: Int, workload: Int, flow: Int)
}

struct StreamRecord: Sendable, Equatable {
    var key: ProbeKey
    var place: StreamPlace
    var health: StreamHealth
    /// Losses in a row that count as down.
    var downAfter: Int
}

/// A path, shared by all links that use it.
struct PathRecord: Sendable, Equatable {
    var spec: PathSpec
    var edges: [Int] = []
    /// The link paths that use it: link and place in its list.
    var users: [LinkPathPlace] = []
    var interface: InterfaceObservation?
    /// The pinned interface was usable at some time since the start.
    var hasSeenInterface = false
    var bfd: BFDState?
    var forward = PinState.unverified
    var backward = PinState.unverified
    var answersArriveOver: PathID?
    var pinSince: MonotonicTime
    var edgeAnswering: Bool?
    var edgeSince: MonotonicTime
    var neighbour = NeighbourState.unknown
}

struct LinkPathPlace: Sendable, Hashable {
    var link: Int
    var path: Int
}

/// A path as one link sees it.
struct LinkPathRecord: Sendable, Equatable {
    /// Place in `LinksModel.paths`.
    var path: Int
    var tier: Int
    var throughs: [Int] = []
    var state = PathState.unknown
    var since: MonotonicTime
    /// It was down and has not yet answered often enough.
    var hasFallen = false
    var everUp = false
    var wasActive = false
    var isDegraded = false
    var isEdgeSilent = false
    /// All through probes are lost and the verdict waits for the references.
    var isWaiting = false
    var changes: [MonotonicTime] = []
    var lastLoss: MonotonicTime?
    var layer = Layer.provider
    var evidence: [Evidence] = []
}

struct FlowRecord: Sendable, Equatable {
    var stream: Int
    var isDown = false
    var outageStart: MonotonicTime?
    /// What the kernel said last, and the path that this means.
    var route: RouteIdentity?
    var routeAt: MonotonicTime?
}

struct WorkloadRecord: Sendable, Equatable {
    var target: Target
    var flows: [FlowRecord]
    var state = FlowState.unknown
    var since: MonotonicTime
    var lostFlows: [Int] = []
    var lostFlowsSince: MonotonicTime
}

struct HopSighting: Sendable, Equatable {
    /// Place in the link's list of paths.
    var path: Int
    var at: MonotonicTime
    /// Sightings since the last change of routes.
    var count: Int
}

struct LinkRecord: Sendable, Equatable {
    var spec: LinkSpec
    var paths: [LinkPathRecord] = []
    var workloads: [WorkloadRecord] = []
    var state = LinkState.unknown
    var since: MonotonicTime
    var evidence: [Evidence] = []
    var layer = Layer.provider
    var hops: [HopSighting] = []
    /// Places in `paths`; nil while unknown.
    var active: Set<Int>?
    var activeTier: Int?
    var activeTierSince: MonotonicTime
    var activeEvidence: [Evidence] = []
    /// The last tier that carried something, over times of ignorance.
    var lastTier: Int?
    var lastActive: Set<Int>?
    var outageStart: MonotonicTime?
    var outageBlind: (from: MonotonicTime, to: MonotonicTime)?
    var lastOutage: Outage?
    var notMovedSince: MonotonicTime?

    static func == (left: Self, right: Self) -> Bool {
        left.spec == right.spec && left.paths == right.paths && left.workloads == right.workloads
            && left.state == right.state && left.since == right.since && left.hops == right.hops
            && left.active == right.active && left.activeTier == right.activeTier
            && left.outageStart == right.outageStart && left.lastOutage == right.lastOutage
    }
}
