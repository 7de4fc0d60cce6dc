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
        "1 while refused credentials rest, so that no account is locked.",
        labels: ["proxy"]
    )

    static let proxies: [MetricDefinition] = [
        proxyUp.definition, proxyResponses.definition, proxyChallenges.definition, proxyAuthFailures.definition,
        proxySuspended.definition,
    ]
}
