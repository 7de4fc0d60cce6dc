public import Model

/// The numbers of contract §6 about alerts.
public struct AlertMetrics: Sendable, Equatable {
    public struct Series: Hashable, Sendable {
        public var alert: AlertName
        public var severity: AlertSeverity

        public init(alert: AlertName, severity: AlertSeverity) {
            self.alert = alert
            self.severity = severity
        }
    }

    /// Firing alerts (`netprobe_alert_active`).
    public var active: [Series: Int] = [:]
    /// Notices that a receiver accepted, each receiver counted (`netprobe_notifications_total`).
    public var notifications: [Series: UInt64] = [:]
    /// Attempts that failed and notices given up (`netprobe_notifications_failed_total`).
    public var failures: [Series: UInt64] = [:]
    /// Notices waiting, by receiver name.
    public var waiting: [String: Int] = [:]
    /// Latency samples that came faster than they were fetched and were thrown away.
    public var lostSamples: UInt64 = 0
}

/// From the decision to the acceptance by one receiver (`netprobe_notification_latency_seconds`).
public struct NotificationLatency: Sendable, Equatable {
    public var series: AlertMetrics.Series
    /// `ReceiverSettings.name`.
    public var receiver: String
    public var latency: Duration
}

/// A change of an alert's state.
public struct AlertEvent: Sendable, Equatable {
    public enum Kind: String, Sendable, Equatable { case fired, resolved }

    public var kind: Kind
    public var at: WallTime
    public var identity: AlertIdentity
    public var severity: AlertSeverity
    public var labels: AlertLabels
    public var summary: String
}
