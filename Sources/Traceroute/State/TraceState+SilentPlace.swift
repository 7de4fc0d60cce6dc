internal import Model

extension TraceState {
    /// Where the target was, or where others have it; nil where something else is known of the end of the way.
    var place: Int? {
        isDistanceOpen || refusal != nil || loopEnd != nil ? nil : distance ?? endBeyondHint ?? hint?.end
    }

    /// Silent rounds before the target is looked for behind its place.
    var patience: Int {
        if distance != nil { return SilentPlace.patienceAtOwnPlace }
        return (hint?.silentRounds ?? 0) > 0 ? SilentPlace.patienceOfRounds : SilentPlace.patience
    }

    /// A target that answers by errors has had time to save some: it was sent nothing where it may be.
    func hasSavedErrors(at now: MonotonicTime) -> Bool {
        guard let place else { return false }
        if probes.isEmpty, let rounds = hint?.silentRounds {
            // How long the rounds of a live view are is not known here.
            return rounds >= SilentPlace.patienceAtOwnPlace && rounds & (rounds - 1) == 0
        }
        let last = probes.last { $0.wasSent && ($0.ttl > place || $0.ttl == place && $0.answer != nil) }
        return last.map { now >= $0.sentAt + SilentPlace.savings } ?? false
    }

    /// The latest rounds in a row in which nobody answered at the place, and nobody will any more.
    func silentRounds(at now: MonotonicTime) -> Int {
        guard let place else { return 0 }
        let wait = plan.wait(worst: worst)
        var silent = 0
        for probe in probes.reversed() where probe.ttl == place && probe.wasSent {
            if probe.answer != nil { return silent }
            if now >= probe.sentAt + wait { silent += 1 }
        }
        return silent + (distance == nil ? hint?.silentRounds ?? 0 : 0)
    }
}
