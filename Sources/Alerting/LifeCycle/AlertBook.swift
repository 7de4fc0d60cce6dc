public import Model

/// The life of every alert: inactive → pending → firing → resolved. A value without clock or I/O: judgements and
/// clock readings go in, notices and changes of the stored state come out.
public struct AlertBook: Sendable {
    /// What a step asks of the outside.
    public struct Effects: Sendable, Equatable {
        public var notices: [AlertNotice] = []
        public var changes: [AlertChange] = []

        public var isEmpty: Bool { notices.isEmpty && changes.isEmpty }

        /// Whether a notice of this step must not leave before its changes are on disk.
        public var hasNews: Bool { notices.contains(where: \.isNews) }
    }

    public var timing: AlertTiming
    /// `site` and `vantage`, on every alert.
    public var commonLabels: [(String, String)] {
        didSet { mustRelabel = true }
    }
    /// Labels of open alerts may not fit `commonLabels`: the next step makes them anew.
    var mustRelabel = false
    var open: [AlertIdentity: OpenAlert] = [:]
    var resolved: [AlertLabels: ResolvedAlert] = [:]
    /// Before this moment nothing repeats; spares the search through all alerts at each step.
    var nextRepeat = MonotonicTime(nanoseconds: .min)

    public init(timing: AlertTiming = AlertTiming(), site: String, vantage: String) {
        self.timing = timing
        commonLabels = [("site", site), ("vantage", vantage)]
    }

    /// Takes the judgement of this moment.
    /// - Parameter absence: for how long nobody watched just before it, as when the process was stopped.
    public mutating func apply(
        _ judgement: AlertJudgement,
        after absence: Duration = .zero,
        at clock: ClockReading
    ) -> Effects {
        var effects = Effects()
        if absence > .zero {
            for identity in open.keys { open[identity]?.resume(after: absence, at: clock.monotonic) }
        }
        var seen = Set<AlertIdentity>(minimumCapacity: judgement.conditions.count)
        for condition in judgement.conditions where !seen.contains(condition.identity) {
            let identity = condition.identity
            guard judgement.scope.contains(identity) else { continue }
            seen.insert(identity)
            if condition.verdict == .unknown || (judgement.isIsolated && !identity.name.isAboutSelf) {
                hold(identity, isolated: judgement.isIsolated, into: &effects)
            } else {
                activate(condition, scope: judgement.scope, at: clock, into: &effects)
            }
        }
        if open.count > seen.count || open.keys.contains(where: { !seen.contains($0) }) {
            for identity in open.keys.filter({ !seen.contains($0) }) {
                clear(identity, judgement: judgement, at: clock, into: &effects)
            }
        }
        mustRelabel = false
        repeatWhatIsDue(at: clock, into: &effects)
        return effects
    }

    /// Since when the condition of an alert holds that is pending or fires, in an earlier run too.
    func start(of identity: AlertIdentity) -> WallTime? { open[identity]?.heldSince }

    /// What open alerts have kept for later runs.
    var memory: [AlertIdentity: [String]] {
        var memory: [AlertIdentity: [String]] = [:]
        for (identity, alert) in open where !alert.condition.memory.isEmpty {
            memory[identity] = alert.condition.memory
        }
        return memory
    }

    /// Everything that is pending or fires, in a steady order.
    public func active(at clock: ClockReading) -> [ActiveAlert] {
        open.values.map { $0.active(at: clock) }
            .sorted {
                ($0.identity.name, $0.startsAt, $0.labels.json.text()) < (
                    $1.identity.name, $1.startsAt, $1.labels.json.text()
                )
            }
    }
}

/// An alert that is pending or fires.
struct OpenAlert: Sendable {
    enum Phase: Sendable, Equatable {
        case pending(since: MonotonicTime)
        case firing
    }

    var phase: Phase
    var condition: AlertCondition
    var labels: AlertLabels
    /// When it fired; of a pending one, since when its condition holds.
    var startsAt: WallTime
    /// Since when its condition holds.
    var heldSince: WallTime
    var clearSince: MonotonicTime?
    var nextSend: MonotonicTime
    /// When it was taken up after a time in which nobody watched; nil for others.
    var unprovenSince: MonotonicTime?

    /// How long must then have been seen anew what had begun to wait.
    static let proof: Duration = .seconds(10)

    /// What nobody saw counts for no waiting time, and what was known before it proves nothing now.
    mutating func resume(after absence: Duration, at now: MonotonicTime) {
        if case .pending(let since) = phase { phase = .pending(since: since + absence) }
        clearSince = clearSince.map { $0 + absence }
        unprovenSince = now
    }

    private func isProven(_ waiting: Duration, at now: MonotonicTime) -> Bool {
        unprovenSince.map { now - $0 >= min(waiting, Self.proof) } ?? true
    }

    /// Whether a firing alert's condition, gone since a moment, has been so long enough.
    func isClear(since start: MonotonicTime, at now: MonotonicTime) -> Bool {
        now - start >= condition.clearFor && isProven(condition.clearFor, at: now)
    }

    /// Whether a pending alert's condition has held for `holdFor`.
    func isRipe(holdFor: Duration, at now: MonotonicTime) -> Bool {
        guard case .pending(let since) = phase, now - since >= holdFor else { return false }
        return isProven(holdFor, at: now)
    }

    func active(at clock: ClockReading) -> ActiveAlert {
        ActiveAlert(
            state: phase == .firing ? .firing : .pending,
            identity: condition.identity,
            severity: condition.severity,
            labels: labels,
            annotations: condition.annotations,
            startsAt: startsAt
        )
    }

    func record(at clock: ClockReading) -> AlertRecord {
        AlertRecord(
            phase: phase == .firing ? .firing : .pending,
            identity: condition.identity,
            severity: condition.severity,
            labels: labels,
            annotations: condition.annotations,
            startsAt: startsAt,
            heldSince: heldSince,
            clearSince: clearSince.map { clock.wallTime(of: $0) },
            clearFor: condition.clearFor,
            episode: condition.episode,
            memory: condition.memory
        )
    }
}

/// An alert that ended, repeated for a while since receivers keep nothing on disk.
struct ResolvedAlert: Sendable {
    var identity: AlertIdentity
    var severity: AlertSeverity
    var annotations: AlertAnnotations
    var startsAt: WallTime
    var endsAt: WallTime
    var repeatUntil: MonotonicTime
    var nextSend: MonotonicTime
}
