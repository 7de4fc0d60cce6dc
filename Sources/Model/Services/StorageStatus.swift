/// What is to be said of a storage account's service (contract §8).
public enum StorageVerdict: String, CaseIterable, Sendable {
    case reachable
    case firewallDenied = "firewall_denied"
    case throttled, intercepted
    case tlsInspected = "tls_inspected"
    case proxyAuthRequired = "proxy_auth_required"
    case publicResolution = "public_resolution"
    case unreachable
}

/// One way to one service of a storage account.
public struct StorageWay: Hashable, Sendable {
    /// The way without a proxy.
    public static let direct = "direct"

    public var account: String
    /// `blob`, `queue`.
    public var service: String
    /// `direct` or the name of a proxy.
    public var via: String

    public init(account: String, service: String, via: String) {
        self.account = account
        self.service = service
        self.via = via
    }

    public var isDirect: Bool { via == Self.direct }
}

/// What the configuration says must come of a way.
public struct StorageExpectation: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        case `public`, `private`
        case firewallDenied = "firewall_denied"
    }

    public var kind: Kind
    /// False: this way must not exist.
    public var mustReach: Bool

    public init(kind: Kind = .public, mustReach: Bool = true) {
        self.kind = kind
        self.mustReach = mustReach
    }

    /// Whether a verdict is as it should be.
    /// - Parameter resolution: what the name server says; nil where nobody asked, or a proxy does.
    public func isMet(by verdict: StorageVerdict, _ resolution: StorageResolution? = nil) -> Bool {
        guard mustReach else { return verdict == .unreachable || verdict == .proxyAuthRequired }
        // Reached by a private address proves nothing of the public way.
        if kind == .public, resolution == .private || resolution == .override { return false }
        return verdict == (kind == .firewallDenied ? .firewallDenied : .reachable)
    }
}

/// The last word on a way, and since when it is not as it should be.
public struct StorageStatus: Hashable, Sendable {
    public var way: StorageWay
    /// The URL that was asked.
    public var target: String
    public var link: String?
    public var expectation: StorageExpectation
    public var verdict: StorageVerdict
    /// What the name server says; nil where nobody asked, or a proxy does.
    public var resolution: StorageResolution?
    public var evidence: String
    /// Cycles in a row that were not as expected.
    public var unexpected = 0
    /// Of the first of them.
    public var since: MonotonicTime

    public init(
        way: StorageWay,
        target: String,
        link: String?,
        expectation: StorageExpectation,
        verdict: StorageVerdict,
        resolution: StorageResolution? = nil,
        evidence: String,
        since: MonotonicTime
    ) {
        self.way = way
        self.target = target
        self.link = link
        self.expectation = expectation
        self.verdict = verdict
        self.resolution = resolution
        self.evidence = evidence
        self.since = since
    }

    public var isAsExpected: Bool { expectation.isMet(by: verdict, resolution) }
}
