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
    public mutating func apply(_ judgement: AlertJudgement, at clock: ClockReading) -> Effects {
        var effects = Effects()
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

    /// Since when the alert fires; nil where it does not.
    func start(of identity: AlertIdentity) -> WallTime? {
        open[identity].flatMap { $0.phase == .firing ? $0.startsAt : nil }
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
    var clearSince: MonotonicTime?
    var nextSend: MonotonicTime
    /// When an earlier run's alert was taken up after a time in which nobody watched; nil for others.
    var unprovenSince: MonotonicTime?

    /// How long this run must then have seen for itself what the earlier one had begun to wait for.
    static let proof: Duration = .seconds(10)

    /// Whether a pending alert's condition has held for `holdFor`.
    func isRipe(holdFor: Duration, at now: MonotonicTime) -> Bool {
        guard case .pending(let since) = phase, now - since >= holdFor else { return false }
        return unprovenSince.map { now - $0 >= min(holdFor, Self.proof) } ?? true
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
            clearSince: clearSince.map { clock.wallTime(of: $0) },
            clearFor: condition.clearFor,
            episode: condition.episode
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
