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
        "1 when the verdict is what the configuration says it must be, and the name leads to the address that it expects; absent "
            + "until known.",
        labels: way
    )
    public static let storageVerdict = Family<StateSet>(
        "netprobe_storage_verdict",
        "What the last request proves of the way to the service: exactly one of the verdicts is 1; absent until known.",
        labels: way,
        stateLabel: "verdict",
        states: StorageVerdict.allCases.map(\.rawValue)
    )
    public static let storageResolution = Family<StateSet>(
        "netprobe_storage_resolution",
        "What the name server says of the service, the whole chain of names judged: exactly one is 1; absent until known.",
        labels: ["account", "storage_service"],
        stateLabel: "resolution",
        states: StorageResolution.allCases.map(\.rawValue)
    )
    public static let storageClockSkew = Family<Gauge>(
        "netprobe_storage_clock_skew_seconds",
        "Clock of this host minus that of the service, by its Date field, to a second; more than 15 minutes break shared keys.",
        unit: "seconds",
        labels: way
    )

    public static let allowListCovered = Family<Gauge>(
        "netprobe_allowlist_covered",
        "1 when the list of address ranges holds every public address of the service; absent until known.",
        labels: ["account", "storage_service"]
    )
    public static let allowListAge = Family<Gauge>(
        "netprobe_allowlist_age_seconds",
        "Age of that list, by the day in the name of its file.",
        unit: "seconds",
        labels: ["account", "storage_service"]
    )

    static let storage: [MetricDefinition] = [
        storageReachable.definition, storageAsExpected.definition, storageVerdict.definition,
        storageResolution.definition,
        storageClockSkew.definition, allowListCovered.definition, allowListAge.definition,
    ]

    private static let endpoint = ["use", "target", "via"]

    public static let endpointReachable = Family<Gauge>(
        "netprobe_endpoint_reachable",
        "1 when an endpoint of a profile answered, or a proxy opened the way to one that it must refuse; absent until known.",
        labels: endpoint
    )
    public static let endpointAsExpected = Family<Gauge>(
        "netprobe_endpoint_as_expected",
        "1 when that is as it must be; absent while nothing proves it.",
        labels: endpoint
    )
    public static let endpointVerdict = Family<StateSet>(
        "netprobe_endpoint_verdict",
        "What the last request proves of the way to the endpoint: exactly one of the verdicts is 1; absent until known.",
        labels: endpoint,
        stateLabel: "verdict",
        states: EndpointVerdict.allCases.map(\.rawValue)
    )
    public static let endpointAllowed = Family<Gauge>(
        "netprobe_endpoint_allowed",
        "1 when a pattern of the proxy's allow-list covers an endpoint that a profile needs.",
        labels: endpoint
    )

    static let endpoints: [MetricDefinition] = [
        endpointReachable.definition, endpointAsExpected.definition, endpointVerdict.definition,
        endpointAllowed.definition,
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

    public static let proxyEgress = Family<Gauge>(
        "netprobe_proxy_egress_addresses",
        "Addresses by which the requests of the last whole cycle left the proxy; more than one: it is not sticky.",
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
        proxySuspended.definition, proxyEgress.definition, proxyLogResponses.definition, proxyLogHandshakes.definition,
        proxyLogFailures.definition, proxyLogUnparsed.definition,
    ]
}
