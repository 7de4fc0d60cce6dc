public import Links
public import Model

/// What netprobe says of itself, for the alerts that no path model knows of.
public struct SelfReport: Sendable, Hashable {
    /// Why probes are not sent or stamped in time; nil when they are.
    public var overload: String?
    /// Why the alert state is not on disk; nil when it is.
    public var stateNotPersisted: String?

    public init(overload: String? = nil, stateNotPersisted: String? = nil) {
        self.overload = overload
        self.stateNotPersisted = stateNotPersisted
    }
}

/// The conditions of contract §7, judged on one snapshot of the path model. Pure.
public enum AlertRules {
    /// - Parameter clock: the moment of the snapshot.
    public static func judge(
        _ snapshot: Snapshot,
        report: SelfReport,
        settings: AlertSettings,
        scope: AlertScope,
        clock: ClockReading
    ) -> AlertJudgement {
        AlertJudgement(conditions: [], scope: scope)
    }
}
