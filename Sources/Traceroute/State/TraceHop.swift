public import Model
public import Wire

/// One distance from this host and who answers there.
public struct TraceHop: Hashable, Sendable {
    public struct Responder: Hashable, Sendable {
        public var address: IPAddress
        /// From reverse DNS; nil where there is none or it was not asked for.
        public var name: String?
        /// From a table of this host; nil where there is none, or it does not hold the address.
        public var system: AutonomousSystem?
        public var answers: Int
        /// It answered that the TTL is exceeded, as routers do.
        public var isRouter: Bool
        /// Another one answers in its place since the way has moved.
        public var isFormer = false

        public init(address: IPAddress, name: String? = nil, answers: Int, isRouter: Bool = false) {
            self.address = address
            self.name = name
            self.answers = answers
            self.isRouter = isRouter
        }
    }

    public var ttl: Int
    /// Those of now before those of a former way, then most answers first, then by address.
    public var responders: [Responder]
    /// What the latest answer was; nil without one.
    public var answer: TraceAnswer.Kind?
    public var statistics: HopStatistics
    public var replyTTL: UInt8?
    /// Other than 1: something before this hop forwards without counting.
    public var quotedTTL: UInt8?
    public var labels: [MPLSLabel]
    /// Labels that were named beyond these.
    public var furtherLabels = 0
    /// Address translation between this hop and the one before.
    public var translation: Translation?
    /// It answers less often than it is asked, while what lies behind it answers more: it limits its ICMP, and nothing is
    /// lost here.
    public var isRateLimited: Bool

    public init(
        ttl: Int,
        responders: [Responder] = [],
        answer: TraceAnswer.Kind? = nil,
        statistics: HopStatistics = HopStatistics(),
        replyTTL: UInt8? = nil,
        quotedTTL: UInt8? = nil,
        labels: [MPLSLabel] = [],
        translation: Translation? = nil,
        isRateLimited: Bool = false
    ) {
        self.ttl = ttl
        self.responders = responders
        self.answer = answer
        self.statistics = statistics
        self.replyTTL = replyTTL
        self.quotedTTL = quotedTTL
        self.labels = labels
        self.translation = translation
        self.isRateLimited = isRateLimited
    }

    /// It neither loses nor limits any answer.
    var answersAll: Bool { statistics.received == statistics.sent && !isRateLimited }

    /// Hops of the way back, as the remaining TTL tells: senders begin at 64, 128 or 255. Nil without an answer.
    public var returnHops: Int? {
        guard let replyTTL, replyTTL > 0 else { return nil }
        let start = [64, 128, 255].first { $0 >= Int(replyTTL) } ?? 255
        return start - Int(replyTTL) + 1
    }

    /// The way back differs by so many hops that it is another one; a hint, for tunnels hide hops.
    public var isAsymmetric: Bool { returnHops.map { abs($0 - ttl) >= 2 } ?? false }
}

extension TraceState {
    /// The way as far as it is known: up to the target, to a refusal or into a loop, else to the last router that
    /// answered.
    public var hops: [TraceHop] { TraceHop.list(of: probes, upTo: lastHop) }

    /// TTL of the last hop that `hops` holds; 0 for none.
    var lastHop: Int {
        if let distance { return isDistanceOpen ? max(distance, loopEnd ?? highestAnswer) : distance }
        return refusal ?? loopEnd ?? highestAnswer
    }

    /// What the target had to answer: the probes at its distance; where it was never found, all that could reach it.
    public var targetStatistics: HopStatistics {
        let own = targetProbes
        let replies = distance == nil ? [] : own.filter { $0.isAnsweredByTarget }
        return HopStatistics(
            sent: own.count,
            received: replies.count,
            roundTrips: replies.compactMap { $0.roundTrip?.time }
        )
    }

    /// The probes that the target had to answer.
    var targetProbes: [TraceProbe] {
        if let distance {
            if isDistanceOpen { return lastOfRounds(distance) }
            if distanceChanges > 0 { return whereItWas }
            return probes.filter { $0.ttl == distance && $0.isForTarget && $0.wasSent }
        }
        return probes.filter { $0.ttl == (refusal ?? hint?.end ?? plan.maxHops) && $0.wasSent }
    }

    /// Probes that went to where the target was before it was found elsewhere, and are neither answered nor lost.
    public var undecided: Int {
        let counted = Set(targetProbes.map(\.round))
        return probes.count { $0.isUndecided && !counted.contains($0.round) }
    }

    /// Of each round the first probe that the target answered, else the one that went farthest: so what is counted while
    /// the target is not where it was. A router where the target was says nothing of it.
    private func lastOfRounds(_ distance: Int) -> [TraceProbe] {
        var chosen: [Int: TraceProbe] = [:]
        for probe in probes where probe.wasSent && !probe.isUndecided {
            let former = chosen[probe.round]
            if former?.isAnsweredByTarget == true { continue }
            if probe.isAnsweredByTarget || probe.ttl > (former?.ttl ?? 0) { chosen[probe.round] = probe }
        }
        return chosen.values.filter { $0.ttl >= distance && ($0.isForTarget || $0.ttl > distance) }
            .sorted { $0.sentAt < $1.sentAt }
    }

    /// Of each round the nearest probe that the target answered, else the one to where it was then: a probe to where it is now
    /// says nothing of a round before it was there. A router where the target was says nothing of it.
    private var whereItWas: [TraceProbe] {
        let rounds = Dictionary(grouping: probes.filter { $0.wasSent }) { $0.round }
            .sorted { $0.key < $1.key }.map { $0.value }
        let hits = Self.proven(
            rounds.map { round in round.filter { $0.isAnsweredByTarget }.min { $0.ttl < $1.ttl } },
            rounds
        )
        let places = Set(hits.compactMap { $0?.ttl }).sorted()
        var place = hits.lazy.compactMap { $0?.ttl }.first ?? 0
        var chosen: [TraceProbe] = []
        for (round, hit) in zip(rounds, hits) {
            place = hit?.ttl ?? place
            let missed = places.filter { $0 >= place }.lazy.compactMap { ttl in
                round.first { $0.ttl == ttl && $0.isForTarget }
            }
            if let probe = hit ?? (round.contains(where: \.isUndecided) ? nil : missed.first) { chosen.append(probe) }
        }
        return chosen
    }

    /// Rounds in which a target answers that prove its place.
    private static let proof = 3

    /// Leaves out answers from behind the place where the target is found soon after, and where it had not answered in the same
    /// round: until its place is known, rounds ask behind it too, and then that is a loss.
    /// - Parameter hits: by round.
    private static func proven(_ hits: [TraceProbe?], _ rounds: [[TraceProbe]]) -> [TraceProbe?] {
        var hits = hits
        var place: Int?
        var behind: [Int] = []
        for (index, hit) in hits.enumerated().reversed() {
            guard let hit else { continue }
            if let place, hit.ttl > place, rounds[index].contains(where: { $0.ttl == place && $0.answer == nil }) {
                behind.append(index)
                if behind.count < proof { continue }
            } else {
                for index in behind { hits[index] = nil }
            }
            place = hit.ttl
            behind = []
        }
        for index in behind { hits[index] = nil }
        return hits
    }

    /// Clock of the round trips: the weakest that was used; nil without any.
    public var clock: StampClock? {
        let clocks = probes.compactMap { $0.roundTrip?.clock }
        guard !clocks.isEmpty else { return nil }
        return clocks.contains(.user) ? .user : .kernel
    }

    /// An answer has the kernel's stamp and its probe not yet.
    public var lacksTransmitStamp: Bool {
        probes.contains { $0.transmitStamp == nil && $0.answer?.receiveStamp != nil }
    }

    /// Probes for the target that the kernel refused, and whether it still does: those of the end, whose refusal may be yet to
    /// come where a neighbour is asked for first, are fewer.
    var refusals: (count: Int, isLasting: Bool) {
        let own = probes.filter { $0.ttl >= distance ?? refusal ?? hint?.end ?? plan.maxHops }
        let refused = own.indices.filter { if case .refused = own[$0].fate { true } else { false } }
        let answered = own.lastIndex { $0.isAnsweredByTarget } ?? -1
        let isLasting = refused.last.map { last in
            refused.count { $0 > answered } > own.count - 1 - last
        }
        return (refused.count, isLasting ?? false)
    }

    /// The reason for which the kernel refused most lately; nil when it took every probe.
    public var localRefusal: Reason? {
        for probe in probes.reversed() {
            if case .refused(let reason) = probe.fate { return reason }
        }
        return nil
    }

}

extension TraceHop {
    /// - Parameter probes: of one flow or of several, in the order of sending.
    static func list(of probes: [TraceProbe], upTo last: Int) -> [TraceHop] {
        guard last > 0 else { return [] }
        var byTTL: [Int: [TraceProbe]] = [:]
        for probe in probes where probe.ttl <= last { byTTL[probe.ttl, default: []].append(probe) }
        let hops = (1...last).map { hop($0, byTTL[$0] ?? []) }
        return markingRateLimits(hops, byTTL)
    }

    private static func hop(_ ttl: Int, _ probes: [TraceProbe]) -> TraceHop {
        var counts: [IPAddress: Int] = [:]
        var routers: Set<IPAddress> = []
        var latest: TraceAnswer?
        for answer in probes.compactMap(\.answer) {
            counts[answer.responder, default: 0] += 1
            if answer.kind == .ttlExceeded { routers.insert(answer.responder) }
            latest = answer
        }
        let former = FormerResponders.find(in: probes)
        let responders = counts.map { address, answers in
            var responder = TraceHop.Responder(address: address, answers: answers, isRouter: routers.contains(address))
            responder.isFormer = former.contains(address)
            return responder
        }.sorted(by: TraceHop.isBefore)
        var hop = TraceHop(
            ttl: ttl,
            responders: responders,
            answer: latest?.kind,
            statistics: HopStatistics(
                sent: probes.count { $0.wasSent },
                received: probes.count { $0.answer != nil },
                roundTrips: probes.compactMap { $0.roundTrip?.time }
            ),
            replyTTL: latest?.replyTTL,
            quotedTTL: latest?.quotedTTL,
            labels: latest?.labels ?? [],
            translation: latest?.translation
        )
        hop.furtherLabels = latest?.furtherLabels ?? 0
        return hop
    }

    /// A router that answers some probes limits itself where it answers clearly less than what lies behind it, and the packets
    /// of the same rounds went on: somebody behind it answered in most of the rounds in which it did not.
    private static func markingRateLimits(_ hops: [TraceHop], _ probes: [Int: [TraceProbe]]) -> [TraceHop] {
        var hops = hops
        let probes = probes.mapValues(ofAnsweredFlows)
        let counts = hops.map { hop in
            let own = probes[hop.ttl] ?? []
            return RateLimits.Count(sent: own.count(where: \.wasSent), received: own.count { $0.answer != nil })
        }
        // Rounds in which somebody at this TTL or behind it answered, from the far end on.
        var answered: Set<Int> = []
        var behind: [RateLimits.Count] = []
        for index in hops.indices.reversed() {
            let own = probes[hops[index].ttl] ?? []
            let isRouter = hops[index].answer == .ttlExceeded
            let silent = own.filter { $0.wasSent && $0.answer == nil }.map(\.round)
            if isRouter, silent.count(where: { answered.contains($0) }) * 2 > silent.count {
                hops[index].isRateLimited = RateLimits.isBelow(
                    counts[index],
                    leading: own.lazy.filter(\.wasSent).prefix { $0.answer != nil }.count,
                    behind: behind,
                    before: Array(counts[..<index])
                )
            }
            // What limits itself says nothing of those before it.
            if !hops[index].isRateLimited { behind.append(counts[index]) }
            answered.formUnion(own.filter { $0.answer != nil }.map(\.round))
        }
        return hops
    }
}

extension TraceHop {
    /// A flow that nobody answers here may meet another router, which never answers: of those that do it says nothing. What tells
    /// the flows of the rounds apart is in their upper bits.
    private static func ofAnsweredFlows(_ probes: [TraceProbe]) -> [TraceProbe] {
        let flows = Set(probes.lazy.filter { $0.answer != nil }.map { $0.round >> flowShift })
        return flows.isEmpty ? probes : probes.filter { flows.contains($0.round >> flowShift) }
    }

    /// Rounds of different flows are different rounds.
    static let flowShift = 20
}

extension TraceProbe {
    /// Not answered by somebody on the way, as before the way became shorter or longer.
    fileprivate var isForTarget: Bool {
        answer.map { $0.kind != .ttlExceeded } ?? true
    }
}
