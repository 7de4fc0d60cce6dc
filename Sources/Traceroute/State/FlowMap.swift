internal import Model
internal import Wire

/// Who answers which flow at which hop.
struct FlowMap {
    /// By TTL, from index 1: next hops that were seen, with one more where flows die at that hop; 0 where nobody answers.
    private(set) var widths: [Int] = []
    /// By TTL: flows that asked there.
    private(set) var tried: [Int] = []
    /// The lowest TTL at which flows differ; nil where they do not.
    private(set) var parting: Int?
    /// By flow, then by TTL from index 1.
    private var paths: [[IPAddress?]] = []
    private var reached: [Bool] = []

    init(_ flows: [TraceState]) {
        let end = flows.map(\.lastHop).max() ?? 0
        widths = Array(repeating: 0, count: end + 1)
        tried = widths
        for flow in flows {
            var path: [IPAddress?] = Array(repeating: nil, count: end + 1)
            var asked: Set<Int> = []
            // Beyond its own distance a flow meets the target alone: what is there is no hop of its way.
            let last = flow.distance.map { _ in flow.lastHop } ?? end
            for probe in flow.probes where probe.ttl <= last && probe.wasSent {
                asked.insert(probe.ttl)
                if let answer = probe.answer { path[probe.ttl] = answer.responder }
            }
            for ttl in asked { tried[ttl] += 1 }
            paths.append(path)
            reached.append(flow.distance != nil)
        }
        guard end > 0 else { return }
        for ttl in 1...end {
            let addresses = Set(paths.compactMap { $0[ttl] })
            // Silence is a path of its own only for flows that die, and only where others are answered.
            let isDeadly = zip(paths, reached).contains { !$1 && $0[ttl...].allSatisfy { $0 == nil } }
            widths[ttl] = addresses.isEmpty ? 0 : addresses.count + (isDeadly && reached.contains(true) ? 1 : 0)
            if parting == nil, widths[ttl] > 1 { parting = ttl }
        }
    }

    /// Flows to measure: of each path that was seen the first one, those that die before all others, then more of those
    /// that do, for one lost probe proves nothing.
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
        let room = max(limit - dead.count, limit / 2)
        return Array(chosen.prefix(room)) + dead.prefix(limit - min(chosen.count, room))
    }
}
