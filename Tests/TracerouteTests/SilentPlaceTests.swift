import Model
import TestSupport
import Testing
import Wire

@testable import Traceroute

@Suite("Trace: a target that moves away behind a router that never answers")
struct SilentPlaceTests {
    /// Its way has a silent router more at `place` from the given round on.
    private static func longer(from first: Int, place: Int = 5, by hops: Int = 1) -> SimulatedNetwork {
        SimulatedNetwork { ttl, round in
            guard round >= first else { return SimulatedNetwork.line(distance: place).reply(ttl, round) }
            guard ttl < place || ttl >= place + hops else { return nil }
            return SimulatedNetwork.line(distance: place + hops).reply(ttl, round)
        }
    }

    @Test("it is found where it is now, in a trace that goes on for long enough", arguments: 1...3)
    func found(hops: Int) {
        let plan = TracePlan(count: 30)
        let simulation = Simulation(plan, Self.longer(from: 10, by: hops))
        #expect(simulation.state.distance == 5 + hops && simulation.state.distanceChanges == 1)
        let last = simulation.departures(ofRound: 29).map(\.ttl)
        #expect(last.max() == 5 + hops)
        // Until it is proven two rounds ask behind its place, after a wait and four silent ones.
        #expect(simulation.state.targetStatistics.received >= 10 + 30 - 10 - 12)
    }

    @Test("a target that is silent at its place, and behind it, is asked for there now and then only")
    func dead() {
        let network = SimulatedNetwork.line(distance: 5) { ttl, round in ttl >= 5 && round >= 10 }
        let simulation = Simulation(TracePlan(count: 30), network)
        let rounds = (10..<30).filter { round in simulation.departures(ofRound: round).contains { $0.ttl > 5 } }
        #expect((3...6).contains(rounds.count))
        for round in rounds {
            #expect(simulation.departures(ofRound: round).map(\.ttl) == [1, 2, 3, 4, 5, 6, 7, 8, 30])
        }
        #expect(simulation.state.distance == 5 && simulation.state.targetStatistics.received == 10)
        #expect(simulation.state.targetStatistics.sent == 30)
    }

    @Test("one that only loses much keeps its place, and its losses", arguments: 0..<40)
    func lossy(seed: Int) {
        let network = SimulatedNetwork { ttl, round in
            var generator = SeededGenerator(seed: UInt64(seed * 10_007 + round * 64 + ttl))
            guard ttl < 5 || Bool.random(using: &generator) else { return nil }
            return SimulatedNetwork.line(distance: 5).reply(ttl, round)
        }
        let state = Simulation(TracePlan(count: 40), network).state
        #expect(state.distance == 5)
        #expect(state.targetStatistics.sent == 40 && (8...32).contains(state.targetStatistics.received))
    }

    @Test("a further flow whose way is longer by a silent router is not called dead")
    func furtherFlow() {
        let plan = TracePlan(count: 14, maxHops: 12, flows: .fixed(2))
        var state = MultipathState(plan, start: Simulation.start)
        let result = Self.run(&state) { ttl, flow in
            guard flow == 1 else { return SimulatedNetwork.line(distance: 5).reply(ttl, 0) }
            return ttl == 5 ? nil : SimulatedNetwork.line(distance: 6).reply(ttl, 0)
        }
        #expect(result && state.flows[1].distance == 6 && state.flows[0].distance == 5)
        #expect(state.flows[1].targetStatistics.loss == 0 && state.flows[1].targetStatistics.received > 0)
    }

    @Test("a live view finds it in its third silent round, and knows it in the next", arguments: [0, 1])
    func watch(flow: Int) {
        var hints: [Int: TraceState.Hint] = [:]
        var distances: [Int?] = []
        var asked: [Int] = []
        for round in 0..<8 {
            let plan = TracePlan(count: 1, maxHops: 12, flows: .fixed(2))
            var state = MultipathState(
                plan,
                start: Simulation.start,
                names: [0, 1],
                hints: hints,
                limiter: ResponderLimiter(limit: 20)
            )
            _ = Self.run(&state) { ttl, number in
                let network = round < 2 || number != flow ? SimulatedNetwork.line(distance: 5) : Self.longer(from: 0)
                return network.reply(ttl, round)
            }
            distances.append(state.flows[flow].distance)
            asked.append(state.flows[flow].probes.map(\.ttl).max() ?? 0)
            hints = state.hints(after: hints)
        }
        #expect(distances == [5, 5, nil, nil, 6, 6, 6, 6])
        #expect(asked[1] == 5 && asked[3] == 5 && asked[4] == 12 && asked[5] == 6 && asked[7] == 6)
    }

    /// - Returns: whether it came to its end.
    private static func run(
        _ state: inout MultipathState,
        _ reply: (_ ttl: Int, _ flow: Int) -> SimulatedNetwork.Reply?
    ) -> Bool {
        var now = Simulation.start
        var queue: [(number: Int, at: MonotonicTime, answer: TraceAnswer)] = []
        while now < Simulation.start + .seconds(120) {
            while let next = queue.first, next.at <= now {
                state.receive(next.answer, for: next.number)
                queue.removeFirst()
            }
            switch state.next(at: now) {
            case .finished: return true
            case .send(let number, let flow, let ttl):
                guard let reply = reply(ttl, flow) else { continue }
                let at = now + reply.after
                queue.append((number, at, TraceAnswer(kind: reply.kind, responder: ip(reply.from), receivedAt: at)))
            case .wait(let until): now = min(until, queue.first?.at ?? until)
            }
        }
        return false
    }
}
