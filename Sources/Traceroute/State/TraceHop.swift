public import Model
public import Wire

/// One distance from this host and who answers there.
public struct TraceHop: Hashable, Sendable {
    public struct Responder: Hashable, Sendable {
        public var address: IPAddress
        /// From reverse DNS; nil where there is none or it was not asked for.
        public var name: String?
        public var answers: Int

        public init(address: IPAddress, name: String? = nil, answers: Int) {
            self.address = address
            self.name = name
            self.answers = answers
        }
    }

    public var ttl: Int
    /// Most answers first, then by address.
    public var responders: [Responder]
    /// What the latest answer was; nil without one.
    public var answer: TraceAnswer.Kind?
    public var statistics: HopStatistics
    public var replyTTL: UInt8?
    /// Other than 1: something before this hop forwards without counting.
    public var quotedTTL: UInt8?
    public var labels: [MPLSLabel]

    public init(
        ttl: Int,
        responders: [Responder] = [],
        answer: TraceAnswer.Kind? = nil,
        statistics: HopStatistics = HopStatistics(),
        replyTTL: UInt8? = nil,
        quotedTTL: UInt8? = nil,
        labels: [MPLSLabel] = []
    ) {
        self.ttl = ttl
        self.responders = responders
        self.answer = answer
        self.statistics = statistics
        self.replyTTL = replyTTL
        self.quotedTTL = quotedTTL
        self.labels = labels
    }
}

extension TraceState {
    /// The way as far as it is known: up to the target, to a refusal or into a loop, else to the last router that
    /// answered.
    public var hops: [TraceHop] {
        let last = distance ?? refusal ?? loopEnd ?? highestAnswer
        guard last > 0 else { return [] }
        var byTTL: [Int: [TraceProbe]] = [:]
        for probe in probes where probe.ttl <= last { byTTL[probe.ttl, default: []].append(probe) }
        return (1...last).map { Self.hop($0, byTTL[$0] ?? []) }
    }

    /// What the target had to answer: the probes at its distance; where it was never found, all that could reach it.
    public var targetStatistics: HopStatistics {
        if let distance {
            let own = probes.filter { $0.ttl == distance && $0.isForTarget && $0.wasSent }
            let replies = own.filter { $0.answer?.kind == .reply }
            return HopStatistics(sent: own.count, roundTrips: replies.compactMap { $0.roundTrip?.time })
        }
        let farthest = probes.filter { $0.ttl == (refusal ?? plan.maxHops) && $0.wasSent }
        return HopStatistics(sent: farthest.count, roundTrips: [])
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

    /// The reason for which the kernel refused most lately; nil when it took every probe.
    public var localRefusal: Reason? {
        for probe in probes.reversed() {
            if case .refused(let reason) = probe.fate { return reason }
        }
        return nil
    }

    private static func hop(_ ttl: Int, _ probes: [TraceProbe]) -> TraceHop {
        var counts: [IPAddress: Int] = [:]
        var latest: TraceAnswer?
        for answer in probes.compactMap(\.answer) {
            counts[answer.responder, default: 0] += 1
            latest = answer
        }
        let responders = counts.map { TraceHop.Responder(address: $0.key, answers: $0.value) }
            .sorted { ($1.answers, $0.address) < ($0.answers, $1.address) }
        return TraceHop(
            ttl: ttl,
            responders: responders,
            answer: latest?.kind,
            statistics: statistics(probes),
            replyTTL: latest?.replyTTL,
            quotedTTL: latest?.quotedTTL,
            labels: latest?.labels ?? []
        )
    }

    private static func statistics(_ probes: [TraceProbe]) -> HopStatistics {
        HopStatistics(sent: probes.count { $0.wasSent }, roundTrips: probes.compactMap { $0.roundTrip?.time })
    }
}

extension TraceProbe {
    /// Not answered by somebody on the way, as before the way became shorter or longer.
    fileprivate var isForTarget: Bool {
        answer.map { $0.kind != .ttlExceeded } ?? true
    }
}
