import Model
import Wire

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
    /// After so many equal results in a row one more changes nothing.
    var settledAfter: Int
    var interval: Duration
}

/// A path, shared by all links that use it.
struct PathRecord: Sendable, Equatable {
    var spec: PathSpec
    var edges: [Int] = []
    /// The link paths that use it: link and place in its list.
    var users: [LinkPathPlace] = []
    var interface: InterfaceObservation?
    /// No interface of this host has the pinned source.
    var isSourceMissing = false
    /// The pinned interface was usable at some time since the start.
    var hasSeenInterface = false
    var bfd: BFDState?
    /// A session that never came up says nothing: down is also how it begins.
    var hasSeenBFDUp = false
    var forward = PinState.unverified
    var backward = PinState.unverified
    var answersArriveOver: PathID?
    var pinSince: MonotonicTime
    var edgeAnswering: Bool?
    var edgeSince: MonotonicTime
    var neighbour = NeighbourState.unknown
    /// The interface that the kernel routes its pinned probes over, where that is proven.
    var egress: String?
    /// The paths that a link has beside it, for packets of the same family.
    var peers: [Int] = []
    var families: Set<IPFamily> = []
    /// What the kernel said last of the way of its pinned probes, where they are bound to no interface.
    var pinRoute: RouteObservation?
    /// The way of its pin that no peer shares, or shared when it was settled: where the pin loses its effect, its probes go
    /// another path's way, and that stays the other path's.
    var home: PinHome?
    /// When its pin was last not known to lead a way of its own.
    var sharedAt: MonotonicTime?
    /// An answer came in over another path's interface.
    var wrongArrivalAt: MonotonicTime?
    /// Strict reverse-path filtering there drops the answers of every path but the routed one.
    var strictInterface: String?
}

/// The way that a pin leads and no other.
struct PinHome: Sendable, Equatable {
    var way: RouteWay
    var since: MonotonicTime
    /// The last time that no peer shared it.
    var aloneAt: MonotonicTime
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
    /// It carried flows while its tier siblings were well, and they stayed so for a while: not as their standby.
    var isUsed = false
    /// Since when that may be so.
    var usedSince: MonotonicTime?
    var isDegraded = false
    var isEdgeSilent = false
    /// It would be down, if this host were sure that the fault is not its own.
    var isWaiting = false
    /// When nothing passed over it last.
    var lostUntil: MonotonicTime?
    /// Its probes are lost and what others show next may decide.
    var isPending = false
    /// The last of its states that said something; unknown for none.
    var lastDefinite = PathState.unknown
    var changes: [MonotonicTime] = []
    /// Of the through targets that are traced.
    var mtus: [Target: MTUHistory] = [:]
    var layer = Layer.provider
    var evidence: [Evidence] = []
}

struct FlowRecord: Sendable, Equatable {
    var stream: Int
    var isDown = false
    /// It would be down, if this host were sure that the fault is not its own.
    var isWaiting = false
    var outageStart: MonotonicTime?
    /// When it was found to be down.
    var lostSince: MonotonicTime?
    /// What the kernel said last, and the path that this means.
    var route: RouteIdentity?
    /// The last path that it meant, over times without a route.
    var lastPath: PathID?
    var routeAt: MonotonicTime?
    var observation: RouteObservation?
}

struct WorkloadRecord: Sendable, Equatable {
    var target: Target
    var flows: [FlowRecord]
    var state = FlowState.unknown
    var since: MonotonicTime
    var lostFlows: [Int] = []
    /// Where routers on the way last showed its flows, one for each of them.
    var hops: [FlowSighting] = []
    /// What they are asked about in its place, and how often about the same flow; nil when they are not asked about it.
    var hopQuestion: Target?
    var hopPeriod: Duration?
    /// Of the path that they showed last, over times of ignorance.
    var lastHopTier: Int?
}

/// A flow of a workload that a router of a path has answered for.
struct FlowSighting: Sendable, Equatable {
    var flow: Int
    /// Place in the link's list of paths.
    var path: Int
    var at: MonotonicTime
    /// The path has fallen since: only what is fresh counts.
    var isOutdated = false
}

/// Any flow's, for what contradicts the kernel's routes.
struct HopSighting: Sendable, Equatable {
    /// Place in the link's list of paths.
    var path: Int
    var at: MonotonicTime
    /// Sightings since the last change of routes.
    var count: Int
}

/// A shift that may be half of a move whose flows are seen one after the other.
struct ToldShift: Sendable, Equatable {
    var from: Set<Int>
    var at: MonotonicTime
}

/// A tier that the traffic was seen on, over times of ignorance; 0 for none.
struct SeenTier: Sendable, Equatable {
    var tier: Int
    var since: MonotonicTime
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
    /// The first sighting since nothing was known.
    var hopsSince: MonotonicTime?
    /// The longest time between two questions to routers on the way that the link has an answer from.
    var hopGap = HopRounds.period
    /// A flow has left its path for another one of the same tier since the active set was last told.
    var hasMovedFlow = false
    /// Places in `paths`; nil while unknown.
    var active: Set<Int>?
    var activeTier: Int?
    var activeTierSince: MonotonicTime
    /// The last tier that was known, and since when it is.
    var seenTier: SeenTier?
    var activeEvidence: [Evidence] = []
    /// The last tier that carried something, over times of ignorance.
    var lastTier: Int?
    var lastActive: Set<Int>?
    /// The shift that was told last.
    var lastShift: ToldShift?
    var outageStart: MonotonicTime?
    var lastOutage: Outage?
    /// The last one that was longer than its budget.
    var lastSlowOutage: Outage?
    var notMovedSince: MonotonicTime?
    /// Until then the first verdict waits for a result of every path.
    var quietUntil: MonotonicTime
    /// A path or flow of it waits for what others show.
    var isPending = false
}
