/// What is to be said of an endpoint that is asked by one way.
public enum EndpointVerdict: String, CaseIterable, Sendable {
    /// It answered, whatever it said; of what must be refused: the proxy opened the way to it.
    case reached
    /// The proxy refuses to go there.
    case denied
    /// The proxy wants to know who asks, or refuses what it was shown.
    case proxyAuthRequired = "proxy_auth_required"
    /// Its TLS is opened on the way.
    case tlsInspected = "tls_inspected"
    /// Somebody else answers in its place.
    case intercepted
    /// Neither it nor a refusal was heard.
    case unreachable
}

/// What an endpoint is asked for.
public enum EndpointUse: String, CaseIterable, Sendable {
    /// The proxy must refuse it.
    case mustDeny = "must_deny"
    case azureBackup = "azure-backup"
    case azureSiteRecovery = "azure-site-recovery"

    public var mustReach: Bool { self != .mustDeny }

    /// Who uses it can show credentials to a proxy. Site Recovery cannot.
    public var knowsAuthentication: Bool { self != .azureSiteRecovery }
}

/// One way to one endpoint.
public struct EndpointWay: Hashable, Sendable {
    public var use: EndpointUse
    /// Its URL as it may be shown.
    public var target: String
    /// `direct` or the name of a proxy.
    public var via: String

    public init(use: EndpointUse, target: String, via: String) {
        self.use = use
        self.target = target
        self.via = via
    }

    public var isDirect: Bool { via == StorageWay.direct }
}

/// The last word on a way to an endpoint, and since when it is not as it should be.
public struct EndpointStatus: Hashable, Sendable {
    public var way: EndpointWay
    public var verdict: EndpointVerdict
    public var evidence: String
    /// Cycles in a row that were not as expected.
    public var unexpected = 0
    /// Of the first of them.
    public var since: MonotonicTime

    public init(way: EndpointWay, verdict: EndpointVerdict, evidence: String, since: MonotonicTime) {
        self.way = way
        self.verdict = verdict
        self.evidence = evidence
        self.since = since
    }

    /// nil where it proves nothing: what must be refused was not, and was not let through either.
    public var isAsExpected: Bool? {
        if way.use.mustReach { return verdict == .reached }
        return switch verdict {
        case .reached, .tlsInspected: false
        case .denied, .proxyAuthRequired: true
        case .intercepted, .unreachable: nil
        }
    }
}
