internal import Model
internal import Wire

/// One of the parallel links that loses a part of what takes it, while those beside it lose clearly less.
///
/// Flows are told apart by who answers them at a hop where they part. That the target misses more of theirs than of the
/// others' is what counts; routers behind, which both pass, have to bear it out. Both within the same time, for an outage
/// of all links meets those flows that just send.
struct LossyLink: Hashable, Sendable {
    var ttl: Int
    var router: IPAddress
    /// Places of the flows that take it, and of those that take another.
    var members: [Int]
    var others: [Int]
    /// Probes to the target that count, of both.
    var own = RateLimits.Count(sent: 0, received: 0)
    var rest = RateLimits.Count(sent: 0, received: 0)

    private struct Candidate {
        var link: LossyLink
        var deviations: Double
    }

    /// Standard deviations at the target alone, below which nothing is said.
    private static let atTarget = 1.28
    /// Standard deviations that chance reaches in 1 of 200 traces whose links lose alike, with the routers behind; by the number
    /// of links that are compared: up to 1, 2, 4 and so on.
    private static let together = [2.58, 2.81, 3.02, 3.23, 3.42, 3.6, 3.78, 3.94]

    /// - Parameters:
    ///   - hops: of all flows together: which routers limit their answers.
    ///   - isChosen: what became of their first round decided which flows were measured, so that it proves nothing.
    /// - Returns: nil where no link loses more than the others, or too few probes tell.
    static func find(in flows: [TraceState], hops: [TraceHop], isChosen: Bool) -> LossyLink? {
        let nearest = flows.compactMap(\.distance).min() ?? 0
        guard let parting = FlowMap(flows).parting, parting < nearest else { return nil }
        // Flows that were tried once say nothing where that chose them.
        let met = flows.map { flow in isChosen && flow.plan.count < 2 ? [:] : Self.responders(of: flow) }
        let links = (parting..<nearest).flatMap { ttl in Self.parallel(at: ttl, met) }
        // Hops that part the flows in the same way are one question.
        let number = Set(links.map(\.members)).count
        guard number > 0 else { return nil }
        let place = min(Int.bitWidth - (number - 1).leadingZeroBitCount, together.count - 1)
        let limited = Set(hops.filter(\.isRateLimited).map(\.ttl))
        var best: Candidate?
        for link in links {
            let members = link.members.map { flows[$0] }
            let others = link.others.map { flows[$0] }
            guard let span = Span(of: members, isChosen: isChosen) else { continue }
            let own = span.count(members), rest = span.count(others)
            guard RateLimits.deviations(own, below: rest) >= atTarget else { continue }
            let shared = (link.ttl + 1..<nearest).filter { ttl in
                !limited.contains(ttl) && isShared(ttl, link, met)
            }
            let all = shared.reduce((own: own, rest: rest)) { sum, ttl in
                (sum.own + span.count(members, at: ttl), sum.rest + span.count(others, at: ttl))
            }
            let deviations = RateLimits.deviations(all.own, below: all.rest)
            guard deviations >= together[place], deviations > best?.deviations ?? 0 else { continue }
            var link = link
            (link.own, link.rest) = (Self.count(members, isChosen), Self.count(others, isChosen))
            best = Candidate(link: link, deviations: deviations)
        }
        return best?.link
    }

    private static func count(_ flows: [TraceState], _ isChosen: Bool) -> RateLimits.Count {
        let probes = flows.flatMap(\.targetProbes).filter { !isChosen || $0.round > 0 }
        return RateLimits.Count(sent: probes.count, received: probes.count { $0.answer?.kind.isReply == true })
    }

    /// By TTL: who answered, where it was always the same.
    private static func responders(of flow: TraceState) -> [Int: IPAddress] {
        var found: [Int: Set<IPAddress>] = [:]
        for probe in flow.probes {
            if let answer = probe.answer { found[probe.ttl, default: []].insert(answer.responder) }
        }
        return found.compactMapValues { $0.count == 1 ? $0.first : nil }
    }

    private static func parallel(at ttl: Int, _ met: [[Int: IPAddress]]) -> [LossyLink] {
        var flows: [IPAddress: [Int]] = [:]
        for (place, responders) in met.enumerated() {
            if let router = responders[ttl] { flows[router, default: []].append(place) }
        }
        guard flows.count > 1 else { return [] }
        return flows.sorted { $0.key < $1.key }.map { router, members in
            let others = flows.filter { $0.key != router }.flatMap(\.value).sorted()
            return LossyLink(ttl: ttl, router: router, members: members, others: others)
        }
    }

    /// The same router answers both.
    private static func isShared(_ ttl: Int, _ link: LossyLink, _ met: [[Int: IPAddress]]) -> Bool {
        let routers = Set((link.members + link.others).map { met[$0][ttl] })
        return routers.count == 1 && routers.first != .some(nil)
    }

    /// The time between the first and the last loss of some flows; those two themselves have chosen it, and do not count.
    private struct Span {
        let first: MonotonicTime
        let last: MonotonicTime
        let isChosen: Bool

        init?(of flows: [TraceState], isChosen: Bool) {
            let lost = flows.flatMap(\.targetProbes).filter { probe in
                probe.answer == nil && (!isChosen || probe.round > 0)
            }.map(\.sentAt)
            guard let first = lost.min(), let last = lost.max() else { return nil }
            (self.first, self.last, self.isChosen) = (first, last, isChosen)
        }

        /// At the target, or at a router.
        func count(_ flows: [TraceState], at ttl: Int? = nil) -> RateLimits.Count {
            let probes = flows.flatMap { flow in
                ttl.map { ttl in flow.probes.filter { $0.ttl == ttl && $0.wasSent } } ?? flow.targetProbes
            }.filter { $0.sentAt > first && $0.sentAt < last && (!isChosen || $0.round > 0) }
            return RateLimits.Count(sent: probes.count, received: probes.count { $0.answer != nil })
        }
    }
}

extension MultipathState {
    /// One of the parallel links loses a part; nil where that is not proven, or the target limits its answers.
    var lossyLink: LossyLink? {
        guard flows.count > 1, perPacketHops.isEmpty, !isTargetLimited else { return nil }
        if case .automatic = plan.flows { return LossyLink.find(in: flows, hops: hops, isChosen: true) }
        return LossyLink.find(in: flows, hops: hops, isChosen: false)
    }
}
