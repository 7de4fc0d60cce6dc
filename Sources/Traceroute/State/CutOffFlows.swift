internal import Model

/// Flows that end behind a hop at which others go on: one of the parallel links is black. Told from a target, and from
/// routers, that merely limit their answers.
struct CutOffFlows {
    /// Places of the flows that nobody answered from the parting hop on; empty where nothing proves such a link.
    private(set) var members: Set<Int> = []

    /// The silence of a flow proves a black link where it has this probability at most with those routers that answer the
    /// others.
    private static let chance = 1e-4
    /// Routers count that answered the others this share of their probes in the same time, and so limit nothing.
    private static let reliable = 0.9
    private static let fewest = 3

    init(_ flows: [TraceState]) {
        let ends = flows.compactMap(\.distance)
        guard let nearest = ends.min(), let parting = FlowMap(flows).parting, parting < nearest else { return }
        // By flow: the probes that routers behind the parting had to answer.
        let between = flows.map { flow in flow.probes.filter { $0.wasSent && $0.ttl >= parting && $0.ttl < nearest } }
        let silent = flows.indices.filter { index in
            flows[index].distance == nil && !between[index].isEmpty
                && flows[index].probes.allSatisfy { $0.ttl < parting || $0.answer == nil }
        }
        let others = flows.indices.filter { !silent.contains($0) }.flatMap { between[$0] }
        guard silent.contains(where: { Self.isProven(between[$0], others) }) else { return }
        members = Set(silent)
    }

    /// Routers that answered the others all the time, while this flow asked them too, did not answer it once.
    static func isProven(_ own: [TraceProbe], _ others: [TraceProbe]) -> Bool {
        guard let first = own.first?.sentAt, let last = own.last?.sentAt else { return false }
        var asked: [Int: (sent: Int, answered: Int)] = [:]
        for probe in others where probe.sentAt >= first && probe.sentAt <= last {
            asked[probe.ttl, default: (0, 0)].sent += 1
            if probe.answer != nil { asked[probe.ttl, default: (0, 0)].answered += 1 }
        }
        var probability = 1.0
        for probe in own {
            guard let (sent, answered) = asked[probe.ttl], sent >= fewest,
                Double(answered) >= reliable * Double(sent)
            else { continue }
            // Laplace's rule: one miss more among two probes more.
            probability *= Double(sent - answered + 1) / Double(sent + 2)
        }
        return probability <= chance
    }
}
