import Model

extension AlertBook {
    /// Sends again what receivers would otherwise forget, and drops what was repeated long enough.
    mutating func repeatWhatIsDue(at clock: ClockReading, into effects: inout Effects) {
        guard clock.monotonic >= nextRepeat else { return }
        var next = clock.monotonic + timing.resendEvery
        for (identity, var alert) in open where alert.phase == .firing {
            if alert.nextSend <= clock.monotonic {
                alert.nextSend = clock.monotonic + timing.resendEvery
                open[identity] = alert
                effects.notices.append(notice(.firingAgain, alert, at: clock))
            }
            next = min(next, alert.nextSend)
        }
        for (labels, var alert) in resolved {
            if alert.repeatUntil < clock.monotonic {
                resolved[labels] = nil
                effects.changes.append(.remove(key: AlertRecord.key(resolved: labels)))
                continue
            }
            if alert.nextSend <= clock.monotonic {
                alert.nextSend = clock.monotonic + timing.resendEvery
                resolved[labels] = alert
                effects.notices.append(notice(.resolvedAgain, alert, labels: labels, at: clock))
            }
            next = min(next, alert.nextSend)
        }
        nextRepeat = next
    }

    /// Makes everything due at the next step: a receiver has come that knows nothing yet.
    mutating func repeatAll() {
        nextRepeat = MonotonicTime(nanoseconds: .min)
        for identity in open.keys { open[identity]?.nextSend = nextRepeat }
        for labels in resolved.keys { resolved[labels]?.nextSend = nextRepeat }
    }

    func notice(_ kind: AlertNotice.Kind, _ alert: OpenAlert, at clock: ClockReading) -> AlertNotice {
        AlertNotice(
            kind: kind,
            identity: alert.condition.identity,
            severity: alert.condition.severity,
            labels: alert.labels,
            annotations: alert.condition.annotations,
            startsAt: min(alert.startsAt, clock.wall),
            endsAt: clock.wall + timing.endsAfter,
            decidedAt: clock.monotonic
        )
    }

    /// `endsAt` is the moment of the end, however often it is repeated.
    func notice(
        _ kind: AlertNotice.Kind,
        _ alert: ResolvedAlert,
        labels: AlertLabels,
        at clock: ClockReading
    ) -> AlertNotice {
        AlertNotice(
            kind: kind,
            identity: alert.identity,
            severity: alert.severity,
            labels: labels,
            annotations: alert.annotations,
            startsAt: min(alert.startsAt, clock.wall),
            endsAt: min(alert.endsAt, clock.wall),
            decidedAt: clock.monotonic
        )
    }

    /// Every label an alert is sent with; those of the object come first, so that a link's own never replace them.
    func labels(of condition: AlertCondition) -> AlertLabels {
        AlertLabels(
            [("alertname", condition.identity.name.rawValue), ("severity", condition.severity.rawValue)]
                + commonLabels + condition.identity.object.labels
                + condition.extraLabels.sorted { $0.key < $1.key }
        )
    }
}
