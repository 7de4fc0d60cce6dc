public import Model

extension AlertBook {
    /// All that must be on disk for a later start to go on from here.
    public func records(at clock: ClockReading) -> [AlertRecord] {
        open.values.map { $0.record(at: clock) } + resolved.map { $1.record(labels: $0) }
    }

    /// Takes up what an earlier run left. What is open already is kept as it is. A wall clock that was stepped
    /// back meanwhile makes no time lie in the future.
    /// - Parameter absence: for how long nobody watched before this run.
    public mutating func restore(
        _ records: [AlertRecord],
        absence: Duration = .zero,
        at clock: ClockReading
    ) {
        nextRepeat = clock.monotonic
        mustRelabel = true
        for record in records {
            switch record.phase {
            case .resolved: restoreResolved(record, at: clock)
            case .pending, .firing: restoreOpen(record, mustProve: absence > OpenAlert.proof, at: clock)
            }
        }
    }

    private mutating func restoreOpen(_ record: AlertRecord, mustProve: Bool, at clock: ClockReading) {
        guard open[record.identity] == nil else { return }
        let startsAt = min(record.startsAt, clock.wall)
        var condition = AlertCondition(
            record.identity,
            severity: record.severity,
            clearFor: record.clearFor,
            episode: record.episode,
            annotations: record.annotations
        )
        condition.memory = record.memory
        open[record.identity] = OpenAlert(
            phase: record.phase == .firing ? .firing : .pending(since: Self.moment(startsAt, at: clock)),
            condition: condition,
            labels: record.labels,
            startsAt: startsAt,
            heldSince: min(record.heldSince ?? startsAt, startsAt),
            clearSince: record.clearSince.map { Self.moment($0, at: clock) },
            nextSend: clock.monotonic,
            unprovenSince: mustProve ? clock.monotonic : nil
        )
    }

    private mutating func restoreResolved(_ record: AlertRecord, at clock: ClockReading) {
        let endsAt = min(record.endsAt ?? clock.wall, clock.wall)
        let until = Self.moment(endsAt, at: clock) + timing.repeatResolvedFor
        let isOpen = open[record.identity].map { $0.phase == .firing && $0.labels == record.labels } ?? false
        guard resolved[record.labels] == nil, !isOpen else { return }
        resolved[record.labels] = ResolvedAlert(
            identity: record.identity,
            severity: record.severity,
            annotations: record.annotations,
            startsAt: min(record.startsAt, endsAt),
            endsAt: endsAt,
            repeatUntil: until,
            nextSend: clock.monotonic
        )
    }

    /// The monotonic moment of a stored wall time; never in the future, and at most a year ago.
    static func moment(_ time: WallTime, at clock: ClockReading) -> MonotonicTime {
        let year: Int64 = 365 * 86_400 * 1_000_000_000
        let (age, overflow) = clock.wall.nanoseconds.subtractingReportingOverflow(time.nanoseconds)
        let bounded = overflow ? year : min(max(0, age), year)
        return clock.monotonic - .nanoseconds(bounded)
    }
}

extension ResolvedAlert {
    func record(labels: AlertLabels) -> AlertRecord {
        AlertRecord(
            phase: .resolved,
            identity: identity,
            severity: severity,
            labels: labels,
            annotations: annotations,
            startsAt: startsAt,
            endsAt: endsAt
        )
    }
}
