/// Every metric of netprobe, declared once (contract §6): what `/metrics` shows, what docs/metrics.md lists.
public enum Catalogue {
    /// In the order in which they are shown.
    public static let all: [MetricDefinition] =
        probes + paths + traces + links + gateways + captures + storage + endpoints + proxies + alerts + program
        + process

    /// Those whose series follow from the configuration, for `MetricStore.reload`.
    public static let configured: [MetricDefinition] =
        probes + paths + traces + links + gateways + captures + storage + endpoints + proxies

    static let link = ["link"]
    static let linkAndPath = ["link", "path"]
    static let probe = ["link", "path", "role", "target", "module"]
}
