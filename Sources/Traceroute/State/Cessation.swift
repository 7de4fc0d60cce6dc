internal import Model

/// The target answered, and does so no longer: more rounds without an answer than the losses before them explain.
struct Cessation: Hashable, Sendable {
    /// Probes that were not answered, up to the end of the trace.
    var misses: Int
    /// The farthest router that still answers.
    var farthest: Int?

    /// The missed rounds have this probability at most with the losses of before.
    private static let chance = 1e-3
    /// What lasts a shorter time is a loss.
    private static let fewest = 4

    /// - Parameter rounds: whether each was answered.
    /// - Returns: how many missed rounds end it; nil where it may just have lost them.
    static func misses(in rounds: [Bool]) -> Int? {
        guard let last = rounds.lastIndex(of: true) else { return nil }
        let (before, misses) = (rounds[...last], rounds.count - 1 - last)
        guard misses >= fewest else { return nil }
        // Laplace's rule: one miss more among two rounds more.
        let loss = Double(before.count { !$0 } + 1) / Double(before.count + 2)
        var probability = 1.0
        for _ in 0..<misses { probability *= loss }
        return probability <= chance ? misses : nil
    }
}

extension MultipathState {
    /// Nil while the target answers, and where it limits its answers.
    var cessation: Cessation? {
        guard distance != nil, !isTargetLimited, !isCancelled else { return nil }
        // What never came back of a flow is another matter, and one that only looked for paths was over before.
        let answered = flows.filter(isMeasured).map(\.targetProbes).filter { $0.contains(where: \.isAnsweredByTarget) }
        guard answered.allSatisfy({ $0.last?.isAnsweredByTarget == false }) else { return nil }
        let rounds = Dictionary(grouping: answered.joined()) { $0.round }.sorted { $0.key < $1.key }.map { $0.value }
        guard let missed = Cessation.misses(in: rounds.map { $0.contains(where: \.isAnsweredByTarget) }) else {
            return nil
        }
        let end = (answered.joined().lazy.filter(\.isAnsweredByTarget).map(\.sentAt).max() ?? start) + plan.interval / 2
        let later = flows.lazy.flatMap(\.probes).filter { $0.sentAt > end && $0.answer?.kind == .ttlExceeded }
        return Cessation(
            misses: rounds.suffix(missed).reduce(0) { $0 + $1.count },
            farthest: later.map(\.ttl).max()
        )
    }

    /// For all rounds, and not just to look for paths.
    func isMeasured(_ flow: TraceState) -> Bool { flow.plan.count > 1 || plan.count == 1 }
}
