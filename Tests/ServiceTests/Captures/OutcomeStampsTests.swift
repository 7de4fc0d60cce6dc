import Model
import Testing

@testable import Service

@Suite("stamps of the wire in outcomes")
struct OutcomeStampsTests {
    private let start = Sample.clock(0).monotonic

    private func outcome(
        _ result: Outcome.Result = .answered(roundTrip: .milliseconds(9), clock: .kernel),
        phases: [(PhaseName, Int)] = [(.connect, 9)],
        request: RequestFacts? = nil,
        ticket: UInt64? = 1
    ) -> Outcome {
        var detail = OutcomeDetail(
            phases: phases.map { .init(name: $0.0, duration: .milliseconds($0.1)) },
            request: request
        )
        detail.wireTicket = ticket
        return Outcome(
            probe: ProbeID(rawValue: 0),
            sequence: 0,
            sentAt: start,
            settledAt: start,
            result: result,
            detail: detail
        )
    }

    private func seen(_ change: (inout WireStamps) -> Void = { _ in }) -> WireStamps {
        var stamps = WireStamps()
        (stamps.sent, stamps.synchronizations, stamps.answered) = (1_000_000, 1, 3_000_000)
        change(&stamps)
        return stamps
    }

    private func phases(_ outcome: Outcome) -> [PhaseName: Duration] {
        Dictionary((outcome.detail?.phases ?? []).map { ($0.name, $0.duration) }) { first, _ in first }
    }

    @Test("a handshake has the time that the wire showed, and says so")
    func handshake() {
        let stamped = outcome().stamped(by: seen())
        #expect(stamped.result == .answered(roundTrip: .milliseconds(2), clock: .capture))
        #expect(phases(stamped) == [.connect: .milliseconds(2)])
    }

    @Test("a request keeps its whole time; its connect phase and the wait for the first byte are the wire's")
    func request() {
        let facts = RequestFacts(status: 200)
        let whole = outcome(
            .answered(roundTrip: .milliseconds(60), clock: .user),
            phases: [(.connect, 9), (.firstByte, 50)],
            request: facts
        )
        let stamped = whole.stamped(by: seen { ($0.asked, $0.firstByte) = (4_000_000, 46_000_000) })
        #expect(stamped.result == .answered(roundTrip: .milliseconds(60), clock: .capture))
        #expect(phases(stamped) == [.connect: .milliseconds(2), .firstByte: .milliseconds(42)])
    }

    @Test("of an encrypted request the wire does not show which byte is the answer")
    func encrypted() {
        let whole = outcome(
            phases: [(.connect, 9), (.firstByte, 50)],
            request: RequestFacts(status: 200, tls: TLSFacts(version: "TLSv1.3"))
        )
        let stamped = whole.stamped(by: seen { ($0.asked, $0.firstByte) = (4_000_000, 46_000_000) })
        #expect(phases(stamped) == [.connect: .milliseconds(2), .firstByte: .milliseconds(50)])
    }

    @Test("a SYN that was sent again is counted and gives no time")
    func repeated() {
        let stamped = outcome().stamped(by: seen { $0.synchronizations = 3 })
        #expect(stamped.result == .answered(roundTrip: .milliseconds(9), clock: .kernel))
        #expect(stamped.detail?.retransmissions == 2)
    }

    @Test("a failure stays one, with the wire's time of its handshake")
    func failure() {
        let refused = outcome(.failed(.refused)).stamped(by: seen { $0.isRefused = true })
        #expect(refused.result == .failed(.refused) && phases(refused) == [.connect: .milliseconds(2)])
    }

    @Test("outcomes wait until their packets can be there, in their order, and go on without them")
    func waiting() {
        var stamps = OutcomeStamps()
        stamps.hold(outcome(ticket: 1), at: start)
        stamps.hold(outcome(ticket: nil), at: start)
        stamps.hold(outcome(ticket: 2), at: start + .milliseconds(30))
        #expect(stamps.due(at: start + .milliseconds(20)) { _ in seen() }.isEmpty)
        let first = stamps.due(at: start + .milliseconds(40)) { $0 == 1 ? seen() : nil }
        #expect(first.map { $0.detail?.wireTicket } == [1, nil])
        #expect(first.map { $0.detail?.retransmissions } == [0, nil])
        let second = stamps.due(at: start + .milliseconds(70)) { _ in nil }
        #expect(second.map(\.result) == [.answered(roundTrip: .milliseconds(9), clock: .kernel)])
    }
}
