internal import Wire

/// What an answer says about the credentials that were shown for it. Pure.
enum ProxyWord: Equatable {
    case accepted, refused
    /// Only Digest knows it: the nonce was too old (RFC 7616 §3.3).
    case stale
    /// The handshake goes on: a token of Negotiate, or NTLM's second message from a proxy that has lost the first.
    case goesOn
    /// It is answered, and perhaps without a look at them: a rule may deny a name before it asks who wants it. Or that is how
    /// this proxy refuses them (RFC 9110 §15.5.4 allows 403).
    case unclear

    /// What tells whose the answer to a forwarded request is.
    struct Hints {
        /// How the proxy asked for them.
        var realm: ProxyRealm?
        /// The challenges of `WWW-Authenticate`.
        var wanted: [AuthenticationChallenge] = []
        /// Its `Location` is at the host that was asked: a proxy that wants a login leads to another.
        var staysAtHost = false
        /// The status is the one that the service is to answer with.
        var isExpected = false
    }

    /// - Parameters:
    ///   - challenges: of `Proxy-Authenticate`.
    ///   - tunnels: the answer is to CONNECT, so that it is the proxy's own.
    ///   - scheme: by which they were shown.
    init(
        status: Int,
        challenges: [AuthenticationChallenge],
        tunnels: Bool,
        scheme: AuthenticationScheme,
        hints: Hints = Hints()
    ) {
        switch status {
        case 200...299: self = .accepted
        case 407 where challenges.contains { $0.scheme == scheme.rawValue && $0.token != nil }: self = .goesOn
        case 407 where scheme == .digest && Self.isStale(challenges): self = .stale
        case 407: self = .refused
        // Some say 401 where they mean 407; a service has no reason to ask for a proxy's credentials, nor by its realm.
        case 401 where tunnels || !challenges.isEmpty: self = .refused
        case 401 where hints.realm?.asks(in: hints.wanted) == true: self = .refused
        case _ where tunnels: self = .unclear
        case 300...399 where hints.staysAtHost: self = .accepted
        // They speak of a resource (RFC 9110 §15.5.5, §15.5.6, §15.5.11), which only the service has.
        case 404, 405, 410: self = .accepted
        case _ where hints.isExpected: self = .accepted
        default: self = .unclear
        }
    }

    static func isStale(_ challenges: [AuthenticationChallenge]) -> Bool {
        challenges.contains { $0.scheme == "digest" && $0["stale"]?.lowercased() == "true" }
    }
}
