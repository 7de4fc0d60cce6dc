public import Model

/// Says what the outcome of a request proves of one way to an endpoint. Pure.
public struct EndpointJudge: Sendable {
    public struct Judgement: Sendable, Equatable {
        public var verdict: EndpointVerdict
        public var evidence: String
    }

    /// - Returns: nil where this host itself spoiled the request.
    public static func judge(_ outcome: Outcome, use: EndpointUse) -> Judgement? {
        let facts = outcome.detail?.request
        let message = outcome.detail?.message
        switch outcome.result {
        case .invalid: return nil
        case .answered: return answered(nil, facts, use, message)
        case .failed(let reason):
            if !use.mustReach, let judgement = letThrough(facts) { return judgement }
            return answered(reason, facts, use, message)
        }
    }

    private static func answered(
        _ reason: Reason?,
        _ facts: RequestFacts?,
        _ use: EndpointUse,
        _ message: String?
    ) -> Judgement {
        let evidence = [reason.map { "\($0)" }, message].compactMap { $0 }.joined(separator: ": ")
        switch reason {
        case nil, .httpStatus, .httpBody:
            if !use.mustReach, let proxy = facts?.proxy, facts?.tls == nil, proxy.status == 403 {
                return Judgement(verdict: .denied, evidence: "the proxy answers with 403")
            }
            if let tls = facts?.tls, tls.isVerified, use.mustReach, !PublicAuthorities.issued(tls) {
                return Judgement(verdict: .tlsInspected, evidence: issuer(tls))
            }
            return Judgement(verdict: .reached, evidence: facts?.status.map { "status \($0)" } ?? "connected")
        case .proxyAuthRequired, .proxyAuthRejected:
            return Judgement(verdict: .proxyAuthRequired, evidence: evidence)
        case .proxyDenied:
            // A proxy that cannot reach the endpoint answers 5xx: it would have let us through.
            let isRefusal = facts?.proxy?.status.map { (400...499).contains($0) } ?? false
            return Judgement(verdict: isRefusal ? .denied : .unreachable, evidence: evidence)
        case .tlsUntrusted:
            return Judgement(verdict: .tlsInspected, evidence: facts?.tls.map(issuer) ?? evidence)
        case .tlsName, .intercepted:
            return Judgement(verdict: .intercepted, evidence: evidence)
        case .some:
            return Judgement(verdict: .unreachable, evidence: evidence)
        }
    }

    /// The proxy has opened a tunnel: what became of TLS in it does not matter for what must be refused.
    private static func letThrough(_ facts: RequestFacts?) -> Judgement? {
        guard let proxy = facts?.proxy, let status = proxy.status, (200...299).contains(status) else { return nil }
        return Judgement(verdict: .reached, evidence: "the proxy answers CONNECT with \(status)")
    }

    private static func issuer(_ tls: TLSFacts) -> String {
        "the certificate is issued by '\(tls.certificates.first?.issuer.prefix(128) ?? "nobody")'"
    }
}
