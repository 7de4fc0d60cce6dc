internal import Model
internal import Wire

/// Who answers which flow at which hop.
struct FlowMap {
    /// By TTL, from index 1: next hops that were seen, with one more where flows die at that hop; 0 where nobody answers.
    private(set) var widths: [Int] = []
    /// By TTL: flows that asked there.
    private(set) var tried: [Int] = []
    /// By TTL: of these, flows that were answered there, or die there.
    private(set) var answered: [Int] = []
    /// The lowest TTL at which some flows get no answer while others get each: a router that never answers may stand beside the
    /// others. Nil where there is none.
    private(set) var doubt: Int?
    /// The first of those flows.
    private var doubtful: Int?
    /// Routers behind others that stand beside them, and that part the flows once more, among some of the next hops alone: how many
    /// flows went through and on, and how many next hops they met. Of those all hops together say too little.
    private(set) var nodes: [Node] = []
    /// The lowest TTL at which flows differ; nil where they do not.
    private(set) var parting: Int?
    /// From there on flows may have ways of their own.
    var ownFrom: Int? { [parting, doubt].compactMap(\.self).min() }
    /// By flow, then by TTL from index 1.
    private var paths: [[IPAddress?]] = []
    private var reached: [Bool] = []

    struct Node: Hashable {
        /// Of the next hops.
        var ttl: Int
        var tried: Int
        var found: Int
    }

    init(_ flows: [TraceState]) {
        let end = flows.map(\.lastHop).max() ?? 0
        widths = Array(repeating: 0, count: end + 1)
        tried = widths
        answered = widths
        let nearest = flows.compactMap(\.distance).min() ?? end
        // Behind the nearest place of the target only routers are next hops to find: where its answer was lost there, a flow
        // meets it a hop later.
        var routed = Array(repeating: false, count: end + 1)
        var questions: [Set<Int>] = []
        for flow in flows {
            var path: [IPAddress?] = Array(repeating: nil, count: end + 1)
            var asked: Set<Int> = []
            // Beyond its own distance a flow meets the target alone: what is there is no hop of its way.
            let last = flow.distance.map { _ in flow.lastHop } ?? end
            for probe in flow.probes where probe.ttl <= last && probe.wasSent {
                asked.insert(probe.ttl)
                guard let answer = probe.answer else { continue }
                path[probe.ttl] = answer.responder
                if !answer.kind.isReply { routed[probe.ttl] = true }
            }
            for ttl in asked { tried[ttl] += 1 }
            questions.append(asked)
            paths.append(path)
            reached.append(flow.distance != nil)
        }
        guard end > 0 else { return }
        for ttl in 1...end where ttl <= nearest || routed[ttl] {
            let addresses = Set(paths.compactMap { $0[ttl] })
            answered[ttl] = paths.count { $0[ttl] != nil }
            // Silence is a path of its own only for flows that die, and only where they asked and others are answered.
            let deadly = paths.indices.count { flow in
                !reached[flow] && questions[flow].contains(ttl) && paths[flow][ttl...].allSatisfy { $0 == nil }
            }
            let isDeadly = deadly > 0
            if reached.contains(true) { answered[ttl] += deadly }
            widths[ttl] = addresses.isEmpty ? 0 : addresses.count + (isDeadly && reached.contains(true) ? 1 : 0)
            if parting == nil, widths[ttl] > 1 { parting = ttl }
        }
        findDoubt(flows, before: reached.contains(true) ? nearest : end + 1, questions)
        for ttl in 1..<end where widths[ttl] > 1 && widths[ttl + 1] > 2 { addNodes(before: ttl + 1) }
    }

    /// The target's own silence is none of a router.
    private mutating func findDoubt(_ flows: [TraceState], before nearest: Int, _ asked: [Set<Int>]) {
        guard flows.count > 1, nearest > 1 else { return }
        for ttl in 1..<nearest {
            let silent = paths.indices.first { $0 > 0 && asked[$0].contains(ttl) && paths[$0][ttl] == nil }
            guard let silent else { continue }
            let isAnsweredAlways = flows.contains { flow in
                let own = flow.probes.lazy.filter { $0.ttl == ttl && $0.wasSent }
                return own.contains { $0.answer != nil } && own.allSatisfy { $0.answer?.kind == .ttlExceeded }
            }
            guard isAnsweredAlways else { continue }
            (doubt, doubtful) = (ttl, silent)
            return
        }
    }

    private mutating func addNodes(before ttl: Int) {
        var next: [IPAddress: (tried: Int, met: Set<IPAddress>)] = [:]
        for path in paths {
            // A next hop that is silent, or was not asked, says nothing here.
            guard let node = path[ttl - 1], let hop = path[ttl] else { continue }
            next[node, default: (0, [])].tried += 1
            next[node, default: (0, [])].met.insert(hop)
        }
        nodes += next.sorted { $0.key < $1.key }.map {
            Node(ttl: ttl, tried: $0.value.tried, found: $0.value.met.count)
        }
        .filter { $0.found > 1 && $0.found < widths[ttl] }
    }

    /// One flow of each way that leads to the target, the first flow first.
    var firstOfEachWay: [Int] {
        let flows = paths.indices.filter { $0 == 0 || (reached[$0] && parting != nil) }
        // The first flow is followed also where silence leaves open which way it takes.
        return [0] + ways(of: flows).groups.compactMap { $0.members.first.map { flows[$0] } }.filter { $0 > 0 }
    }

    /// A flow that did not ask at low hops took the way of those that did: what parts them lies behind.
    private func ways(of flows: [Int]) -> FlowWays {
        FlowWays(
            flows.map { flow in
                .init(responders: parting.map { Array(paths[flow][$0...]) } ?? [], isReached: reached[flow])
            },
            endsAreKnown: true
        )
    }

    /// Flows to measure: of each path that was seen the first one, then those that have died, for one lost probe proves nothing.
    /// Whether a link loses more than those beside it is told by as many probes of both: where something was lost, those over
    /// other links are made as many as those over one.
    func representatives(atMost limit: Int) -> [Int] {
        let firsts = firstOfEachWay
        let dead = paths.indices.filter { $0 > 0 && !reached[$0] && reached.contains(true) }
        let chosen = Array(firsts.prefix(max(limit - dead.count, limit / 2)))
        guard !dead.isEmpty || isLossSeen(among: chosen) else {
            // Whether it meets a router that never answers is told by more than one probe.
            guard let doubtful, chosen.count < limit, !chosen.contains(doubtful) else { return chosen }
            return (chosen + [doubtful]).sorted()
        }
        let spare = paths.indices.filter { reached[$0] && parting != nil && !chosen.contains($0) }
        return balanced(chosen, dead, spare, atMost: limit).sorted()
    }

    /// Two of them met nobody who parts them, and yet one went on where the other ended.
    private func isLossSeen(among chosen: [Int]) -> Bool {
        guard let parting else { return false }
        return chosen.indices.contains { index in
            chosen[..<index].contains {
                zip(paths[$0], paths[chosen[index]]).dropFirst(parting).allSatisfy(Self.isLike)
            }
        }
    }

    private static func isLike(_ left: IPAddress?, _ right: IPAddress?) -> Bool {
        left == nil || right == nil || left == right
    }

    /// Adds those that died, and whenever one link is taken by more flows than all others, one over another.
    private func balanced(_ chosen: [Int], _ dead: [Int], _ spare: [Int], atMost limit: Int) -> [Int] {
        func link(_ flow: Int) -> IPAddress? { parting.flatMap { paths[flow][$0] } }
        var (chosen, dead, spare) = (chosen, dead[...], spare)
        let isOneKnown = Set((chosen + dead + spare).compactMap(link)).count < 2
        while chosen.count < limit {
            let flows = Dictionary(grouping: chosen.compactMap(link)) { $0 }.mapValues(\.count)
            let known = flows.values.reduce(0, +)
            // Flows that nobody answered where they part are all over one link, as far as is known.
            let unknown = chosen.count - known
            let majority = flows.first { $0.value > known - $0.value + (isOneKnown ? unknown : 0) }?.key
            let isUneven = majority != nil || unknown > known
            let others = spare.indices.filter { link(spare[$0]).map { $0 != majority } ?? false }
            let fewest = others.min { left, right in
                let counts = [left, right].map { link(spare[$0]).flatMap { flows[$0] } ?? 0 }
                return (counts[0], left) < (counts[1], right)
            }
            if isUneven, let other = fewest {
                chosen.append(spare.remove(at: other))
            } else if let flow = dead.popFirst() {
                chosen.append(flow)
            } else {
                break
            }
        }
        return chosen
    }
}
