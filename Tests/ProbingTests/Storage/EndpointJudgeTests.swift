import Model
import Testing
import Wire

@testable import Probing

@Suite("what a request proves of an endpoint")
struct EndpointJudgeTests {
    private static let azure = TLSFacts(
        version: "TLSv1.3",
        isVerified: true,
        root: certificate("CN=DigiCert Global Root G2,OU=www.digicert.com,O=DigiCert Inc,C=US"),
        chainExpiry: nil
    )
    private static let inspected = TLSFacts(version: "TLSv1.3", isVerified: true, root: certificate("CN=corp firewall"))

    private static func certificate(_ subject: String) -> CertificateFacts {
        CertificateFacts(
            subject: subject,
            issuer: subject,
            notBefore: WallTime(nanoseconds: 0),
            notAfter: WallTime(nanoseconds: 1),
            fingerprint: ""
        )
    }

    private func outcome(_ reason: Reason?, status: Int? = nil, proxy: Int? = nil, tls: TLSFacts? = nil) -> Outcome {
        let moment = MonotonicTime(nanoseconds: 0)
        let facts = RequestFacts(status: status, proxy: proxy.map { ProxyFacts(name: "corp", status: $0) }, tls: tls)
        return Outcome(
            probe: ProbeID(rawValue: 0),
            sequence: 0,
            sentAt: moment,
            settledAt: moment,
            result: reason.map { .failed($0) } ?? .answered(roundTrip: .zero, clock: .user),
            detail: OutcomeDetail(request: facts)
        )
    }

    @Test("of what must be reached every answer counts, a refusal and a certificate of somebody else do not")
    func needed() {
        func verdict(_ outcome: Outcome) -> EndpointVerdict? {
            EndpointJudge.judge(outcome, use: .azureBackup)?.verdict
        }
        #expect(verdict(outcome(nil, status: 404, tls: Self.azure)) == .reached)
        #expect(verdict(outcome(nil, status: 200, tls: Self.inspected)) == .tlsInspected)
        #expect(verdict(outcome(.tlsUntrusted)) == .tlsInspected)
        #expect(verdict(outcome(.tlsName)) == .intercepted)
        #expect(verdict(outcome(.proxyDenied, proxy: 403)) == .denied)
        #expect(verdict(outcome(.proxyDenied, proxy: 503)) == .unreachable)
        #expect(verdict(outcome(.proxyAuthRequired, proxy: 407)) == .proxyAuthRequired)
        #expect(verdict(outcome(.timeout)) == .unreachable)
    }

    @Test("of what must be refused the opened tunnel is enough, and a proxy that fails proves nothing")
    func forbidden() {
        func verdict(_ outcome: Outcome) -> EndpointVerdict? { EndpointJudge.judge(outcome, use: .mustDeny)?.verdict }
        #expect(verdict(outcome(nil, status: 200, proxy: 200, tls: Self.inspected)) == .reached)
        #expect(verdict(outcome(.tlsUntrusted, proxy: 200)) == .reached)
        #expect(verdict(outcome(.timeout, proxy: 200)) == .reached)
        #expect(verdict(outcome(.proxyDenied, proxy: 403)) == .denied)
        #expect(verdict(outcome(nil, status: 403, proxy: 403)) == .denied)
        #expect(verdict(outcome(.proxyDenied, proxy: 503)) == .unreachable)
        #expect(verdict(outcome(.proxyAuthRejected, proxy: 407)) == .proxyAuthRequired)
        #expect(verdict(outcome(.proxyRefused)) == .unreachable)
    }
}

@Suite("what an echo says")
struct EgressEchoTests {
    @Test(
        "the first address of its text is ours",
        arguments: [
            ("203.0.113.7\n", "203.0.113.7"), (#"{"ip":"203.0.113.7","n":2}"#, "203.0.113.7"),
            ("Your address is 203.0.113.7.", "203.0.113.7"), ("2001:db8::7", "2001:db8::7"),
            (#"{"address":"2001:db8::7"}"#, "2001:db8::7"), ("<b>blocked</b> by face:bad", nil), ("", nil),
        ]
    )
    func address(text: String, address: String?) {
        #expect(EgressEcho.address(in: Array(text.utf8))?.description == address)
    }
}
