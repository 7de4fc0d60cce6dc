internal import Model
public import Wire

/// What a live view knows of each hop and flow: all that was ever measured, and the last answers one by one.
public struct WatchHistory: Sendable {
    /// What one round brought of a hop or flow.
    public enum Round: Hashable, Sendable {
        case silent
        /// Nothing was sent.
        case unasked
        /// Answered, but by what does not say which probe it answers: a time would be a guess.
        case untimed
        case timed(Duration)

        public var isAnswered: Bool {
            switch self {
            case .silent, .unasked: false
            case .untimed, .timed: true
            }
        }

        public var time: Duration? {
            if case .timed(let time) = self { time } else { nil }
        }
    }

    /// Round trips of one hop or flow.
    public struct Times: Hashable, Sendable {
        public var sent = 0
        public var received = 0
        public var last: Duration?
        public var best: Duration?
        public var worst: Duration?
        /// The last rounds, oldest first.
        public var recent: [Round] = []
        /// Answers of rounds that have a time.
        private var timed = 0
        private var sum: Duration = .zero

        public var average: Duration? { timed == 0 ? nil : sum / timed }
        /// Probes that were not answered, from 0 to 1; of the target they are lost.
        public var silence: Double { sent == 0 ? 0 : Double(sent - received) / Double(sent) }
    }

    @dynamicMemberLookup
    public struct Hop: Hashable, Sendable {
        public var ttl: Int
        /// The latest that answered most; nil while nobody answered.
        public var responder: IPAddress?
        public var name: String?
        /// Responders beside that one in the last round: flows part here.
        public var others = 0
        public var isRateLimited = false
        public var times = Times()

        public subscript<Value>(dynamicMember path: KeyPath<Times, Value>) -> Value { times[keyPath: path] }
    }

    @dynamicMemberLookup
    public struct Flow: Hashable, Sendable {
        public var number: Int
        /// Nil for ICMP.
        public var sourcePort: UInt16?
        /// The path's name, else the hash of the hops of the last round that reached the target; before the first one
        /// who answered last.
        public var way: String
        /// TTL of the target, where it answered this flow last.
        var distance: Int?
        public var times = Times()

        public subscript<Value>(dynamicMember path: KeyPath<Times, Value>) -> Value { times[keyPath: path] }
    }

    /// Order of the lines.
    public enum Order: String, CaseIterable, Sendable { case hop, silent, average, worst }

    public private(set) var hops: [Hop] = []
    /// By number; those of the last round.
    public private(set) var flows: [Flow] = []
    public private(set) var rounds = 0
    public private(set) var verdict: TraceVerdict?
    /// Nil when it was not asked for, or is not known yet.
    public private(set) var mtu: PathMTU?
    public var order = Order.hop
    public var isPaused = false

    /// Rounds that `recent` keeps.
    public static let length = 40
    /// Rounds by which a flow is judged, and after which a silent target is lost.
    static let judged = 3
    /// Rounds that tell whether the target limits its errors, the new one among them.
    private static let limited = 20

    /// TTL of the target, where it answered last; nil until it does.
    public private(set) var distance: Int?
    /// What it answered in the last rounds, oldest first.
    private var answered: [RateLimits.Count] = []
    private var turns = CutOffTurns()
    /// Whether the target limits its errors, of the last rounds.
    private var limits: [TargetLimit.Evidence] = []
    /// Packets that this host dropped in each of those rounds.
    private var dropped: [Int] = []
    /// Those of all rounds, which the kernel counts from the opening of the sockets on.
    private var dropsSoFar = 0

    public init() {}

    /// Takes a round; hops beyond the target's distance go, and so do flows that are not followed any more.
    /// - Parameters:
    ///   - silent: how many probes were sent to each TTL behind the last hop of the report.
    ///   - evidence: of a target that limits its errors.
    mutating func add(_ report: TraceReport, silent: [Int: Int] = [:], _ evidence: TargetLimit.Evidence = .init([])) {
        rounds += 1
        verdict = report.verdict
        mtu = report.mtu
        if report.distance != nil, hops.count > report.hops.count { hops.removeLast(hops.count - report.hops.count) }
        for place in newPlaces(report) where hops.indices.contains(place - 1) { hops[place - 1].times = Times() }
        for hop in report.hops {
            while hops.count < hop.ttl { hops.append(Hop(ttl: hops.count + 1)) }
            hops[hop.ttl - 1].add(hop)
        }
        for index in hops.indices.dropFirst(report.hops.count) {
            hops[index].times.add(HopStatistics(sent: silent[index + 1] ?? 0, roundTrips: []))
        }
        distance = report.distance ?? distance
        answered.append(.init(report.statistics))
        dropped.append(report.drops - dropsSoFar)
        dropsSoFar = report.drops
        turns.add(report.flows)
        limits.append(evidence)
        if limits.count > Self.limited { limits.removeFirst() }
        if answered.count > Self.length {
            answered.removeFirst()
            dropped.removeFirst()
        }
        let known = Dictionary(flows.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        flows = report.flows.map { flow in
            var line = known[flow.number] ?? Flow(number: flow.number, sourcePort: flow.sourcePort, way: "")
            if flow.distance != nil {
                line.way = flow.path?.rawValue ?? flow.routeHashText ?? (flow.isMixed ? "mixed" : "not known")
            } else if line.received == 0 {
                line.way = flow.responders.last { $0 != nil }?.map { "to \($0)" } ?? "no reply"
            }
            line.distance = flow.distance ?? line.distance
            line.times.add(flow.statistics)
            return line
        }
        markRateLimits()
    }

    public mutating func reset() {
        hops = []
        flows = []
        distance = nil
        answered = []
        dropped = []
        turns = CutOffTurns()
        limits = []
        verdict = nil
        mtu = nil
        rounds = 0
    }

    public mutating func nextOrder() {
        let all = Order.allCases
        order = all[((all.firstIndex(of: order) ?? 0) + 1) % all.count]
    }

    /// Where a flow meets the target now, and none has met it before: what a router was asked there, or the target that was not
    /// there, is nothing of it.
    private func newPlaces(_ report: TraceReport) -> [Int] {
        guard report.flows.count > 1 else {
            guard let place = report.distance, let distance, place != distance else { return [] }
            return [place]
        }
        let former = Set(flows.compactMap(\.distance))
        return former.isEmpty ? [] : Set(report.flows.compactMap(\.distance)).subtracting(former).sorted()
    }

    /// Distance and statistics of the target by which a new round is judged: with the rounds before, of which a single loss
    /// proves nothing.
    func judged(_ report: TraceReport, _ limit: TargetLimit = .none) -> (distance: Int?, statistics: HopStatistics) {
        // What a limit explains is silent for seconds at most.
        let isKnown = limit != .none || answered.suffix(Self.judged - 1).contains { $0.received > 0 }
        guard let distance = report.distance ?? (isKnown ? distance : nil) else { return (nil, report.statistics) }
        let all = answered.suffix(Self.length - 1).reduce(.init(report.statistics), +)
        let lost = all.lost == 1 ? 0 : all.lost
        let last = report.statistics.last.map { [$0] } ?? []
        return (distance, HopStatistics(sent: all.received + lost, received: all.received, roundTrips: last))
    }

    /// Whether the target limits its errors. A round in which it answers nothing, or all, shows that with others alone.
    func targetLimit(_ new: TargetLimit.Evidence) -> TargetLimit {
        let own = TargetLimit(new)
        guard own == .none else { return own }
        var all = new
        for round in limits.suffix(Self.limited - 1) { all.add(round) }
        return all.isDemanding ? TargetLimit(all) : .none
    }

    /// How many packets this host dropped in the rounds by which a new one is judged. Those of an hour ago excuse no loss of today.
    /// - Returns: in the rounds that tell of the target, and in those that tell of a flow.
    func drops(_ report: TraceReport) -> (target: Int, flow: Int) {
        let new = report.drops - dropsSoFar
        func sum(_ rounds: Int) -> Int { dropped.suffix(rounds - 1).reduce(new, +) }
        return (sum(Self.length), sum(Self.judged))
    }

    /// A flow of a new round with what it lost in the rounds before: one lost probe proves nothing.
    func withRecentRounds(_ flow: TraceFlow) -> TraceFlow {
        var flow = flow
        let former = former(Self.judged, of: flow)
        flow.statistics = HopStatistics(
            sent: former.count + flow.statistics.sent,
            received: former.count(where: \.isAnswered) + flow.statistics.received,
            roundTrips: former.compactMap(\.time) + (flow.statistics.last.map { [$0] } ?? [])
        )
        return flow
    }

    /// The rounds before a new one that make so many with it.
    private func former(_ number: Int, of flow: TraceFlow) -> ArraySlice<Round> {
        let recent = flows.first { $0.number == flow.number }?.recent ?? []
        return recent.filter { $0 != .unasked }.suffix(number - 1)
    }

    /// Flows of a new round that end before a target which limits its errors.
    func cutOff(_ new: [TraceFlow]) -> Set<Int> {
        var turns = turns
        turns.add(new)
        return turns.members
    }

    /// A router that answers clearly less than what lies behind it.
    private mutating func markRateLimits() {
        let counts = hops.map { RateLimits.Count(sent: $0.sent, received: $0.received) }
        let target = hops.first { $0.ttl == distance }
        var behind: [RateLimits.Count] = []
        for index in hops.indices.reversed() {
            // Where the target was before it moved it is silent now, and limits nothing.
            let isFormerPlace =
                target.map { target in
                    hops[index].ttl < target.ttl && target.responder != nil && hops[index].responder == target.responder
                } ?? false
            let isLimited =
                !isFormerPlace && RateLimits.isBelow(counts[index], behind: behind, before: Array(counts[..<index]))
            hops[index].isRateLimited = isLimited
            // What limits itself says nothing of those before it.
            if !isLimited { behind.append(counts[index]) }
        }
    }

    /// In the order of the view; what has no value comes last.
    public var sorted: [Hop] {
        switch order {
        case .hop: hops
        case .silent: hops.sorted { ($0.silence, $1.ttl) > ($1.silence, $0.ttl) }
        case .average: hops.sorted { ($0.average ?? .zero, $1.ttl) > ($1.average ?? .zero, $0.ttl) }
        case .worst: hops.sorted { ($0.worst ?? .zero, $1.ttl) > ($1.worst ?? .zero, $0.ttl) }
        }
    }
}

extension WatchHistory.Hop {
    fileprivate mutating func add(_ hop: TraceHop) {
        if let first = hop.responders.first {
            responder = first.address
            name = first.name ?? name
        }
        others = max(0, hop.responders.count - 1)
        times.add(hop.statistics)
    }
}

extension WatchHistory.Times {
    fileprivate mutating func add(_ statistics: HopStatistics) {
        sent += statistics.sent
        received += statistics.received
        if let time = statistics.last {
            last = time
            best = min(best ?? time, statistics.best ?? time)
            worst = max(worst ?? time, statistics.worst ?? time)
            // Of a round in which some answers have no time, the others stand for them.
            timed += statistics.received
            sum += (statistics.average ?? time) * statistics.received
        }
        let unanswered: WatchHistory.Round = statistics.sent == 0 ? .unasked : .silent
        recent.append(statistics.last.map { .timed($0) } ?? (statistics.received > 0 ? .untimed : unanswered))
        if recent.count > WatchHistory.length { recent.removeFirst(recent.count - WatchHistory.length) }
    }
}
