internal import Wire

/// What an answer says about the credentials that were shown for it. Pure.
enum ProxyWord: Equatable {
    case accepted, refused
    /// Only Digest knows it: the nonce was too old (RFC 7616 §3.3).
    case stale
    /// The handshake goes on: a token of Negotiate, or NTLM's second message from a proxy that has lost the first.
    case goesOn
    /// It is answered, and perhaps without a look at them: a rule may deny a name before it asks who wants it.
    case unclear

    /// - Parameters:
    ///   - tunnels: the answer is to CONNECT, so that it is the proxy's own.
    ///   - scheme: by which they were shown.
    init(status: Int, challenges: [AuthenticationChallenge], tunnels: Bool, scheme: AuthenticationScheme) {
        switch status {
        case 200...399 where !tunnels || status < 300: self = .accepted
        case 407 where challenges.contains { $0.scheme == scheme.rawValue && $0.token != nil }: self = .goesOn
        case 407 where scheme == .digest && Self.isStale(challenges): self = .stale
        case 407: self = .refused
        // To CONNECT only the proxy itself can answer, and some say 401 where they mean 407.
        case 401 where tunnels: self = .refused
        default: self = .unclear
        }
    }

    static func isStale(_ challenges: [AuthenticationChallenge]) -> Bool {
        challenges.contains { $0.scheme == "digest" && $0["stale"]?.lowercased() == "true" }
    }
}
