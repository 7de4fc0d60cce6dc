internal import Model
internal import Wire

/// One of the parallel links that loses a part of what takes it, while those beside it lose clearly less.
///
/// Flows are told apart by who answers them at a hop where they part. That the target misses more of theirs than of the
/// others' is what counts; answers of routers behind, which both pass, count with it. See ``LossComparison``.
struct LossyLink: Hashable, Sendable {
    var ttl: Int
    var router: IPAddress
    /// Places of the flows that take it, and of those that take another.
    var members: [Int]
    var others: [Int]
    /// Probes to the target that count, of both.
    var own = RateLimits.Count(sent: 0, received: 0)
    var rest = RateLimits.Count(sent: 0, received: 0)

    /// What chance may reach at the target alone, at most.
    private static let atTarget = 0.1
    /// In so many traces whose links lose alike one is named all the same.
    private static let error = 0.01
    /// The same where a run of losses is one: links that lose alike, in bursts.
    private static let inBursts = 0.02
    /// Chance lets the nearest router behind a link answer so much better than the target.
    private static let atNearest = 0.05

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
        let questions = Double(Set(links.map(\.members)).count)
        let limited = Set(hops.filter(\.isRateLimited).map(\.ttl))
        // Routers behind a link part the flows as it does: what one of them proves holds for the link.
        let passing = Set(links.filter { passes($0, flows, nearest, isChosen) }.map(\.members))
        var proven: [(link: LossyLink, chance: Double)] = []
        for link in links where !passing.contains(link.members) {
            let members = link.members.map { flows[$0] }
            let others = link.others.map { flows[$0] }
            let atTarget = LossComparison(members, others, isChosen: isChosen)
            guard atTarget.chance <= Self.atTarget else { continue }
            let shared = (link.ttl + 1..<nearest).filter { ttl in
                !limited.contains(ttl) && isShared(ttl, link, met)
            }
            let all = LossComparison(members, others, at: shared, isChosen: isChosen)
            guard all.chance * questions <= error, all.chanceOfRuns * questions <= inBursts else { continue }
            proven.append((link, all.chance))
        }
        guard let best = proven.min(by: { $0.chance < $1.chance }) else { return nil }
        // Where its own router was silent for one of the flows, those behind part them better.
        let first = links.first { link in
            !passing.contains(link.members) && Set(link.members).isSubset(of: best.link.members)
                && Set(best.link.others).isSubset(of: link.others)
        }
        var link = first ?? best.link
        link.own = Self.count(link.members.map { flows[$0] }, isChosen)
        link.rest = Self.count(link.others.map { flows[$0] }, isChosen)
        return link
    }

    /// What takes the link comes out of it again, for a router behind it answers clearly more than the target: the loss lies behind
    /// it, or on the way back, which may be another link's.
    private static func passes(_ link: LossyLink, _ flows: [TraceState], _ nearest: Int, _ isChosen: Bool) -> Bool {
        let members = link.members.map { flows[$0] }
        let others = link.others.map { flows[$0] }
        let target = count(members, isChosen)
        let chances = (link.ttl + 1..<nearest).compactMap { ttl -> Double? in
            let (own, rest) = (count(members, isChosen, at: ttl), count(others, isChosen, at: ttl))
            // Where they lose there too, the target may lose more for reasons of its own: of TCP it still holds what it has answered.
            let isLossy = LossComparison.tail(of: own.lost, own: own.sent, rest: rest.sent, lost: own.lost + rest.lost)
            guard own.received > 0, isLossy > atNearest else { return nil }
            return LossComparison.tail(of: target.lost, own: target.sent, rest: own.sent, lost: target.lost + own.lost)
        }
        // One of many may be favoured by chance, the nearest one is asked first.
        return chances.first ?? 1 <= atNearest || chances.contains { $0 <= error }
    }

    /// At the target, or at a hop.
    private static func count(_ flows: [TraceState], _ isChosen: Bool, at ttl: Int? = nil) -> RateLimits.Count {
        let probes = flows.flatMap { flow in
            ttl.map { ttl in flow.probes.filter { $0.ttl == ttl && $0.wasSent } } ?? flow.targetProbes
        }.filter { !isChosen || $0.round > 0 }
        let received = probes.count { $0.answer.map { ttl != nil || $0.kind.isReply } ?? false }
        return RateLimits.Count(sent: probes.count, received: received)
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
}

extension MultipathState {
    /// One of the parallel links loses a part; nil where that is not proven, or the target limits its answers.
    var lossyLink: LossyLink? {
        guard flows.count > 1, perPacketHops.isEmpty, !isTargetLimited else { return nil }
        if case .automatic = plan.flows { return LossyLink.find(in: flows, hops: hops, isChosen: true) }
        return LossyLink.find(in: flows, hops: hops, isChosen: false)
    }
}
