import Model
import Planning
import Scheduling
import Testing
import Wire

@testable import Service

@Suite("what is known of endpoints")
struct EndpointLedgerTests {
    private func outcome(_ result: Outcome.Result, _ facts: RequestFacts = RequestFacts()) -> Outcome {
        let moment = Sample.clock(1).monotonic
        return Outcome(
            probe: ProbeID(rawValue: 0),
            sequence: 0,
            sentAt: moment,
            settledAt: moment,
            result: result,
            detail: OutcomeDetail(request: facts)
        )
    }

    private static let good = Outcome.Result.answered(roundTrip: .milliseconds(1), clock: .user)

    @Test("what was let through counts up, a refusal ends it, and silence changes nothing")
    func forbidden() {
        let way = EndpointWay(use: .mustDeny, target: "https://forbidden.test/", via: "corp")
        var ledger = EndpointLedger()
        ledger.configure([way])
        let through = outcome(Self.good, RequestFacts(status: 200, proxy: ProxyFacts(name: "corp", status: 200)))
        for _ in 0..<2 { _ = ledger.note(through, of: way) }
        #expect(ledger.note(outcome(.failed(.timeout)), of: way)?.unexpected == 2)
        #expect(ledger.note(through, of: way)?.unexpected == 3)
        let refused = outcome(.failed(.proxyDenied), RequestFacts(proxy: ProxyFacts(name: "corp", status: 403)))
        #expect(ledger.note(refused, of: way)?.unexpected == 0)
        #expect(ledger.note(outcome(.invalid(.overload)), of: way) == nil)
        ledger.configure([])
        #expect(ledger.statuses.isEmpty && ledger.note(through, of: way) == nil)
    }

    private func echo(_ text: String) -> Outcome {
        let response = HTTPResponse(status: 200, body: Array(text.utf8), receivedAt: Sample.clock(1).monotonic)
        return outcome(Self.good, RequestFacts(status: 200, response: response))
    }

    @Test("a proxy is sticky while a cycle has one address")
    func sticky() {
        var ledger = EgressLedger()
        ledger.configure(["corp": 3], at: Sample.clock(0).monotonic)
        func cycle(_ addresses: [String]) -> EgressStatus? {
            addresses.map { ledger.note(echo($0), through: "corp") }.last ?? nil
        }
        #expect(cycle(["203.0.113.1", "203.0.113.1", "203.0.113.1"])?.unexpected == 0)
        #expect(cycle(["203.0.113.1", "203.0.113.2", "203.0.113.1"])?.unexpected == 1)
        #expect(ledger.statuses.first?.addresses.map(\.description) == ["203.0.113.1", "203.0.113.2"])
        // An answer without an address is no part of a cycle.
        #expect(cycle(["203.0.113.2", "blocked", "203.0.113.2"]) == nil)
        #expect(cycle(["203.0.113.2"])?.unexpected == 0)
    }

    @Test("an address outside the list counts up, a private one is no matter of it")
    func allowList() throws {
        let tags = #"{"values": [{"name": "Storage", "properties": {"addressPrefixes": ["20.60.0.0/16"]}}]}"#
        let list = try AddressAllowList(name: "ServiceTags_Public_20261123.json", content: Array(tags.utf8))
        let way = StorageWay(account: "backup", service: "blob", via: "direct")
        var ledger = AllowListLedger()
        ledger.configure([.init(way: way, target: "https://b/", link: nil, list: list)], at: Sample.clock(0))
        func answer(_ address: String) -> AllowListStatus? {
            let record = DNSFacts.Record(name: "b", type: "A", ttl: 60, value: address)
            let facts = DNSFacts(responseCode: "NOERROR", transport: "udp", answers: [record])
            return ledger.note(facts, of: way, clock: Sample.clock(1))
        }
        #expect(answer("20.60.1.1")?.outside == [])
        #expect(answer("20.61.1.1")?.unexpected == 1)
        #expect(answer("20.61.1.2")?.unexpected == 2)
        #expect(answer("10.1.0.9")?.unexpected == 0)
    }

    @Test("a certificate is told of two weeks before its end, a short-lived one in its last quarter")
    func certificates() throws {
        func status(days: Int64, left: Int64) -> Bool {
            let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
            let end = now + .seconds(left * 86_400)
            return CertificateStatus(
                link: nil,
                target: "https://a/",
                via: nil,
                subject: "CN=a",
                notBefore: end + .seconds(-days * 86_400),
                notAfter: end
            ).isExpiring(at: now)
        }
        #expect(status(days: 365, left: 13) && !status(days: 365, left: 15) && status(days: 365, left: -1))
        #expect(!status(days: 20, left: 6) && status(days: 20, left: 4))
    }
}
