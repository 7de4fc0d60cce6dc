public import Model

/// What one request to a storage endpoint proves: facts in, verdict out, by the table of Azure Storage's own error codes.
public struct StorageJudge: Sendable {
    public struct Judgement: Sendable, Equatable {
        public var verdict: StorageVerdict
        public var evidence: String
        /// Our clock minus the service's; nil where its answer has no date.
        public var clockSkew: Duration?
    }

    /// The configuration names the authorities itself, so that no public one is asked for.
    public var hasOwnAuthorities: Bool
    public var expectation: StorageExpectation

    public init(hasOwnAuthorities: Bool = false, expectation: StorageExpectation = StorageExpectation()) {
        self.hasOwnAuthorities = hasOwnAuthorities
        self.expectation = expectation
    }

    /// - Parameters:
    ///   - reason: why the request failed; nil when it had an answer.
    ///   - resolution: what the name server said; nil where nobody asked.
    ///   - clock: reads the moment of the answer as wall time.
    public func judge(
        reason: Reason?,
        facts: RequestFacts?,
        message: String?,
        resolution: StorageResolution? = nil,
        clock: ClockReading
    ) -> Judgement {
        if let judgement = withoutService(reason, facts, message, resolution) { return judgement }
        guard let response = facts?.response else {
            return Judgement(verdict: .unreachable, evidence: message ?? "no answer")
        }
        let identity = StorageIdentity(response)
        guard identity.isAzure else {
            let server = response["server"].map { ", server '\($0.prefix(64))'" } ?? ""
            let evidence = "status \(response.status)\(server): \(identity.missing)"
            return Judgement(verdict: .intercepted, evidence: "the answer is not that of Azure Storage: \(evidence)")
        }
        let code = identity.errorCode.map { " \($0)" } ?? ""
        var verdict = Self.verdict(status: response.status, code: identity.errorCode)
        var evidence = "status \(response.status)\(code), request \(identity.requestID ?? "")"
        if verdict == .reachable, let resolution {
            let isPrivateWanted = expectation.kind == .private
            switch resolution {
            case .public where isPrivateWanted, .bypassed where isPrivateWanted, .noRecord where isPrivateWanted:
                verdict = .publicResolution
                evidence = "the name resolves to a public address (\(resolution.rawValue)); \(evidence)"
            case .override:
                // A zone or hosts file of this site leads there, and the service proves itself all the same.
                evidence = "the name resolves to a private address without a privatelink name (override); \(evidence)"
            case .private where !isPrivateWanted:
                evidence = "the name resolves to a private endpoint; \(evidence)"
            case .public, .private, .bypassed, .noRecord: break
            }
        }
        return Judgement(
            verdict: verdict,
            evidence: evidence,
            clockSkew: identity.date.map { clock.wallTime(of: response.receivedAt) - $0 }
        )
    }

    /// What never came to the service: the proxy's word, the certificate, silence.
    private func withoutService(
        _ reason: Reason?,
        _ facts: RequestFacts?,
        _ message: String?,
        _ resolution: StorageResolution?
    ) -> Judgement? {
        switch reason {
        case .proxyAuthRequired, .proxyAuthRejected:
            return Judgement(verdict: .proxyAuthRequired, evidence: message ?? "the proxy wants to know who asks")
        case .tlsUntrusted:
            return Judgement(verdict: .tlsInspected, evidence: "the certificate is issued by \(Self.issuer(facts))")
        case .tlsName, .intercepted:
            return Judgement(verdict: .intercepted, evidence: message ?? "the certificate is for another name")
        case nil, .httpStatus, .httpBody:
            guard !hasOwnAuthorities, let tls = facts?.tls, tls.isVerified, !PublicAuthorities.issued(tls) else {
                return nil
            }
            return Judgement(verdict: .tlsInspected, evidence: "the certificate is issued by \(Self.issuer(facts))")
        case .some(let reason):
            let isKnownPrivate = expectation.kind == .private && resolution == .bypassed
            let hint = isKnownPrivate ? "; the name resolves past its private endpoint" : ""
            return Judgement(verdict: .unreachable, evidence: "\(reason)\(message.map { ": \($0)" } ?? "")\(hint)")
        }
    }

    private static func issuer(_ facts: RequestFacts?) -> String {
        "'\(facts?.tls?.certificates.first?.issuer.prefix(128) ?? "nobody")'"
    }

    /// Azure Storage's status and error codes; every other answer of the service says that it is reached.
    static func verdict(status: Int, code: String?) -> StorageVerdict {
        switch (status, code) {
        case (403, "AuthorizationFailure"): .firewallDenied
        case (500, _), (503, _), (429, _): .throttled
        default: .reachable
        }
    }
}
