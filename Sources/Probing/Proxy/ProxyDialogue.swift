internal import Model
internal import Wire

/// What to do after each 407 of a proxy (RFC 9110 §15.5.8). Pure.
struct ProxyDialogue {
    enum Step: Equatable {
        /// Ask again with this scheme, over a new connection.
        case show(AuthenticationScheme)
        case fail(Reason, String)
    }

    /// Nil where there are none.
    let allowed: [AuthenticationScheme]?
    /// Schemes that could not be performed here, so that nothing was shown.
    private var failed: Set<AuthenticationScheme> = []
    /// Why, where that is known.
    private var causes: [AuthenticationScheme: String] = [:]
    /// The proxy has called a nonce stale, and another was tried.
    private(set) var wasStale = false

    init(allowed: [AuthenticationScheme]?) {
        self.allowed = allowed
    }

    /// The proxy asks who we are.
    /// - Parameters:
    ///   - scheme: that of the request; nil when it went without credentials.
    ///   - wasShown: the credentials themselves were in it.
    mutating func refused(
        _ challenges: [AuthenticationChallenge],
        scheme: AuthenticationScheme?,
        wasShown: Bool
    ) -> Step {
        if scheme != nil, wasShown { return judged(challenges, scheme) }
        guard !challenges.isEmpty else {
            return .fail(.proxyProtocol, "the proxy answers 407 without a Proxy-Authenticate field (RFC 9110 §15.5.8)")
        }
        let offered = Self.names(challenges)
        guard let allowed else {
            return .fail(.proxyAuthRequired, "the proxy wants authentication by \(offered), and none is configured")
        }
        if let scheme { failed.insert(scheme) }
        let next = allowed.first { candidate in
            !failed.contains(candidate) && challenges.contains { $0.scheme == candidate.rawValue }
        }
        if let next { return .show(next) }
        // Digest and NTLM need nothing of this host: what is missing is in the challenge, or the handshake began anew.
        let broken = failed.filter { $0 != .negotiate }
        guard broken.isEmpty else {
            let names = broken.map(\.rawValue).sorted().joined(separator: ", ")
            return .fail(
                .proxyProtocol,
                "the proxy does not go through with \(names): its challenge cannot be answered"
            )
        }
        guard failed.isEmpty else {
            return .fail(.proxyAuthRequired, "\(Self.cannotPerform(causes)), and the proxy offers \(offered)")
        }
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        return .fail(.proxyAuthRequired, "the proxy offers \(offered), the configuration allows \(names)")
    }

    static func cannotPerform(_ causes: [AuthenticationScheme: String]) -> String {
        let why = causes[.negotiate].map { " \($0)" } ?? ""
        return "negotiate cannot be performed on this host (is there a ticket?\(why))"
    }

    /// A scheme could not be performed here, and nothing was shown.
    mutating func noteFailed(_ scheme: AuthenticationScheme, _ why: String) {
        failed.insert(scheme)
        causes[scheme] = why
    }

    /// libcurl has tried another nonce already.
    mutating func noteStale() { wasStale = true }

    private mutating func judged(_ challenges: [AuthenticationChallenge], _ scheme: AuthenticationScheme?) -> Step {
        guard scheme == .digest, ProxyWord.isStale(challenges) else {
            return .fail(.proxyAuthRejected, "the proxy does not accept the credentials (\(scheme?.rawValue ?? ""))")
        }
        guard !wasStale else {
            return .fail(.proxyProtocol, "the proxy calls every nonce of its own stale")
        }
        wasStale = true
        return .show(.digest)
    }

    private static func names(_ challenges: [AuthenticationChallenge]) -> String {
        var names: [String] = []
        for challenge in challenges where !names.contains(challenge.scheme) { names.append(challenge.scheme) }
        return names.prefix(8).joined(separator: ", ")
    }
}
