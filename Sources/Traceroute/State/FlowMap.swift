internal import Model
internal import Wire

/// Who answers which flow at which hop.
struct FlowMap {
    /// By TTL, from index 1: next hops that were seen, with one more where flows die at that hop; 0 where nobody answers.
    private(set) var widths: [Int] = []
    /// By TTL: flows that asked there.
    private(set) var tried: [Int] = []
    /// Routers behind others that stand beside them, and that part the flows once more, among some of the next hops alone: how many
    /// flows went through and on, and how many next hops they met. Of those all hops together say too little.
    private(set) var nodes: [Node] = []
    /// The lowest TTL at which flows differ; nil where they do not.
    private(set) var parting: Int?
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
            // Silence is a path of its own only for flows that die, and only where they asked and others are answered.
            let isDeadly = paths.indices.contains { flow in
                !reached[flow] && questions[flow].contains(ttl) && paths[flow][ttl...].allSatisfy { $0 == nil }
            }
            widths[ttl] = addresses.isEmpty ? 0 : addresses.count + (isDeadly && reached.contains(true) ? 1 : 0)
            if parting == nil, widths[ttl] > 1 { parting = ttl }
        }
        for ttl in 1..<end where widths[ttl] > 1 && widths[ttl + 1] > 2 { addNodes(before: ttl + 1) }
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

    /// Flows to measure: of each path that was seen the first one, then as many more as have died, for one lost probe proves
    /// nothing. Those are in turn flows that died and flows that did not: whether a link loses more than those beside it is told
    /// by as many probes of both.
    func representatives(atMost limit: Int) -> [Int] {
        // A flow that did not ask at low hops took the way of those that did: what parts them lies behind.
        let candidates = paths.indices.filter { $0 == 0 || (reached[$0] && parting != nil) }
        let ways = FlowWays(
            candidates.map { flow in
                .init(responders: parting.map { Array(paths[flow][$0...]) } ?? [], isReached: reached[flow])
            },
            endsAreKnown: true
        )
        let chosen = ways.groups.compactMap { $0.members.first.map { candidates[$0] } }
        let dead = paths.indices.filter { $0 > 0 && !reached[$0] && reached.contains(true) }
        let first = Array(chosen.prefix(max(limit - dead.count, limit / 2)))
        let room = min(limit - first.count, dead.count)
        let siblings = siblings(of: dead, in: ways.groups.map { $0.members.map { candidates[$0] } }, beside: Set(first))
        let others = siblings.prefix(room / 2)
        return first + (dead.prefix(room - others.count) + others).sorted()
    }

    /// Flows that reach the target, of each way in turn: at first of ways that those which died cannot have taken.
    private func siblings(of dead: [Int], in ways: [[Int]], beside chosen: Set<Int>) -> [Int] {
        let queues = ways.map { way in way.filter { !chosen.contains($0) } }
        func inTurn(_ queues: [[Int]]) -> [Int] {
            (0..<(queues.map(\.count).max() ?? 0)).flatMap { turn in
                queues.compactMap { $0.indices.contains(turn) ? $0[turn] : nil }
            }
        }
        let isOther = ways.map { way in
            guard let flow = way.first else { return false }
            return !dead.contains { isLike(paths[$0], paths[flow]) }
        }
        let indices = ways.indices
        return inTurn(indices.filter { isOther[$0] }.map { queues[$0] })
            + inTurn(indices.filter { !isOther[$0] }.map { queues[$0] })
    }

    private func isLike(_ left: [IPAddress?], _ right: [IPAddress?]) -> Bool {
        zip(left, right).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
    }
}
