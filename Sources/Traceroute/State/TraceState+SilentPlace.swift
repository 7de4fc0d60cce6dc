internal import Model

extension TraceState {
    /// Where the target was, or where others have it; nil where something else is known of the end of the way, or its silence may
    /// be its limit.
    var place: Int? {
        isByErrors || isDistanceOpen || refusal != nil || loopEnd != nil ? nil : distance ?? endBeyondHint ?? hint?.end
    }

    /// Silent rounds before the target is looked for behind its place.
    var patience: Int {
        if distance != nil { return SilentPlace.patienceAtOwnPlace }
        return (hint?.silentRounds ?? 0) > 0 ? SilentPlace.patienceOfRounds : SilentPlace.patience
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
