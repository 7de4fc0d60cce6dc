/// The alerts of contract §7, in its order: what `alerting.rules` may name.
public enum AlertNames {
    public static let all = [
        "CircuitLost", "RedundancyLost", "LinkDown", "FlowsLost", "FailedOver", "NotFailedOver", "FailoverTooSlow",
        "StuckOnBackup", "StandbyPathDown", "VPNTunnelDown", "GatewayUnreachable", "WorkloadDown", "PathUnknown",
        "PathFlapping", "PathDegraded", "PathDrained", "PathMTUReduced", "AsymmetricPath", "PathPinLost",
        "VantageIsolated", "Watchdog", "StorageUnreachable", "StorageFirewallDenied", "PrivateEndpointBypassed",
        "EndpointOutsideAllowList", "AllowListStale", "ProxyBypassPossible", "ProxyAuthRequired", "ProxyAuthRejected",
        "ProxyDown", "ProxyNotSticky", "ProxyConfigChanged", "TLSIntercepted", "CertificateExpiring",
        "SubnetActiveAtBothSites", "DNSNotUpdatedAfterFailover", "BackupNotReady", "DrillOverdue", "CaptureDropping",
        "StateNotPersisted", "Overloaded",
    ]
}
