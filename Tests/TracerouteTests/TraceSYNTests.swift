import Model
import Testing
import Wire

@testable import Traceroute

@Suite("Trace by SYN: which one the target has answered")
struct TraceSYNTests {
    /// A target three hops away that accepts connections.
    /// - Parameter after: how long its answer takes, by TTL and round; nil: none comes.
    private func accepting(after: @escaping @Sendable (_ ttl: Int, _ round: Int) -> Duration?) -> SimulatedNetwork {
        SimulatedNetwork { ttl, round in
            guard ttl >= 3 else { return SimulatedNetwork.line(distance: 3).reply(ttl, round) }
            return after(ttl, round).map { .init(from: "192.0.2.1", kind: .reply(.synAck), after: $0) }
        }
    }

    @Test("a SYN-ACK that comes a second later than others is the target's second one: the first was lost")
    func repeated() {
        let network = accepting { _, round in .milliseconds(round == 2 ? 1_001 : 1) }
        let state = Simulation(TracePlan(count: 30), network).state
        #expect(state.targetStatistics.sent == 30 && state.targetStatistics.received == 29)
        #expect(state.targetStatistics.worst == .milliseconds(1))
    }

    @Test("so is one that came before any other, once a shorter one has come, of this flow or of another")
    func repeatedFirst() {
        let network = accepting { _, round in .milliseconds(round == 0 ? 1_021 : 1) }
        var state = Simulation(TracePlan(count: 4, interval: .milliseconds(1_200)), network).state
        #expect(state.targetStatistics.worst == .milliseconds(1) && state.targetStatistics.received == 3)
        state = Simulation(TracePlan(count: 2, interval: .milliseconds(1_200)), network).state
        state.learn(connect: .microseconds(500))
        #expect(state.targetStatistics.received == 1, "what comes sooner is its own")
    }

    @Test("SYNs of the first round that overtake each other are no loss: the target answers one of them")
    func overtaken() {
        // Those to the target's place and behind it come late, and the one before them is not answered.
        let network = accepting { ttl, round in
            round > 0 || ttl > 4 ? .milliseconds(60 + round % 3 * 5) : nil
        }
        let state = Simulation(TracePlan(), network).state
        #expect(state.distance == 3 && state.distanceChanges == 0)
        #expect(state.targetStatistics.sent == 9 && state.targetStatistics.received == 9)
        #expect(state.hops[2].statistics.sent == 9)
        // With ports of its own each is a connection, and that one was lost.
        var plan = TracePlan()
        plan.sharesPorts = false
        #expect(Simulation(plan, network).state.targetStatistics.sent == 10)
    }

    @Test("where SYNs cannot have overtaken each other the one that is not answered was lost")
    func notOvertaken() {
        let network = accepting { ttl, round in round > 0 || ttl > 3 ? .milliseconds(60) : nil }
        let state = Simulation(TracePlan(), network).state
        #expect(state.targetStatistics.sent == 10 && state.targetStatistics.received == 9)
    }

    @Test("a target that takes the place of a silent router has moved, by TCP and with round trips that differ too")
    func nearerByTCP() {
        let network = SimulatedNetwork { ttl, round in
            let distance = round < 5 ? 5 : 4
            guard ttl < distance else {
                return .init(from: "192.0.2.1", kind: .reply(.synAck), after: .milliseconds(60 + round % 3 * 5))
            }
            return ttl == 4 ? nil : SimulatedNetwork.line(distance: distance).reply(ttl, round)
        }
        let state = Simulation(TracePlan(), network).state
        #expect(state.distance == 4 && state.distanceChanges == 1)
        #expect(state.targetStatistics.sent == 10 && state.targetStatistics.received == 10)
    }
}
