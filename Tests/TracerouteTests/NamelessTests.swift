import Model
import Testing
import Traceroute
import Wire

/// A target that answers, and does not say which probe.
@Suite("nameless answers of a target")
struct NamelessTests {
    private func run(
        count: Int = 5,
        distance: Int = 6,
        delay: Duration = .milliseconds(40),
        lose: @escaping @Sendable (_ ttl: Int, _ round: Int) -> Bool = { _, _ in false }
    ) -> TraceState {
        let network = SimulatedNetwork.line(distance: distance, delay: delay, lose: lose)
        return Simulation(TracePlan(count: count, maxHops: 30), network, isNameless: true).state
    }

    @Test(
        "its distance is found, and each answer that one probe alone can have caused has its time",
        arguments: [1, 40]
    )
    func line(delay: Int) {
        let state = run(delay: .milliseconds(delay))
        #expect(state.distance == 6 && state.hops.count == 6)
        #expect(state.targetStatistics.sent == 5 && state.targetStatistics.received == 5)
        #expect(
            state.targetStatistics.best == .milliseconds(delay) && state.targetStatistics.worst == .milliseconds(delay)
        )
    }

    @Test("one round is enough to say that it answers, without a time where it was asked several times at once")
    func oneRound() {
        let state = run(count: 1)
        #expect(state.distance == 6)
        #expect(state.targetStatistics.received == 1 && state.targetStatistics.best == nil)
    }

    @Test("behind a router that hides it has no time, and is still where it is")
    func hiddenRouter() {
        let state = run { ttl, _ in ttl == 5 }
        #expect(state.distance == 6)
        #expect(state.targetStatistics.received == 5)
        #expect(state.targetStatistics.best == nil || state.targetStatistics.best == .milliseconds(40))
        #expect(state.hops[4].responders.isEmpty)
    }

    @Test("what is lost is lost: the answers are counted, none is invented")
    func loss() {
        let state = run(count: 10) { ttl, round in ttl >= 6 && round % 3 == 1 }
        #expect(state.distance == 6)
        #expect(state.targetStatistics.sent == 10 && state.targetStatistics.received == 7)
        #expect(state.targetStatistics.best.map { $0 == .milliseconds(40) } ?? true)
    }

    @Test("answers that nobody asked for are none")
    func unasked() {
        var state = TraceState(TracePlan(), start: Simulation.start)
        for _ in 0..<1_000 {
            state.receiveNameless(
                TraceAnswer(kind: .reply(.acknowledgement), responder: ip("192.0.2.1"), receivedAt: Simulation.start)
            )
        }
        #expect(state.distance == nil && state.hops.isEmpty)
    }
}
