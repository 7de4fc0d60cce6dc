import Model
import TestSupport
import Testing
import Wire

@testable import Traceroute

@Suite("Limit of a target of UDP, told from loss by the routers before it")
struct TargetLimitTests {
    /// Routers and behind them a target of UDP that answers by errors.
    private func limit(
        distance: Int,
        count: Int = 10,
        lose: @escaping @Sendable (_ ttl: Int, _ round: Int) -> Bool
    ) -> TargetLimit {
        let network = SimulatedNetwork { ttl, round in
            guard !lose(min(ttl, distance), round) else { return nil }
            return ttl < distance
                ? SimulatedNetwork.Reply(from: "10.0.\(ttl).1", kind: .ttlExceeded)
                : SimulatedNetwork.Reply(from: "192.0.2.1", kind: .reply(.portUnreachable))
        }
        return TargetLimit(.init([Simulation(TracePlan(count: count, maxHops: 12), network).state]))
    }

    @Test("routers that answer on show that the target limits itself", arguments: [10, 20, 40])
    func shown(count: Int) {
        #expect(limit(distance: 7, count: count) { ttl, round in ttl == 7 && round > 5 && round % 10 > 0 } == .shown)
        // One on the way limits itself too.
        let both = limit(distance: 7, count: count) { ttl, round in [3, 7].contains(ttl) && round > 5 && round % 10 > 0
        }
        #expect(both == .shown)
    }

    @Test(
        "an outage that begins during the trace is loss: all behind its place fall silent",
        arguments: [(1, 10), (2, 10), (2, 20), (5, 10)]
    )
    func outage(last: Int, count: Int) {
        #expect(limit(distance: 7, count: count) { ttl, round in ttl > last && round > 4 } == .none)
    }

    @Test("random loss is no limit, however few the rounds are", arguments: [(5, 50), (10, 50), (5, 20)])
    func randomLoss(count: Int, loss: Int) {
        var wrong = 0
        for seed in 0..<200 {
            let found = limit(distance: 7, count: count) { ttl, round in
                var generator = SeededGenerator(seed: UInt64(seed * 10_007 + ttl * 101 + round))
                return ttl > 2 && Int.random(in: 0..<100, using: &generator) < loss
            }
            if found != .none { wrong += 1 }
        }
        #expect(wrong <= 10, "\(wrong)")
    }

    @Test("without a router to judge by, it may be the limit or loss")
    func possible() {
        #expect(limit(distance: 1) { _, round in round > 5 } == .possible)
        #expect(limit(distance: 3) { ttl, round in ttl < 3 || round > 5 } == .possible)
        #expect(limit(distance: 3) { _, round in round > 5 } == .possible)
    }

    @Test("a limit is refilled about once a second: a longer silence is loss")
    func longSilence() {
        #expect(limit(distance: 1, count: 40) { _, round in round > 5 } == .none)
    }

    @Test("what may be a limit is not said to be one")
    func sentence() {
        var judge = TraceJudge(
            target: ip("10.1.0.4"),
            hops: hops("10.1.0.4"),
            statistics: HopStatistics(sent: 10, roundTrips: Array(repeating: .milliseconds(1), count: 6)),
            distance: 1
        )
        judge.targetLimit = .possible
        #expect(judge.verdict.status == .reached)
        #expect(
            judge.verdict.evidence.first?.hasPrefix("4 of 10 probes were not answered: that may be its limit") == true
        )
        judge.targetLimit = .none
        #expect(judge.verdict.status == .degraded)
    }
}
