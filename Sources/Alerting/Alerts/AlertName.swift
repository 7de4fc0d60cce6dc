public import Model

/// The alerts that this program raises about links, paths and itself (contract §7).
public enum AlertName: String, CaseIterable, Sendable, Comparable {
    case circuitLost = "CircuitLost"
    case redundancyLost = "RedundancyLost"
    case linkDown = "LinkDown"
    case flowsLost = "FlowsLost"
    case failedOver = "FailedOver"
    case notFailedOver = "NotFailedOver"
    case failoverTooSlow = "FailoverTooSlow"
    case stuckOnBackup = "StuckOnBackup"
    case standbyPathDown = "StandbyPathDown"
    case vpnTunnelDown = "VPNTunnelDown"
    case gatewayUnreachable = "GatewayUnreachable"
    case workloadDown = "WorkloadDown"
    case pathUnknown = "PathUnknown"
    case pathFlapping = "PathFlapping"
    case pathDegraded = "PathDegraded"
    case pathDrained = "PathDrained"
    case pathMTUReduced = "PathMTUReduced"
    case asymmetricPath = "AsymmetricPath"
    case pathPinLost = "PathPinLost"
    case vantageIsolated = "VantageIsolated"
    case watchdog = "Watchdog"
    case storageUnreachable = "StorageUnreachable"
    case storageFirewallDenied = "StorageFirewallDenied"
    case privateEndpointBypassed = "PrivateEndpointBypassed"
    case endpointOutsideAllowList = "EndpointOutsideAllowList"
    case allowListStale = "AllowListStale"
    case proxyBypassPossible = "ProxyBypassPossible"
    case proxyAuthRequired = "ProxyAuthRequired"
    case proxyAuthRejected = "ProxyAuthRejected"
    case proxyDown = "ProxyDown"
    case proxyNotSticky = "ProxyNotSticky"
    case tlsIntercepted = "TLSIntercepted"
    case certificateExpiring = "CertificateExpiring"
    case backupNotReady = "BackupNotReady"
    case captureDropping = "CaptureDropping"
    case stateNotPersisted = "StateNotPersisted"
    case overloaded = "Overloaded"

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The alert speaks of netprobe itself, so that nothing that happens outside silences it.
    public var isAboutSelf: Bool {
        switch self {
        case .vantageIsolated, .watchdog, .captureDropping, .stateNotPersisted, .overloaded: true
        default: false
        }
    }
}

/// Severity and waiting time of an alert: the default, or what `alerting.rules` says.
public struct AlertRule: Hashable, Sendable {
    public var severity: AlertSeverity
    /// How long the condition must hold before the alert fires.
    public var duration: Duration

    public init(_ severity: AlertSeverity, for duration: Duration = .zero) {
        self.severity = severity
        self.duration = duration
    }
}

extension AlertName {
    /// The rule as shipped. `NotFailedOver` and `StuckOnBackup` wait for their link's own budgets instead
    /// unless `alerting.rules` names a time.
    public var defaultRule: AlertRule {
        switch self {
        case .circuitLost, .vantageIsolated, .notFailedOver: AlertRule(.critical)
        case .linkDown, .flowsLost: AlertRule(.critical, for: .seconds(5))
        case .gatewayUnreachable: AlertRule(.critical, for: .seconds(30))
        case .redundancyLost, .workloadDown: AlertRule(.warning, for: .seconds(30))
        case .failedOver: AlertRule(.warning, for: .seconds(5))
        case .failoverTooSlow, .stuckOnBackup, .captureDropping, .stateNotPersisted, .overloaded: AlertRule(.warning)
        case .storageUnreachable, .storageFirewallDenied, .privateEndpointBypassed, .proxyBypassPossible,
            .proxyAuthRequired, .proxyAuthRejected, .proxyDown, .tlsIntercepted, .endpointOutsideAllowList,
            .allowListStale, .proxyNotSticky, .certificateExpiring, .backupNotReady:
            AlertRule(.warning)
        case .pathUnknown: AlertRule(.warning, for: .seconds(300))
        case .standbyPathDown, .vpnTunnelDown, .pathFlapping, .pathDegraded, .pathMTUReduced, .asymmetricPath,
            .pathPinLost:
            AlertRule(.warning, for: .seconds(120))
        case .pathDrained: AlertRule(.info, for: .seconds(120))
        case .watchdog: AlertRule(.none)
        }
    }
}

extension AlertName {
    /// The section of the runbooks that tells what to do.
    public func runbook(base: String) -> String { base.isEmpty ? "" : "\(base)#\(rawValue.lowercased())" }
}
