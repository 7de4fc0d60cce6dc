/// How urgent an alert is (contract §7); `none` is the watchdog's alone.
public enum AlertSeverity: String, CaseIterable, Sendable {
    case critical, warning, info, none
}

/// What `alerting.rules` says of one alert: `off`, or another waiting time or severity; nil keeps the value of
/// contract §7.
public struct AlertRuleOverride: Hashable, Sendable {
    public var isOff: Bool
    /// Zero or more.
    public var holdFor: Duration?
    public var severity: AlertSeverity?

    public init(holdFor: Duration? = nil, severity: AlertSeverity? = nil) {
        isOff = false
        self.holdFor = holdFor
        self.severity = severity
    }

    private init(isOff: Bool) {
        self.isOff = isOff
    }

    public static let off = Self(isOff: true)
}
