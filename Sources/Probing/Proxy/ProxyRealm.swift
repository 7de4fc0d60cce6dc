internal import Wire

/// How a proxy asks for credentials: what tells a 407 of its own from one that a service behind it sends. Pure.
///
/// On a request that a proxy forwards both come as the answer (RFC 9110 §15.5.8). One that asks by another scheme or for
/// another protection space (§11.5) than the proxy did when it saw no credentials is not the proxy's.
struct ProxyRealm: Hashable {
    var scheme: AuthenticationScheme
    /// NTLM and Negotiate have none.
    var realm: String?

    init(_ scheme: AuthenticationScheme, realm: String?) {
        self.scheme = scheme
        self.realm = realm
    }

    /// - Returns: nil when the scheme is not among the challenges.
    init?(_ scheme: AuthenticationScheme, in challenges: [AuthenticationChallenge]) {
        guard let challenge = challenges.first(where: { $0.scheme == scheme.rawValue }) else { return nil }
        self.init(scheme, realm: challenge.realm)
    }

    func asks(in challenges: [AuthenticationChallenge]) -> Bool {
        challenges.contains { $0.scheme == scheme.rawValue && ($0.realm == realm || $0.token != nil) }
    }
}
