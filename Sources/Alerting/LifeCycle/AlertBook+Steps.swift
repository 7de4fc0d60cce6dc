import Model

extension AlertBook {
    /// The condition holds.
    mutating func activate(
        _ condition: AlertCondition,
        scope: AlertScope,
        at clock: ClockReading,
        into effects: inout Effects
    ) {
        guard var alert = open[condition.identity] else {
            begin(condition, at: clock, into: &effects)
            return
        }
        var condition = condition
        let before = alert.condition.annotations
        if condition.isBlameOpen, before.owner != nil {
            (condition.annotations.layer, condition.annotations.owner) = (before.layer, before.owner)
        }
        let isOtherBlame = (condition.annotations.layer, condition.annotations.owner) != (before.layer, before.owner)
        let wasClear = alert.clearSince
        let isSame =
            !mustRelabel && condition.severity == alert.condition.severity
            && condition.extraLabels == alert.condition.extraLabels
        let labels = isSame ? alert.labels : self.labels(of: condition)
        let isMemoryOther = condition.memory != alert.condition.memory
        let isOther = condition.episode != alert.condition.episode && alert.phase == .firing
        alert.clearSince = nil
        if alert.phase == .firing, labels != alert.labels {
            resolve(alert, at: clock, into: &effects)
            alert.labels = labels
            alert.condition = condition
            announce(&alert, at: clock, into: &effects)
        } else {
            alert.labels = labels
            alert.condition = condition
            if isOther || isAnew(condition, clearSince: wasClear, scope, clock) {
                (alert.startsAt, alert.heldSince) = (clock.wall, clock.wall)
                announce(&alert, at: clock, into: &effects)
            } else if wasClear != nil || isMemoryOther {
                effects.changes.append(.put(alert.record(at: clock)))
            }
        }
        if alert.isRipe(holdFor: condition.holdFor, at: clock.monotonic) {
            alert.phase = .firing
            alert.startsAt = clock.wall
            announce(&alert, at: clock, into: &effects)
        } else if isOtherBlame, alert.phase == .firing {
            // Who was told of one owner is soon told of another, and not each time that it changes.
            alert.nextSend = min(alert.nextSend, clock.monotonic + Self.correctionDelay)
            nextRepeat = min(nextRepeat, alert.nextSend)
        }
        open[condition.identity] = alert
    }

    private static let correctionDelay: Duration = .seconds(1)

    /// A flapping path kept a critical alert open although it had been gone long enough: this is a new one.
    private func isAnew(
        _ condition: AlertCondition,
        clearSince: MonotonicTime?,
        _ scope: AlertScope,
        _ clock: ClockReading
    ) -> Bool {
        guard condition.severity == .critical, let clearSince, scope.isFlapping(condition.identity) else {
            return false
        }
        return clock.monotonic - clearSince >= condition.clearFor
    }

    private mutating func begin(_ condition: AlertCondition, at clock: ClockReading, into effects: inout Effects) {
        var alert = OpenAlert(
            phase: .pending(since: clock.monotonic),
            condition: condition,
            labels: labels(of: condition),
            startsAt: clock.wall,
            heldSince: clock.wall,
            nextSend: clock.monotonic
        )
        if condition.holdFor <= .zero {
            alert.phase = .firing
            announce(&alert, at: clock, into: &effects)
        } else {
            effects.changes.append(.put(alert.record(at: clock)))
        }
        open[condition.identity] = alert
    }

    /// The alert fires, or fires under other labels: tell everyone, and forget an earlier end of the same.
    private mutating func announce(_ alert: inout OpenAlert, at clock: ClockReading, into effects: inout Effects) {
        alert.nextSend = clock.monotonic + timing.resendEvery
        nextRepeat = min(nextRepeat, alert.nextSend)
        if resolved.removeValue(forKey: alert.labels) != nil {
            effects.changes.append(.remove(key: AlertRecord.key(resolved: alert.labels)))
        }
        effects.changes.append(.put(alert.record(at: clock)))
        effects.notices.append(notice(.fired, alert, at: clock))
    }

    /// Nothing proves or disproves the condition. A vantage that is cut off also distrusts what it saw just before.
    mutating func hold(_ identity: AlertIdentity, isolated: Bool, into effects: inout Effects) {
        guard var alert = open[identity] else { return }
        if isolated, alert.phase != .firing {
            open[identity] = nil
            effects.changes.append(.remove(key: AlertRecord.key(open: identity)))
        } else if alert.clearSince != nil {
            alert.clearSince = nil
            open[identity] = alert
        }
    }

    /// The condition is gone, or cannot be judged because the vantage is cut off.
    mutating func clear(
        _ identity: AlertIdentity,
        judgement: AlertJudgement,
        at clock: ClockReading,
        into effects: inout Effects
    ) {
        guard var alert = open[identity] else { return }
        let exists = judgement.scope.contains(identity)
        if exists, judgement.isIsolated, !identity.name.isAboutSelf {
            hold(identity, isolated: true, into: &effects)
            return
        }
        guard alert.phase == .firing else {
            open[identity] = nil
            effects.changes.append(.remove(key: AlertRecord.key(open: identity)))
            return
        }
        let since = alert.clearSince ?? clock.monotonic
        let isHeld = judgement.scope.isFlapping(identity) || !alert.isClear(since: since, at: clock.monotonic)
        if exists, isHeld {
            if alert.clearSince == nil {
                alert.clearSince = since
                open[identity] = alert
                effects.changes.append(.put(alert.record(at: clock)))
            }
            return
        }
        open[identity] = nil
        effects.changes.append(.remove(key: AlertRecord.key(open: identity)))
        resolve(alert, at: clock, into: &effects)
    }

    private mutating func resolve(_ alert: OpenAlert, at clock: ClockReading, into effects: inout Effects) {
        let ended = ResolvedAlert(
            identity: alert.condition.identity,
            severity: alert.condition.severity,
            annotations: alert.condition.annotations,
            startsAt: min(alert.startsAt, clock.wall),
            endsAt: clock.wall,
            repeatUntil: clock.monotonic + timing.repeatResolvedFor,
            nextSend: clock.monotonic + timing.resendEvery
        )
        resolved[alert.labels] = ended
        nextRepeat = min(nextRepeat, ended.nextSend)
        effects.changes.append(.put(ended.record(labels: alert.labels)))
        effects.notices.append(notice(.resolved, ended, labels: alert.labels, at: clock))
    }
}
