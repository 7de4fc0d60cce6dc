import Model
import TestSupport
import Testing
import Wire

@testable import Traceroute

@Suite("Trace: a target that moves away behind a router that never answers")
struct SilentPlaceTests {
    /// Its way has a silent router more at `place` from the given round on.
    private static func longer(from first: Int, by hops: Int = 1, delay: Int = 1) -> SimulatedNetwork {
        let place = 5
        return SimulatedNetwork { ttl, round in
            let distance = round < first ? place : place + hops
            guard round < first || ttl < place || ttl >= distance else { return nil }
            return SimulatedNetwork.line(distance: distance, delay: .milliseconds(delay)).reply(ttl, round)
        }
    }

    @Test("it is found where it is now, in a trace that goes on for long enough", arguments: 1...3, [1, 150, 250])
    func found(hops: Int, delay: Int) {
        let plan = TracePlan(count: 60)
        let simulation = Simulation(plan, Self.longer(from: 10, by: hops, delay: delay))
        #expect(simulation.state.distance == 5 + hops && simulation.state.distanceChanges == 1)
        let last = simulation.departures(ofRound: 59).map(\.ttl)
        #expect(last.max() == 5 + hops)
        // Until it is proven two rounds ask behind its place, after a wait and four silent ones.
        #expect(simulation.state.targetStatistics.received >= 60 - (delay == 1 ? 12 : 30))
    }

    @Test("looks are within the limit of packets to one responder", arguments: [10, 20, 50, 100])
    func limit(interval: Int) {
        let network = SimulatedNetwork.line(distance: 5) { ttl, round in ttl >= 5 && round >= 5 }
        let plan = TracePlan(count: 100, interval: .milliseconds(interval))
        let simulation = Simulation(plan, network)
        let times = simulation.departures.filter { $0.round > 0 && $0.ttl >= 5 }.map(\.at)
        for (early, late) in zip(times, times.dropFirst(20)) { #expect(late - early >= .seconds(1)) }
        #expect(simulation.departures.contains { $0.ttl > 5 && $0.round > 5 })
    }

    @Test("a target that is silent at its place, and behind it, is asked for there now and then only")
    func dead() {
        let network = SimulatedNetwork.line(distance: 5) { ttl, round in ttl >= 5 && round >= 10 }
        let simulation = Simulation(TracePlan(count: 30), network)
        let rounds = (10..<30).filter { round in simulation.departures(ofRound: round).contains { $0.ttl > 5 } }
        #expect((3...6).contains(rounds.count))
        for round in rounds {
            #expect(simulation.departures(ofRound: round).map(\.ttl) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 30])
        }
        #expect(simulation.state.distance == 5 && simulation.state.targetStatistics.received == 10)
        #expect(simulation.state.targetStatistics.sent == 30)
    }

    @Test("one that loses or limits its answers keeps its place, and its losses", arguments: [1, 2, 5, 9])
    func lossy(answersOneOf share: Int) {
        var (moved, wrong) = (0, 0)
        for seed in 0..<100 {
            let network = SimulatedNetwork { ttl, round in
                var generator = SeededGenerator(seed: UInt64(seed * 10_007 + round * 64 + ttl))
                guard ttl < 5 || round < 3 || Int.random(in: 0...share, using: &generator) == 0 else { return nil }
                return SimulatedNetwork.line(distance: 5).reply(ttl, round)
            }
            let state = Simulation(TracePlan(count: 40), network).state
            if state.distance != 5 { wrong += 1 }
            if state.distanceChanges > 0 { moved += 1 }
            #expect(state.targetStatistics.sent <= 40)
        }
        #expect(wrong == 0 && moved <= 1, "\(wrong) \(moved)")
    }

    @Test("probes to the place where it was are not counted, for they ended at the router that never answers")
    func undecided() {
        let state = Simulation(TracePlan(count: 60), Self.longer(from: 10)).state
        #expect(state.undecided > 3 && state.targetStatistics.loss == 0)
        #expect(state.targetStatistics.sent + state.undecided <= 60)
    }

    @Test(
        "one that answers by errors, one a second, is found as well, when it has had the time to save some",
        arguments: 1...3
    )
    func movedByErrors(hops: Int) {
        let network = SimulatedNetwork { ttl, round in
            let distance = round < 10 ? 5 : 5 + hops
            guard ttl < 5 || ttl >= distance else { return nil }
            guard ttl >= distance else { return SimulatedNetwork.line(distance: 5).reply(ttl, round) }
            return .init(from: "192.0.2.1", kind: .reply(.portUnreachable))
        }
        let state = Simulation(TracePlan(count: 100), network).state
        #expect(state.distance == 5 + hops && state.targetStatistics.loss == 0 && state.undecided > 30)
    }

    @Test("one that may send one error a second is not looked for behind its place")
    func limited() {
        var state = TraceState(TracePlan(count: 60), start: Simulation.start)
        var (now, allowed) = (Simulation.start, Simulation.start)
        while now < Simulation.start + .seconds(120) {
            switch state.next(at: now) {
            case .finished: now = Simulation.start + .seconds(120)
            case .send(let number, let ttl):
                if ttl >= 5, now < allowed { continue }
                if ttl >= 5 { allowed = now + .seconds(1) }
                let kind = ttl < 5 ? TraceAnswer.Kind.ttlExceeded : .reply(.portUnreachable)
                let answer = TraceAnswer(
                    kind: kind,
                    responder: ip(ttl < 5 ? "10.0.\(ttl).1" : "192.0.2.1"),
                    receivedAt: now
                )
                state.receive(answer, for: number)
            case .wait(let until): now = until
            }
        }
        #expect(state.distance == 5 && state.distanceChanges == 0)
        #expect(!state.probes.contains { $0.ttl > 5 && $0.round > 0 })
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
                hints: hints
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
        #expect(asked[1] == 5 && asked[3] == 5 && asked[4] >= 9 && asked[5] == 6 && asked[7] == 6)
    }

    @Test(
        "in a round of a live view in which nobody answers no flow is forgotten, and nobody is sent more than one packet of each"
    )
    func silentRound() {
        let hints = Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, TraceState.Hint(end: 5, isByErrors: true)) })
        var state = MultipathState(
            TracePlan(count: 1, maxHops: 30, flows: .fixed(8)),
            start: Simulation.start,
            names: Array(0..<8),
            hints: hints
        )
        #expect(Self.run(&state) { _, _ in nil })
        #expect(state.flows.count == 8 && state.flows.allSatisfy { $0.probes.map(\.ttl) == [1, 2, 3, 4, 5] })
        #expect(state.hints(after: hints).values.allSatisfy { $0.silentRounds == 1 && $0.end == 5 })
        #expect(state.hints(after: hints).count == 8)
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
