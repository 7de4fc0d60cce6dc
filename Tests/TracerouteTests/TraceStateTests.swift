import Model
import TestSupport
import Testing
import Wire

@testable import Traceroute

@Suite("Trace: what is sent and when")
struct TraceSendingTests {
    @Test("the first round sends every TTL once, in order, within 50 ms")
    func firstRound() {
        let simulation = Simulation(TracePlan(), .line(distance: 8, delay: .milliseconds(200)))
        let first = simulation.departures(ofRound: 0)
        #expect(first.map(\.ttl) == Array(1...30))
        #expect(first.allSatisfy { $0.at - Simulation.start < .milliseconds(50) })
    }

    @Test("once the target has answered, what is left of the first round is not sent")
    func firstRoundEnds() {
        let simulation = Simulation(TracePlan(), .line(distance: 8))
        #expect(simulation.departures(ofRound: 0).map(\.ttl) == Array(1...8))
    }

    @Test(
        "later rounds stop at the target's distance, keep the interval, and every second one goes backwards",
        arguments: [1, 8, 30]
    )
    func laterRounds(distance: Int) {
        let simulation = Simulation(TracePlan(), .line(distance: distance))
        var previous = Simulation.start
        for round in 1..<10 {
            let departures = simulation.departures(ofRound: round)
            let ttls = departures.map(\.ttl)
            #expect((round % 2 == 1 ? ttls.reversed() : ttls) == Array(1...distance))
            if let first = departures.first {
                #expect(first.at - previous >= .milliseconds(100))
                previous = first.at
            }
        }
        #expect(simulation.state.distance == distance)
    }

    @Test("eight hops and ten rounds end within two seconds, with silent hops too")
    func duration() {
        let all = Simulation(TracePlan(), .line(distance: 8))
        #expect(all.duration < .milliseconds(1_000))
        let silent = Simulation(TracePlan(), .line(distance: 8) { ttl, _ in ttl == 3 })
        #expect(silent.duration <= .milliseconds(1_300))
        let slow = Simulation(TracePlan(), .line(distance: 8, delay: .milliseconds(200)) { ttl, _ in ttl == 3 })
        #expect(slow.duration <= .milliseconds(2_000))
    }

    @Test(
        "the last wait is four times the worst round trip, from 300 ms to 1 s",
        arguments: [(1, 300), (74, 300), (100, 400), (249, 996), (400, 1000)]
    )
    func lastWait(rtt: Int, wait: Int) {
        let network = SimulatedNetwork.line(distance: 3, delay: .milliseconds(rtt)) { ttl, round in
            ttl == 2 && round == 1
        }
        let simulation = Simulation(TracePlan(count: 2), network)
        let last = simulation.departures.last?.at ?? Simulation.start
        #expect(simulation.end - last == .milliseconds(wait))
    }

    @Test("when nothing answers, later rounds send few and the end comes")
    func silence() {
        let simulation = Simulation(TracePlan(), SimulatedNetwork { _, _ in nil })
        #expect(simulation.departures(ofRound: 1).map(\.ttl) == [1, 2, 3, 30])
        #expect(simulation.duration <= .seconds(3))
        #expect(simulation.state.hops.isEmpty && simulation.state.targetStatistics.sent == 10)
    }

    @Test("behind the last router only three hops and the farthest are tried again")
    func silentTarget() {
        let simulation = Simulation(TracePlan(), .line(distance: 5) { ttl, _ in ttl >= 5 })
        #expect(simulation.departures(ofRound: 4).map(\.ttl) == [1, 2, 3, 4, 5, 6, 7, 30])
        #expect(simulation.state.hops.count == 4)
        #expect(simulation.state.targetStatistics == HopStatistics(sent: 10, roundTrips: []))
    }

    @Test("no responder gets more than 20 probes in any second after the first round")
    func limit() {
        for network in [SimulatedNetwork.line(distance: 3), Self.circle] {
            let simulation = Simulation(TracePlan(count: 100, interval: .milliseconds(5), maxHops: 30), network)
            var byResponder: [String: [MonotonicTime]] = [:]
            for departure in simulation.departures where departure.round > 0 {
                guard let reply = network.reply(departure.ttl, departure.round) else { continue }
                byResponder[reply.from, default: []].append(departure.at)
            }
            for times in byResponder.values {
                for (early, late) in zip(times, times.dropFirst(20)) { #expect(late - early >= .seconds(1)) }
            }
            #expect(simulation.departures(ofRound: 99).count == 3 || network.reply(30, 0)?.kind == .ttlExceeded)
        }
    }

    /// Two routers that send everything to each other.
    private static let circle = SimulatedNetwork { ttl, _ in
        SimulatedNetwork.Reply(from: "10.0.0.\(ttl % 2 + 1)", kind: .ttlExceeded)
    }

    @Test("a loop is followed to its third turn only, and said")
    func loop() {
        let simulation = Simulation(TracePlan(count: 3), Self.circle)
        #expect(simulation.departures(ofRound: 1).map(\.ttl) == [1, 2, 3, 4, 5])
        #expect(simulation.state.hasLoop && simulation.state.hops.count == 5)
    }

    @Test("routers that answer in the target's name one after the other are no loop; one that does so to the end is")
    func oneAddress() {
        func way(_ ttls: ClosedRange<Int>) -> TraceState {
            let network = SimulatedNetwork { ttl, _ in
                guard ttls.contains(ttl) else {
                    return ttl < ttls.lowerBound ? .init(from: "10.0.\(ttl).1", kind: .ttlExceeded) : nil
                }
                return .init(from: "192.0.2.9", kind: .ttlExceeded)
            }
            return Simulation(TracePlan(count: 2, maxHops: 12), network).state
        }
        #expect(!way(2...5).hasLoop && way(2...5).hops.count == 5)
        #expect(!way(6...12).hasLoop)
        #expect(way(3...12).hasLoop && way(3...12).hops.count == 5)
    }

    @Test("nor are many of them, each of which is farther away than the one before")
    func oneAddressFartherAndFarther() {
        func way(left: @escaping @Sendable (Int) -> UInt8) -> TraceState {
            let network = SimulatedNetwork { ttl, _ in
                var reply = SimulatedNetwork.Reply(from: ttl == 1 ? "10.0.1.1" : "192.0.2.9", kind: .ttlExceeded)
                reply.replyTTL = left(ttl)
                return reply
            }
            return Simulation(TracePlan(count: 2, maxHops: 12), network).state
        }
        let translated = way { UInt8(65 - $0) }
        #expect(!translated.hasLoop && translated.hops.count == 12)
        #expect(way { _ in 60 }.hasLoop && way { UInt8(60 - $0 % 2) }.hasLoop)
    }

    @Test("a cancelled trace ends at once and keeps what it has")
    func cancelled() {
        let simulation = Simulation(TracePlan(count: 100), .line(distance: 4), cancelAt: .milliseconds(250))
        #expect(simulation.duration == .milliseconds(250))
        #expect(simulation.state.isCancelled && simulation.state.hops.count == 4)
    }

    @Test(
        "a plan that cannot be is refused",
        arguments: [
            (TracePlan(count: 0), "count"), (TracePlan(count: 2185), "count"), (TracePlan(maxHops: 0), "max-hops"),
            (TracePlan(maxHops: 256), "max-hops"), (TracePlan(interval: .zero), "interval"),
            (TracePlan(interval: .seconds(61)), "interval"),
        ]
    )
    func badPlan(plan: TracePlan, word: String) {
        #expect(plan.problem?.hasPrefix(word) == true)
        #expect(TracePlan(count: 2184).problem == nil)
    }
}

@Suite("Trace: what comes back")
struct TraceReceivingTests {
    @Test("a silent middle hop is no loss; only the target's own misses are")
    func loss() {
        let network = SimulatedNetwork.line(distance: 5) { ttl, round in ttl == 2 || (ttl >= 5 && round == 3) }
        let state = Simulation(TracePlan(), network).state
        #expect(state.hops[1].responders.isEmpty && state.hops[1].statistics.received == 0)
        #expect(state.targetStatistics.sent == 10 && state.targetStatistics.received == 9)
        #expect(state.targetStatistics.loss == 0.1)
    }

    @Test("an answer lost at the true distance in the first round is mended by the second")
    func farAtFirst() {
        let state = Simulation(TracePlan(), .line(distance: 5) { ttl, round in ttl == 5 && round == 0 }).state
        #expect(state.distance == 5)
        #expect(state.hops.count == 5)
        // What it answered behind its place was no other place: the loss is one.
        #expect(state.targetStatistics.sent == 10 && state.targetStatistics.received == 9)
    }

    @Test(
        "where the target is met behind a silent place in few rounds, that place is asked until it is told",
        arguments: 1...3
    )
    func doubtfulPlace(rounds: Int) {
        var plan = TracePlan()
        plan.count = rounds
        let lossy = Simulation(plan, .line(distance: 4) { ttl, round in ttl == 4 && round < rounds })
        #expect(lossy.state.distance == 4 && lossy.state.distanceChanges == 0)
        #expect(lossy.state.targetStatistics.received == 1 && lossy.state.targetStatistics.sent == rounds + 1)
        let silent = Simulation(plan, .line(distance: 5) { ttl, _ in ttl == 4 })
        #expect(silent.state.distance == 5 && silent.state.targetStatistics.sent == rounds)
        #expect(silent.departures.count { $0.ttl == 4 } == TraceState.silenceProof)
        // Where every hop answers nothing is asked beyond the rounds.
        let plain = Simulation(plan, .line(distance: 5))
        #expect(plain.departures.allSatisfy { $0.round < rounds })
    }

    @Test("losses at the target are no change of its distance", arguments: 0..<50)
    func lossIsNoMove(seed: Int) {
        let network = SimulatedNetwork.line(distance: 4) { ttl, round in
            var chance = SeededGenerator(seed: UInt64(seed * 10_000 + ttl * 100 + round))
            return ttl >= 4 && Int.random(in: 0..<100, using: &chance) < 30
        }
        let state = Simulation(TracePlan(), network).state
        #expect(state.distance == 4 && state.distanceChanges == 0)
    }

    @Test("a target that comes nearer drops the hops behind it, and has moved once", arguments: [4, 5])
    func nearer(since first: Int) {
        let network = SimulatedNetwork { ttl, round in
            let distance = round < first ? 6 : 4
            return SimulatedNetwork.line(distance: distance).reply(ttl, round)
        }
        let state = Simulation(TracePlan(), network).state
        #expect(state.distance == 4 && state.hops.count == 4 && state.distanceChanges == 1)
        #expect(state.targetStatistics.sent == 10 && state.targetStatistics.received == 10)
    }

    @Test("a target that takes the place of a silent router has not lost what was sent to that; its own losses count")
    func nearerThanSilence() {
        func state(losing lost: Set<Int>) -> TraceState {
            let network = SimulatedNetwork { ttl, round in
                let isSilent = round < 5 && ttl == 4 || ttl >= 4 && lost.contains(round)
                return isSilent ? nil : SimulatedNetwork.line(distance: round < 5 ? 5 : 4).reply(ttl, round)
            }
            return Simulation(TracePlan(), network).state
        }
        let moved = state(losing: [])
        #expect(moved.distance == 4 && moved.distanceChanges == 1)
        #expect(moved.targetStatistics.sent == 10 && moved.targetStatistics.received == 10)
        // One at each place.
        let lossy = state(losing: [2, 7])
        #expect(lossy.targetStatistics.sent == 10 && lossy.targetStatistics.received == 8)
    }

    @Test("a target that moves away is followed, and the move is no loss")
    func farther() {
        let network = SimulatedNetwork { ttl, round in
            let distance = round < 4 ? 4 : 6
            return SimulatedNetwork.line(distance: distance).reply(ttl, round)
        }
        let state = Simulation(TracePlan(), network).state
        #expect(state.distance == 6 && state.hops.count == 6)
        #expect(state.distanceChanges >= 1)
        #expect(state.targetStatistics.loss == 0)
        #expect(Set(state.hops[3].responders.map(\.address)) == [ip("192.0.2.1"), ip("10.0.4.1")])
    }

    @Test(
        "a target at two distances in turn, as behind per-packet balancing, is reached, and nothing of it is lost",
        arguments: 2...12
    )
    func alternating(count: Int) {
        // A router answers where the target was in each second round, and so in the last of an even number.
        let network = SimulatedNetwork { ttl, round in
            SimulatedNetwork.line(distance: round % 2 == 0 ? 4 : 5).reply(ttl, round)
        }
        let state = Simulation(TracePlan(count: count), network).state
        #expect(state.distance == (count < 3 ? 4 : 5))
        #expect(state.targetStatistics.received > 0 && state.targetStatistics.loss == 0)
        #expect(state.distanceChanges <= 3)
    }

    @Test("a router that answered where the target was, for one round, makes the way no longer for ever")
    func excursion() {
        let network = SimulatedNetwork { ttl, round in
            SimulatedNetwork.line(distance: round == 4 ? 5 : 4).reply(ttl, round)
        }
        let state = Simulation(TracePlan(count: 30), network).state
        #expect(state.distance == 4 && state.targetStatistics.loss == 0)
    }

    @Test("packets that go in circles through a router that never answers are told by the other one")
    func silentLoop() {
        let network = SimulatedNetwork { ttl, _ in
            ttl % 2 == 0 ? nil : .init(from: "10.0.1.1", kind: .ttlExceeded, replyTTL: 64)
        }
        #expect(Simulation(TracePlan(), network).state.hasLoop)
    }

    @Test("a target that moves away and is not found again is not as if it had never answered")
    func vanished() {
        let network = SimulatedNetwork { ttl, round in
            if round >= 5, ttl > 4 { return nil }
            return SimulatedNetwork.line(distance: round < 5 ? 4 : 30).reply(ttl, round)
        }
        let state = Simulation(TracePlan(), network).state
        #expect(state.targetStatistics.received == 5 && state.targetStatistics.sent >= 9)
    }

    @Test("a refusal on the way ends the trace there")
    func refusal() {
        let network = SimulatedNetwork { ttl, _ in
            ttl < 3
                ? SimulatedNetwork.Reply(from: "10.0.\(ttl).1", kind: .ttlExceeded)
                : SimulatedNetwork.Reply(from: "10.0.3.1", kind: .unreachable(.adminProhibited))
        }
        let simulation = Simulation(TracePlan(), network)
        #expect(simulation.departures(ofRound: 5).map(\.ttl) == [3, 2, 1])
        #expect(simulation.departures(ofRound: 6).map(\.ttl) == [1, 2, 3])
        #expect(simulation.state.distance == nil && simulation.state.refusal == 3)
        #expect(simulation.state.hops.last?.answer == .unreachable(.adminProhibited))
        #expect(simulation.state.targetStatistics.received == 0)
    }

    @Test("second answers are duplicates, unknown numbers strays")
    func duplicates() {
        var state = TraceState(TracePlan(), start: Simulation.start)
        guard case .send(let number, _) = state.next(at: Simulation.start) else {
            Issue.record("nothing was sent")
            return
        }
        let answer = TraceAnswer(
            kind: .reply(.echo),
            responder: ip("192.0.2.1"),
            receivedAt: Simulation.start + .milliseconds(1)
        )
        state.receive(answer, for: number)
        state.receive(answer, for: number)
        state.receive(answer, for: 4711)
        state.receive(answer, for: -1)
        #expect(state.duplicates == 1 && state.strays == 2)
        #expect(state.hops.first?.statistics.received == 1)
    }

    @Test("what the kernel refuses is not sent, with its reason; what our own buffer refuses is nothing")
    func refusedLocally() {
        var state = TraceState(TracePlan(count: 1, maxHops: 2), start: Simulation.start)
        guard case .send(let first, _) = state.next(at: Simulation.start),
            case .send(let second, _) = state.next(at: Simulation.start + .milliseconds(40))
        else {
            Issue.record("nothing was sent")
            return
        }
        state.didFail(first, .noRoute)
        state.didFail(second, nil)
        #expect(state.localRefusal == .noRoute)
        #expect(state.targetStatistics.sent == 0)
    }
}

@Suite("Trace: round trips")
struct TraceRoundTripTests {
    private let sent = MonotonicTime(nanoseconds: 1_000_000)
    private let wall = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    private func probe(departure: WallTime?, arrival: WallTime?) -> TraceProbe {
        let answer = TraceAnswer(
            kind: .reply(.echo),
            responder: ip("192.0.2.1"),
            receivedAt: sent + .microseconds(300),
            receiveStamp: arrival
        )
        var probe = TraceProbe(round: 0, ttl: 1, sentAt: sent)
        probe.transmitStamp = departure
        probe.fate = .answered(answer)
        return probe
    }

    @Test("both stamps of the kernel make the round trip")
    func kernel() throws {
        let result = try #require(probe(departure: wall, arrival: wall + .microseconds(250)).roundTrip)
        #expect(result.time == .microseconds(250) && result.clock == .kernel)
    }

    @Test("with one stamp missing the process's own clock counts")
    func user() throws {
        for (departure, arrival) in [(nil, wall), (wall, nil), (nil, nil)] as [(WallTime?, WallTime?)] {
            let result = try #require(probe(departure: departure, arrival: arrival).roundTrip)
            #expect(result.time == .microseconds(300) && result.clock == .user)
        }
    }

    @Test("a step of the wall clock changes no round trip", arguments: [-3600, -1, 1, 3600])
    func step(seconds: Int) throws {
        let arrival = wall + .microseconds(250) + .seconds(seconds)
        let result = try #require(probe(departure: wall, arrival: arrival).roundTrip)
        #expect(result.time == .microseconds(300) && result.clock == .user)
    }

    @Test(
        "nor does one that only shortens it: the two clocks went apart while the probe was out",
        arguments: [(-100, StampClock.user), (-15, .kernel), (0, .kernel), (15, .kernel), (100, .user)]
    )
    func smallStep(microseconds: Int, clock: StampClock) throws {
        var probe = probe(departure: wall, arrival: wall + .microseconds(250 + min(microseconds, 0)))
        probe.clockOffset = .seconds(1_000)
        guard case .answered(var answer) = probe.fate else { return }
        answer.clockOffset = .seconds(1_000) + .microseconds(microseconds)
        probe.fate = .answered(answer)
        let result = try #require(probe.roundTrip)
        #expect(result.clock == clock && (clock == .kernel || result.time == .microseconds(300)))
    }

    @Test("the target's own answer counts, whatever a hop has said of the same probe before")
    func overruled() {
        var state = TraceState(TracePlan(count: 1, maxHops: 3), start: Simulation.start)
        var now = Simulation.start
        while state.probes.count < 3 {
            if case .wait(let until) = state.next(at: now) { now = until }
        }
        func answer(_ kind: TraceAnswer.Kind, _ address: String) -> TraceAnswer {
            TraceAnswer(kind: kind, responder: ip(address), receivedAt: now)
        }
        state.receive(answer(.unreachable(.parameterProblem(pointer: 0)), "10.0.0.1"), for: 1)
        state.receive(answer(.reply(.echo), "192.0.2.1"), for: 1)
        #expect(state.distance == 2 && state.targetStatistics.received == 1 && state.duplicates == 1)
        // Not the other way round, and not twice.
        state.receive(answer(.ttlExceeded, "10.0.0.1"), for: 1)
        state.receive(answer(.reply(.echo), "192.0.2.1"), for: 1)
        #expect(state.distance == 2 && state.duplicates == 3)
    }

    @Test("a stamp that comes after the answer still counts")
    func lateStamp() {
        var state = TraceState(TracePlan(), start: sent)
        guard case .send(let number, _) = state.next(at: sent) else {
            Issue.record("nothing was sent")
            return
        }
        let arrival = wall + .microseconds(80)
        state.receive(
            TraceAnswer(
                kind: .reply(.echo),
                responder: ip("192.0.2.1"),
                receivedAt: sent + .microseconds(100),
                receiveStamp: arrival
            ),
            for: number
        )
        #expect(state.lacksTransmitStamp)
        state.didTransmit(number, at: wall)
        state.didTransmit(99, at: wall)
        #expect(!state.lacksTransmitStamp && state.clock == .kernel)
        #expect(state.targetStatistics.best == .microseconds(80))
    }
}

@Suite("What is traced")
struct TraceRequestTests {
    @Test("port 0 is none, whatever the protocol", arguments: TraceRequest.TraceProtocol.allCases)
    func portZero(number: TraceRequest.TraceProtocol) {
        let mistake = TraceError.usage("--port is 0; allowed: 1 to 65535")
        #expect(throws: mistake) { try trace(TraceRequest(target: "127.0.0.1", protocol: number, port: 0)) }
    }
}
