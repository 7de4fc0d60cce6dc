/// How urgent an alert is (contract §7); `none` is the watchdog's alone.
public enum AlertSeverity: String, CaseIterable, Sendable {
    case critical, warning, info, none
}

/// Who has to act (contract §7, annotation `owner`).
public enum AlertOwner: String, CaseIterable, Sendable {
    case customer, provider, microsoft
}
