public import Model

extension TraceState {
    /// Where others meet the target, or behind, it meets a router, or asked often enough to know that nobody answers there.
    fileprivate func isLonger(than nearest: Int) -> Bool {
        probes.contains { $0.ttl >= nearest && $0.answer?.kind == .ttlExceeded }
            || probes.count { $0.ttl == nearest && $0.wasSent && $0.answer == nil } >= Self.silenceProof
    }
}

extension MultipathState {
    /// TTL of the target; nil while no flow reaches it. Where flows differ, that of the first that does.
    public var distance: Int? { byName.lazy.compactMap { distance(of: $0) }.first }

    /// TTL of the target on the way of a flow. Without a router where others have met it, and without enough silence there to
    /// prove one, a flow that has met it later has only lost what it sent there.
    func distance(of flow: Int) -> Int? {
        guard let own = flows[flow].distance, let nearest = flows.compactMap(\.distance).min(), own > nearest else {
            return flows[flow].distance
        }
        return isLonger(flow, than: nearest) ? own : nearest
    }

    /// - Parameter flow: that has met the target farther away.
    private func isLonger(_ flow: Int, than nearest: Int) -> Bool {
        // Earlier rounds have found it there too.
        if let known = hints[name(of: flow)]?.end, known == flows[flow].distance { return true }
        return flows[flow].isLonger(than: nearest)
    }

    /// Place of the flow with the lowest name.
    var leader: Int { byName[0] }

    private var byName: [Int] {
        hasNames ? flows.indices.sorted { name(of: $0) < name(of: $1) } : Array(flows.indices)
    }

    /// All flows together, as far as the longest is known.
    public var hops: [TraceHop] {
        guard flows.count > 1 else { return flows[0].hops }
        var probes: [TraceProbe] = []
        for (number, flow) in flows.enumerated() {
            // Rounds of different flows are different rounds: what one flow's packets met says nothing of another's.
            probes += flow.probes.map { probe in
                var probe = probe
                probe.round += number << TraceHop.flowShift
                return probe
            }
        }
        probes.sort { $0.sentAt < $1.sentAt }
        let reaching = flows.indices.filter { flows[$0].distance != nil }
        var ends = (reaching.isEmpty ? Array(flows.indices) : reaching).map { flows[$0].lastHop }
        if reaching.isEmpty, let refusal = commonRefusal { ends = [refusal] }
        if !reaching.isEmpty, let nearest = ends.min() {
            // Without a router at the nearest end or behind it, a later one is the same target, met with a larger TTL.
            ends = reaching.map { flow in
                let end = flows[flow].lastHop
                return end > nearest && !isLonger(flow, than: nearest) ? nearest : end
            }
        }
        // Of a target that limits its answers the nearest one is its place.
        let last = (isTargetLimited ? ends.min() : ends.max()) ?? 0
        return TraceHop.list(of: probes, upTo: last)
    }

    /// The nearest TTL at which a router refuses that refuses all flows: one that limits its errors answers some of them, or
    /// some of their packets, only at a later one.
    private var commonRefusal: Int? {
        let refusals = flows.filter { $0.lastHop > 0 }.map { flow in
            flow.refusal.flatMap { ttl in flow.responder(at: ttl).map { (ttl, $0) } }
        }
        guard let first = refusals.first??.1, refusals.allSatisfy({ $0?.1 == first }),
            let nearest = refusals.compactMap({ $0?.0 }).min()
        else { return nil }
        // Ways of different length to it have other routers there.
        let isAlone = flows.allSatisfy { flow in
            flow.probes.allSatisfy { $0.ttl < nearest || $0.answer.map { $0.responder == first } ?? true }
        }
        return isAlone ? nearest : nil
    }

    /// What the target had to answer, of all flows that were measured.
    public var targetStatistics: HopStatistics {
        guard flows.count > 1 else { return flows[0].targetStatistics }
        let own = targetProbes
        let replies = own.filter { $0.isAnsweredByTarget }
        return HopStatistics(
            sent: own.count,
            received: replies.count,
            roundTrips: replies.compactMap { $0.roundTrip?.time }
        )
    }

    /// In the order of sending.
    var targetProbes: [TraceProbe] { flows.flatMap(\.targetProbes).sorted { $0.sentAt < $1.sentAt } }

    /// For how long the target missed probes in a row, of the flow for which it was longest: from the first of them to the next
    /// one that it answered, or to an interval after the last. Rounds are not always an interval apart: the limit of a responder
    /// and connections that must be forgotten first stretch them.
    public var longestOutage: Duration {
        flows.map { flow in
            var (longest, misses) = (Duration.zero, 0)
            var first: MonotonicTime?
            for probe in flow.targetProbes {
                let isAnswered = probe.isAnsweredByTarget
                if !isAnswered { misses += 1 }
                guard let start = first ?? (isAnswered ? nil : probe.sentAt) else { continue }
                let end = isAnswered ? probe.sentAt : probe.sentAt + plan.interval
                // The first round sends its probes one after the other: the next one may follow in less than an interval.
                longest = max(longest, end - start, plan.interval * misses)
                first = isAnswered ? nil : start
                if isAnswered { misses = 0 }
            }
            return longest
        }.max() ?? .zero
    }

    /// Clock of the round trips: the weakest that was used; nil without any.
    public var clock: StampClock? {
        let clocks = flows.compactMap(\.clock)
        guard !clocks.isEmpty else { return nil }
        return clocks.contains(.user) ? .user : .kernel
    }

    /// TTLs at which the packets of one flow alternate between responders: paths cannot be told apart there.
    public var perPacketHops: [Int] { PerPacketBalancing.hops(of: flows) }

    public var duplicates: Int { flows.reduce(0) { $0 + $1.duplicates } }
    public var undecided: Int { flows.reduce(0) { $0 + $1.undecided } }
    public var distanceChanges: Int { flows.reduce(0) { $0 + $1.distanceChanges } }
    /// Beside those that only look where the target is.
    public var rounds: Int { min((flows.compactMap { $0.probes.last?.round }.max() ?? -1) + 1, plan.count) }
    public var lacksTransmitStamp: Bool { flows.contains(where: \.lacksTransmitStamp) }
    /// Probes for the target that the kernel of this host did not send, and whether it refused the latest of each flow that is
    /// measured: those that only looked for paths were done before.
    public var refused: (count: Int, isLasting: Bool) {
        let measured = flows.filter(isMeasured)
        return (flows.reduce(0) { $0 + $1.refusals.count }, measured.allSatisfy(\.refusals.isLasting))
    }

    public var localRefusal: Reason? { flows.lazy.compactMap(\.localRefusal).first }
    public var hasLoop: Bool { distance == nil && flows[leader].hasLoop }

    /// What the target announced for TCP; nil where it announced nothing.
    public var maximumSegmentSize: UInt16? {
        flows.lazy.flatMap(\.probes).compactMap { $0.answer?.maximumSegmentSize }.first
    }

    /// What the target answers with, or did last; nil while it does not. That it accepts a connection is proved by one answer: it
    /// refuses the next SYN where it still holds the connection that the one before began.
    public var reply: TraceAnswer.Reply? { TraceAnswer.Reply.telling(of: flows.lazy.compactMap(\.reply)) }
}

extension TraceState {
    /// What the target answers this flow with.
    var reply: TraceAnswer.Reply? {
        TraceAnswer.Reply.telling(
            of: probes.lazy.reversed().compactMap { probe in
                if case .reply(let reply)? = probe.answer?.kind { reply } else { nil }
            }
        )
    }
}

extension TraceAnswer.Reply {
    /// Of several, what tells most of the port: that it is open, else what comes first, but for a reset.
    fileprivate static func telling(of replies: some Sequence<Self>) -> Self? {
        var first: Self?
        for reply in replies {
            if reply == .synAck { return reply }
            if first == nil || first == .reset && reply == .acknowledgement { first = reply }
        }
        return first
    }
}
