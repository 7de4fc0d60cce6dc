internal import Wire

extension [TraceFlow] {
    /// Flows that nothing comes back of, and that is no chance: where flows that meet the same routers lose a part, a few probes
    /// of one among them may all be lost, and its link is not dead.
    var lost: [TraceFlow] { filter { $0.isDead && ($0.isCutOff || !isSilentByChance($0)) } }

    /// Chance has silenced one of its siblings in more than so many traces.
    private static var improbable: Double { 1 / 200 }

    private func isSilentByChance(_ flow: TraceFlow) -> Bool {
        let siblings = filter { $0.number != flow.number && $0.statistics.received > 0 && flow.isLike($0) }
        let sent = siblings.reduce(0) { $0 + $1.statistics.sent }
        let lost = sent - siblings.reduce(0) { $0 + $1.statistics.received }
        guard lost > 0 else { return false }
        // Laplace's rule: one loss more among two probes more.
        let share = Double(lost + 1) / Double(sent + 2)
        let silence = (0..<flow.statistics.sent).reduce(1.0) { chance, _ in chance * share }
        return silence * Double(siblings.count + 1) > Self.improbable
    }
}

extension TraceFlow {
    /// Nothing parts it from the other one: wherever both were answered, it was by the same router.
    fileprivate func isLike(_ other: TraceFlow) -> Bool {
        zip(responders, other.responders).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
    }
}
