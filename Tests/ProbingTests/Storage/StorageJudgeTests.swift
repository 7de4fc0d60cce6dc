import Model
import Testing
import Wire

@testable import Probing

/// The table of Azure Storage's unauthenticated answers, and those who pretend to be it.
@Suite("the verdict on storage")
struct StorageJudgeTests {
    private static let request = "60bd0725-701e-00b0-5162-d31413000000"
    private let clock = ClockReading(
        monotonic: MonotonicTime(nanoseconds: 0),
        wall: WallTime(nanoseconds: 784_111_777_000_000_000)
    )

    private func azure(_ status: Int, _ code: String, server: String = "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0")
        -> HTTPResponse
    {
        HTTPResponse(
            status: status,
            fields: [
                .init("x-ms-request-id", Self.request), .init("x-ms-error-code", code), .init("Server", server),
                .init("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ],
            body: Array("<?xml?><Error><Code>\(code)</Code><Message>RequestId:\(Self.request)</Message></Error>".utf8),
            receivedAt: MonotonicTime(nanoseconds: 0)
        )
    }

    private static let digicert = TLSFacts(
        isVerified: true,
        root: certificate("CN=DigiCert Global Root G2,O=DigiCert Inc")
    )

    private static func certificate(_ name: String) -> CertificateFacts {
        let time = WallTime(nanoseconds: 0)
        return CertificateFacts(subject: name, issuer: name, notBefore: time, notAfter: time, fingerprint: "")
    }

    private func verdict(
        _ response: HTTPResponse? = nil,
        reason: Reason? = nil,
        tls: TLSFacts? = digicert,
        expect: StorageExpectation.Kind = .public,
        resolution: StorageResolution? = nil
    ) -> StorageVerdict {
        let judge = StorageJudge(expectation: StorageExpectation(kind: expect))
        let facts = RequestFacts(status: response?.status, tls: tls, response: response)
        return judge.judge(reason: reason, facts: facts, message: nil, resolution: resolution, clock: clock).verdict
    }

    @Test(
        "follows status and error code",
        arguments: [
            (401, "NoAuthenticationInformation", .reachable), (404, "ResourceNotFound", .reachable),
            (409, "PublicAccessNotPermitted", .reachable), (400, "InvalidQueryParameterValue", .reachable),
            (403, "AuthorizationFailure", .firewallDenied), (403, "AuthenticationFailed", .reachable),
            (403, "AccountIsDisabled", .reachable), (503, "ServerBusy", .throttled), (500, "InternalError", .throttled),
        ] as [(Int, String, StorageVerdict)]
    )
    func table(status: Int, code: String, expected: StorageVerdict) {
        #expect(verdict(azure(status, code)) == expected)
    }

    @Test(
        "impostors are not Azure Storage, whatever their status",
        arguments: [
            HTTPResponse(status: 200, fields: [.init("Server", "nginx")], receivedAt: .init(nanoseconds: 0)),
            HTTPResponse(
                status: 403,
                fields: [.init("Server", "Microsoft-HTTPAPI/2.0")],
                receivedAt: .init(nanoseconds: 0)
            ),
            HTTPResponse(
                status: 403,
                fields: [.init("x-ms-request-id", "not-a-guid"), .init("Server", "Microsoft-HTTPAPI/2.0")],
                receivedAt: .init(nanoseconds: 0)
            ),
            HTTPResponse(
                status: 401,
                fields: [.init("x-ms-request-id", request), .init("Server", "squid")],
                body: Array("<Error><Code>Blocked</Code></Error>".utf8),
                receivedAt: .init(nanoseconds: 0)
            ),
        ]
    )
    func impostors(response: HTTPResponse) {
        #expect(verdict(response) == .intercepted)
    }

    @Test("a server that cannot be told is proven by its body, or by the version it echoes")
    func otherProofs() {
        #expect(verdict(azure(401, "NoAuthenticationInformation", server: "x")) == .reachable)
        var bare = azure(401, "NoAuthenticationInformation", server: "x")
        bare.body = []
        #expect(verdict(bare) == .intercepted)
        bare.fields.append(.init("x-ms-version", "2021-08-06"))
        #expect(verdict(bare) == .reachable)
    }

    @Test("TLS by somebody else is inspection, also where this host trusts him")
    func inspection() {
        #expect(verdict(reason: .tlsUntrusted) == .tlsInspected)
        let corporate = TLSFacts(isVerified: true, root: Self.certificate("CN=Corporate Proxy Root"))
        #expect(verdict(azure(401, "NoAuthenticationInformation"), tls: corporate) == .tlsInspected)
        let judge = StorageJudge(hasOwnAuthorities: true)
        let facts = RequestFacts(tls: corporate, response: azure(401, "NoAuthenticationInformation"))
        #expect(judge.judge(reason: nil, facts: facts, message: nil, clock: clock).verdict == .reachable)
        #expect(verdict(reason: .tlsName) == .intercepted)
    }

    @Test("what never came there is told apart")
    func failures() {
        for reason in [Reason.timeout, .refused, .reset, .dnsNXDomain, .proxyDenied, .proxyRefused, .tlsHandshake] {
            #expect(verdict(reason: reason) == .unreachable, "\(reason)")
        }
        #expect(verdict(reason: .proxyAuthRequired) == .proxyAuthRequired)
        #expect(verdict(reason: .proxyAuthRejected) == .proxyAuthRequired)
    }

    @Test("a private endpoint that is passed by is told only where one is expected")
    func resolution() {
        let answer = azure(401, "NoAuthenticationInformation")
        #expect(verdict(answer, expect: .private, resolution: .bypassed) == .publicResolution)
        #expect(verdict(answer, expect: .private, resolution: .public) == .publicResolution)
        #expect(verdict(answer, expect: .private, resolution: .private) == .reachable)
        #expect(verdict(answer, expect: .private) == .reachable)
        #expect(verdict(answer, expect: .public, resolution: .bypassed) == .reachable)
    }

    @Test("a private address by a zone of this site is no public one, and the evidence tells of it")
    func override() {
        let answer = azure(401, "NoAuthenticationInformation")
        for kind in [StorageExpectation.Kind.private, .public] {
            let judgement = StorageJudge(expectation: StorageExpectation(kind: kind)).judge(
                reason: nil,
                facts: RequestFacts(tls: Self.digicert, response: answer),
                message: nil,
                resolution: .override,
                clock: clock
            )
            #expect(judgement.verdict == .reachable)
            #expect(judgement.evidence.contains("private address") && judgement.evidence.contains("override"))
        }
    }

    @Test("the clock's skew comes from the Date field")
    func skew() {
        let facts = RequestFacts(tls: Self.digicert, response: azure(401, "NoAuthenticationInformation"))
        let late = ClockReading(monotonic: clock.monotonic, wall: clock.wall + .seconds(1000))
        let judgement = StorageJudge().judge(reason: nil, facts: facts, message: nil, clock: late)
        #expect(judgement.clockSkew == .seconds(1000))
    }

    @Test(
        "names",
        arguments: [
            (["a.blob.core.windows.net"], ["20.60.1.1"], .public),
            (["a.privatelink.blob.core.windows.net"], ["10.1.0.9"], .private),
            (["a.privatelink.blob.core.windows.net", "blob.sn1.store.core.windows.net"], ["20.60.1.1"], .bypassed),
            (["a.privatelink.blob.core.windows.net"], [], .noRecord), ([], ["10.1.0.9"], .override),
            ([], ["100.64.0.1"], .override),
        ] as [([String], [String], StorageResolution)]
    )
    func names(aliases: [String], addresses: [String], expected: StorageResolution) {
        #expect(StorageResolution(aliases: aliases, addresses: addresses.compactMap { IPAddress($0) }) == expected)
    }

    @Test(
        "dates of HTTP",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Sat, 29 Feb 2020 12:00:00 GMT", 1_582_977_600), ("06 Nov 1994 08:49:37 GMT", nil),
            ("Sun, 41 Nov 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 9999999999999999999 08:49:37 GMT", nil), ("", nil),
        ] as [(String, Int64?)]
    )
    func dates(text: String, seconds: Int64?) {
        #expect(HTTPDate.parse(text)?.nanoseconds == seconds.map { $0 * 1_000_000_000 })
    }
}
