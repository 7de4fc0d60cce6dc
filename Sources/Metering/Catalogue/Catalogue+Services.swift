internal import Model

extension Catalogue {
    private static let way = ["account", "storage_service", "via"]

    public static let storageReachable = Family<Gauge>(
        "netprobe_storage_reachable",
        "1 when the storage service itself answered, whatever it said; absent until known.",
        labels: way
    )
    public static let storageAsExpected = Family<Gauge>(
        "netprobe_storage_as_expected",
        "1 when the verdict is what the configuration says it must be; absent until known.",
        labels: way
    )
    public static let storageVerdict = Family<StateSet>(
        "netprobe_storage_verdict",
        "What the last request proves of the way to the service: exactly one of the verdicts is 1; absent until known.",
        labels: way,
        stateLabel: "verdict",
        states: StorageVerdict.allCases.map(\.rawValue)
    )
    public static let storageClockSkew = Family<Gauge>(
        "netprobe_storage_clock_skew_seconds",
        "Clock of this host minus that of the service, by its Date field, to a second; more than 15 minutes break shared keys.",
        unit: "seconds",
        labels: way
    )

    static let storage: [MetricDefinition] = [
        storageReachable.definition, storageAsExpected.definition, storageVerdict.definition,
        storageClockSkew.definition,
    ]

    public static let proxyUp = Family<Gauge>(
        "netprobe_proxy_up",
        "1 when the last request reached the proxy, 0 when it did not; absent until known.",
        labels: ["proxy"]
    )
    public static let proxyResponses = Family<Counter>(
        "netprobe_proxy_responses_total",
        "Answers of the proxy itself by status; the 407s of a handshake are among them.",
        labels: ["proxy", "code"]
    )
    public static let proxyChallenges = Family<Counter>(
        "netprobe_proxy_auth_challenges_total",
        "Challenges in the first 407 of a request, by scheme.",
        labels: ["proxy", "scheme"]
    )
    public static let proxyAuthFailures = Family<Counter>(
        "netprobe_proxy_auth_failures_total",
        "Requests that ended with the proxy's 407: nothing to show, or what was shown was refused.",
        labels: ["proxy"]
    )
    public static let proxySuspended = Family<Gauge>(
        "netprobe_proxy_auth_suspended",
        "1 while credentials rest that were refused or had no answer, so that no account is locked.",
        labels: ["proxy"]
    )

    public static let proxyLogResponses = Family<Counter>(
        "netprobe_proxy_log_responses_total",
        "Lines of the proxy's access log, by status and result code of Squid.",
        labels: ["proxy", "status", "result"]
    )
    public static let proxyLogHandshakes = Family<Counter>(
        "netprobe_proxy_log_handshakes_total",
        "407s of the proxy's log after which the same client reached the same host: part of a handshake.",
        labels: ["proxy"]
    )
    public static let proxyLogFailures = Family<Counter>(
        "netprobe_proxy_log_auth_failures_total",
        "Attempts in the proxy's log that ended with 407, by client; 64 clients, the rest as other.",
        labels: ["proxy", "client"]
    )
    public static let proxyLogUnparsed = Family<Counter>(
        "netprobe_proxy_log_unparsed_lines_total",
        "Lines of the proxy's log that are not of Squid's native format.",
        labels: ["proxy"]
    )

    static let proxies: [MetricDefinition] = [
        proxyUp.definition, proxyResponses.definition, proxyChallenges.definition, proxyAuthFailures.definition,
        proxySuspended.definition, proxyLogResponses.definition, proxyLogHandshakes.definition,
        proxyLogFailures.definition, proxyLogUnparsed.definition,
    ]
}
