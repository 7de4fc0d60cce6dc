public import Model

/// One thing to tell the receivers: an alert fires, still fires, or is resolved.
public struct AlertNotice: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case fired, resolved
        /// Repeated so that receivers do not forget: the firing ones, and the resolved ones for a while.
        case firingAgain, resolvedAgain
    }

    public var kind: Kind
    public var identity: AlertIdentity
    public var severity: AlertSeverity
    public var labels: AlertLabels
    public var annotations: AlertAnnotations
    public var startsAt: WallTime
    /// When the receiver may take the alert for ended; for a resolved one when it ended. Never before `startsAt`.
    public var endsAt: WallTime
    /// The moment of the decision, from which the latency of the notification counts.
    public var decidedAt: MonotonicTime

    public var isResolved: Bool { kind == .resolved || kind == .resolvedAgain }
    /// The alert changed; not a repetition.
    public var isNews: Bool { kind == .fired || kind == .resolved }
}

/// An alert that is pending or fires, as `/api/v1/alerts` and `netprobe_alert_active` show it.
public struct ActiveAlert: Hashable, Sendable {
    public enum State: String, CaseIterable, Hashable, Sendable {
        case pending, firing
    }

    public var state: State
    public var identity: AlertIdentity
    public var severity: AlertSeverity
    public var labels: AlertLabels
    public var annotations: AlertAnnotations
    /// When it fired; of a pending one, since when its condition holds.
    public var startsAt: WallTime
}
