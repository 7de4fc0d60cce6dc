internal import Model

/// The target answered, and does so no longer: more misses in a row than the losses before them explain.
struct Cessation: Hashable, Sendable {
    /// Probes in a row that were not answered, up to the end of the trace.
    var misses: Int
    /// The farthest router that still answers.
    var farthest: Int?

    /// The misses have this probability at most with the losses of before.
    private static let chance = 1e-3

    /// - Parameter answers: of the probes for the target, in the order of sending.
    /// - Returns: how many misses end it; nil where it may just have lost them.
    static func misses(in answers: [Bool]) -> Int? {
        guard let last = answers.lastIndex(of: true) else { return nil }
        let (before, misses) = (answers[...last], answers.count - 1 - last)
        // Laplace's rule: one miss more among two probes more.
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
        // What never came back of a flow is another matter, and one that was over before the end tells nothing of it.
        let answered = flows.map(\.targetProbes).filter { $0.contains(where: \.isOfTarget) }
        guard answered.allSatisfy({ $0.last?.isOfTarget == false }) else { return nil }
        let own = answered.joined().sorted { $0.sentAt < $1.sentAt }
        guard let misses = Cessation.misses(in: own.map(\.isOfTarget)) else { return nil }
        let end = own[own.count - 1 - misses].sentAt + plan.interval / 2
        let later = flows.lazy.flatMap(\.probes).filter { $0.sentAt > end && $0.answer?.kind == .ttlExceeded }
        return Cessation(misses: misses, farthest: later.map(\.ttl).max())
    }
}

extension TraceProbe {
    /// The target answered it.
    fileprivate var isOfTarget: Bool { answer?.kind.isReply == true }
}
