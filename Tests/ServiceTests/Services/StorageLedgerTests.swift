import Model
import Testing
import Wire

@testable import Service

@Suite("what the name of a storage account leads to")
struct StorageLedgerTests {
    private static let direct = StorageWay(account: "backup", service: "blob", via: StorageWay.direct)
    private static let proxied = StorageWay(account: "backup", service: "blob", via: "corp")

    private func ledger(_ kind: StorageExpectation.Kind) -> StorageLedger {
        var ledger = StorageLedger()
        ledger.configure(
            [Self.direct, Self.proxied].map { way in
                StorageLedger.Entry(
                    way: way,
                    target: Target(scheme: .https, host: "backup.blob.core.windows.net", port: 443),
                    link: nil,
                    expectation: StorageExpectation(kind: kind),
                    hasOwnAuthorities: true
                )
            }
        )
        return ledger
    }

    private func answer(_ alias: String?, _ address: String) -> DNSFacts {
        let name = "backup.blob.core.windows.net"
        let chain = alias.map { [DNSFacts.Record(name: name, type: "CNAME", ttl: 60, value: $0)] } ?? []
        let end = DNSFacts.Record(name: alias ?? name, type: "A", ttl: 60, value: address)
        return DNSFacts(responseCode: "NOERROR", transport: "udp", answers: chain + [end])
    }

    /// Azure Storage's answer to who does not say who he is.
    private var reached: Outcome {
        let request = "60bd0725-701e-00b0-5162-d31413000000"
        let response = HTTPResponse(
            status: 401,
            fields: [.init("x-ms-request-id", request), .init("x-ms-version", "2021-08-06")],
            receivedAt: MonotonicTime(nanoseconds: 0)
        )
        return Outcome(
            probe: ProbeID(rawValue: 0),
            sequence: 0,
            sentAt: MonotonicTime(nanoseconds: 0),
            settledAt: MonotonicTime(nanoseconds: 1000),
            result: .answered(roundTrip: .microseconds(1), clock: .user),
            detail: OutcomeDetail(request: RequestFacts(status: 401, response: response))
        )
    }

    @Test(
        "an address that is not of the kind that is expected is not as expected, for the direct way alone",
        arguments: [
            ("backup.privatelink.blob.core.windows.net", "10.1.0.9", .private, [.private]),
            (nil, "10.1.0.9", .override, [.private]), (nil, "20.60.1.1", .public, [.public]),
            ("backup.privatelink.blob.core.windows.net", "20.60.1.1", .bypassed, [.public]),
        ] as [(String?, String, StorageResolution, [StorageExpectation.Kind])]
    )
    func addresses(
        alias: String?,
        address: String,
        resolution: StorageResolution,
        expected: [StorageExpectation.Kind]
    ) {
        for kind in [StorageExpectation.Kind.public, .private] {
            var ledger = ledger(kind)
            #expect(ledger.note(answer(alias, address), of: Self.direct) == resolution)
            for _ in 0..<3 {
                ledger.note(reached, of: Self.direct, clock: Sample.clock(0))
                ledger.note(reached, of: Self.proxied, clock: Sample.clock(0))
            }
            let isExpected = expected.contains(kind)
            #expect(ledger.statuses.first { $0.way == Self.direct }?.isAsExpected == isExpected, "\(kind)")
            #expect(ledger.statuses.first { $0.way == Self.direct }?.unexpected == (isExpected ? 0 : 3), "\(kind)")
            #expect(ledger.statuses.first { $0.way == Self.proxied }?.isAsExpected == true, "\(kind)")
        }
    }

    @Test("a name server that says nothing leaves what is known")
    func silence() {
        var ledger = ledger(.public)
        #expect(ledger.note(nil, of: Self.direct) == nil)
        ledger.note(reached, of: Self.direct, clock: Sample.clock(0))
        #expect(ledger.statuses.first?.isAsExpected == true && ledger.statuses.first?.resolution == nil)
    }
}
