public import Model
public import Wire

/// A finished trace: what every output shows.
public struct TraceReport: Hashable, Sendable {
    /// How packets were sent and received.
    public enum Access: String, CaseIterable, Sendable {
        /// Raw sockets; needs CAP_NET_RAW.
        case raw
        /// A ping socket: ICMP for ordinary users.
        case ping
        /// A UDP socket and its error queue: needs no privilege.
        case datagram
        /// TCP connections and their error queues: needs no privilege.
        case connect
    }

    /// As the user wrote it.
    public var target: String
    public var address: IPAddress
    public var `protocol`: TraceRequest.TraceProtocol
    /// Of UDP and TCP.
    public var port: UInt16?
    /// Of UDP.
    public var strategy: TraceRequest.Strategy?
    /// TCP, inside an established connection.
    public var isInSession = false
    /// What the kernel chose or the user asked for; nil when not known.
    public var source: IPAddress?
    public var interface: String?
    public var route: RouteObservation?
    public var startedAt: WallTime
    public var duration: Duration
    public var rounds: Int
    public var interval: Duration
    public var access: Access
    /// Answers of which nobody could tell whose they are.
    var unreadable = 0
    /// Each probe had ports of its own.
    var isOfOwnPorts = false
    /// Nil when nothing answered.
    public var clock: StampClock?
    public var hops: [TraceHop]
    /// TTL of the target; nil when it did not answer.
    public var distance: Int?
    public var statistics: HopStatistics
    /// Packets go round in circles between routers.
    public var hasLoop = false
    /// False where the target limits its answers so that what is missing says nothing.
    public var isLossKnown = true
    /// The longest run of probes to the target that were not answered, times the interval; of the worst flow.
    public var longestOutage: Duration = .zero
    /// What the target answers with; nil while it does not.
    public var reply: TraceAnswer.Reply?
    /// Never empty in a trace that was run.
    public var flows: [TraceFlow] = []
    /// All parallel paths are known with the confidence that was asked for; nil when that was not asked, or cannot be known.
    public var isComplete: Bool?
    /// TTLs at which the packets of one flow alternate between responders.
    public var perPacketHops: [Int] = []
    /// TCP: announced by the target.
    public var maximumSegmentSize: UInt16?
    /// Nil when it was not asked for.
    public var mtu: PathMTU?
    /// Packets that this host itself dropped on arrival: so many answers at the most were not lost on the way.
    public var drops = 0
    /// What this way of tracing could not see; empty with raw sockets.
    public var blindness: [String] = []
    public var identity: PathIdentity
    public var verdict: TraceVerdict
    public var duplicates: Int
    public var strays: Int
    public var distanceChanges: Int
    /// Probes that went to where the target was before it was found elsewhere: neither answered nor lost.
    public var undecided = 0
    /// Probes for the target that the kernel of this host did not send.
    public var refused = 0
    /// Ended before its last round.
    public var isCancelled: Bool
    /// Ended while its rounds ran: probes that were not answered may just not have been waited for.
    public var areRoundsCut = false

    public init(
        target: String,
        address: IPAddress,
        protocol number: TraceRequest.TraceProtocol = .icmp,
        port: UInt16? = nil,
        source: IPAddress? = nil,
        interface: String? = nil,
        route: RouteObservation? = nil,
        startedAt: WallTime,
        duration: Duration,
        rounds: Int,
        interval: Duration,
        access: Access,
        clock: StampClock? = nil,
        hops: [TraceHop],
        distance: Int?,
        statistics: HopStatistics,
        identity: PathIdentity = PathIdentity(),
        verdict: TraceVerdict,
        duplicates: Int = 0,
        strays: Int = 0,
        distanceChanges: Int = 0,
        isCancelled: Bool = false
    ) {
        self.target = target
        self.address = address
        self.protocol = number
        self.port = port
        self.source = source
        self.interface = interface
        self.route = route
        self.startedAt = startedAt
        self.duration = duration
        self.rounds = rounds
        self.interval = interval
        self.access = access
        self.clock = clock
        self.hops = hops
        self.distance = distance
        self.statistics = statistics
        self.identity = identity
        self.verdict = verdict
        self.duplicates = duplicates
        self.strays = strays
        self.distanceChanges = distanceChanges
        self.isCancelled = isCancelled
    }

    /// For people; empty without drops.
    var dropSentence: [String] {
        guard drops > 0 else { return [] }
        let number = drops == 1 ? "1 packet" : "\(drops) packets"
        return ["this host is overloaded: it dropped \(number) on arrival, so that answers may be missing"]
    }

    /// Flows that were measured or are lost.
    var shownFlows: [TraceFlow] {
        let shown = flows.filter { $0.isMeasured || $0.isDead }
        return shown.isEmpty ? flows : shown
    }

    /// Different ways that the flows take; nil where their packets are mixed.
    public var pathCount: Int? {
        guard !flows.contains(where: \.isMixed) else { return nil }
        // Where none reaches the target the search is all that tells them apart.
        return Self.ways(distance == nil ? flows : shownFlows, endsAreKnown: isLossKnown).groups.count
    }

    private static func ways(_ flows: [TraceFlow], endsAreKnown: Bool) -> FlowWays {
        FlowWays(
            flows.map { .init(responders: $0.responders, isReached: $0.distance != nil, mute: $0.mute) },
            endsAreKnown: endsAreKnown
        )
    }

    /// Packets with ports of their own that all meet the same router, though there is another one for half of them, happen once in
    /// sixteen traces.
    private static let fewestOfOneWay = 5

    /// Tells each flow what the others on its way have seen. Where each packet was a flow of its own, and somewhere two answered,
    /// something was lost or too little was asked to say so, there is no way to tell.
    mutating func shareWays() {
        let isOneWay =
            statistics.received == statistics.sent
            && hops.allSatisfy { hop in
                hop.responders.count < 2
                    && (hop.ttl >= (distance ?? .max) || hop.ttl == 1 || hop.statistics.sent >= Self.fewestOfOneWay)
            }
        if isOfOwnPorts, !isOneWay {
            for index in flows.indices { flows[index].isMixed = true }
            isComplete = nil
            return
        }
        let ways = Self.ways(flows, endsAreKnown: isLossKnown)
        for member in ways.undecided { flows[member].isUndecided = true }
        for group in ways.groups {
            for member in group.members { flows[member].way = group.way.responders }
        }
    }

    /// 0 reached, 1 unreachable, 2 degraded (contract §3).
    public var exitStatus: Int32 { verdict.status.exitStatus }

    /// 48 bits over the ordered responders: the same way gives the same number, exact in a double.
    public var routeHash: UInt64 {
        RouteHash.value(
            TraceHop.withoutRepeatedRefusal(hops).map { ($0.ttl, $0.present.map(\.address)) }
        )
    }

    /// Twelve hexadecimal digits.
    public var routeHashText: String { RouteHash.text(routeHash) }
}
