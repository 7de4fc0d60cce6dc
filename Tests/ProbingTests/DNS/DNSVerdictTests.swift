import Model
import Testing
import Wire

@testable import Probing

@Suite("answers of name servers")
struct DNSVerdictTests {
    private func name(_ text: String) throws -> DNSName { try #require(DNSName(text)) }

    private func answer(_ code: DNSResponseCode = .noError, _ records: [DNSRecord] = []) -> DNSMessage {
        DNSMessage(id: 1, flags: .response, responseCode: code, answers: records)
    }

    @Test("a question is read from the target's path")
    func question() throws {
        let query = try DNSQuery(path: "/app.contoso.com?type=aaaa&transport=tcp")
        #expect(query.name.description == "app.contoso.com" && query.type == .aaaa && query.transport == .tcp)
        #expect(try DNSQuery(path: "/app.contoso.com").type == .a)
    }

    @Test(
        "what is no question is refused",
        arguments: ["", "/", "/a..b", "/a?type=BOGUS", "/a?transport=quic", "/a?x=1"]
    )
    func refused(path: String) {
        #expect(throws: TargetError.self) { try DNSQuery(path: path) }
    }

    @Test(
        "codes have their reasons",
        arguments: [
            (DNSResponseCode.nameError, Reason.dnsNXDomain), (.serverFailure, .dnsServFail), (.formatError, .dnsError),
        ]
    )
    func codes(code: DNSResponseCode, reason: Reason) throws {
        #expect(DNSVerdict(answer(code), to: DNSQuery(name: try name("a.test")), over: .udp).reason == reason)
    }

    @Test("no record of the type is no answer; a circle of aliases is an error")
    func noData() throws {
        let query = DNSQuery(name: try name("a.test"))
        #expect(DNSVerdict(answer(), to: query, over: .udp).reason == .dnsError)
        let loop = [
            DNSRecord(name: try name("a.test"), ttl: 1, data: .cname(try name("b.test"))),
            DNSRecord(name: try name("b.test"), ttl: 1, data: .cname(try name("a.test"))),
        ]
        #expect(DNSVerdict(answer(.noError, loop), to: query, over: .udp).reason == .dnsError)
    }

    @Test(
        "every value must be one that is expected",
        arguments: [
            (["10.1.0.4"], nil), (["10.1.0.4", "10.1.0.5"], nil), (["10.1.0.5"], Reason.expectMismatch), ([], nil),
        ] as [([String], Reason?)]
    )
    func expected(values: [String], reason: Reason?) throws {
        let records = [
            DNSRecord(name: try name("a.test"), ttl: 60, data: .cname(try name("b.test"))),
            DNSRecord(name: try name("B.test"), ttl: 30, data: .a(IPv4Address(10, 1, 0, 4))),
        ]
        let query = DNSQuery(name: try name("a.test"), expected: values)
        let verdict = DNSVerdict(answer(.noError, records), to: query, over: .udp)
        #expect(verdict.reason == reason)
        #expect(
            verdict.facts.answers.map(\.value) == ["b.test", "10.1.0.4"]
                && verdict.facts.answers.map(\.ttl) == [60, 30]
        )
    }
}
