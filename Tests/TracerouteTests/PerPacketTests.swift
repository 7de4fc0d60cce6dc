import Model
import Synchronization
import Testing
import Wire

@testable import Traceroute

@Suite("Per-packet balancing")
struct PerPacketTests {
    /// One flow; at hop 3 the router of the round answers.
    private func hops(_ routers: [Int]) -> [Int] {
        let network = SimulatedNetwork { ttl, round in
            ttl == 3
                ? SimulatedNetwork.Reply(from: "10.9.\(routers[round]).1", kind: .ttlExceeded)
                : SimulatedNetwork.line(distance: 5).reply(ttl, round)
        }
        let state = Simulation(TracePlan(count: routers.count), network).state
        return PerPacketBalancing.hops(of: [state])
    }

    @Test("routers that alternate in one flow share its packets out")
    func alternating() {
        #expect(hops([0, 1, 0, 1]) == [3])
        #expect(hops([0, 1, 2, 0, 0, 2, 2, 2]) == [3])
        // Of many next hops few are met twice.
        #expect(hops([0, 1, 2, 3, 3]) == [3])
    }

    @Test("another router, and the first one again, are changes of the route")
    func change() {
        #expect(hops([0, 0, 0, 0]).isEmpty && hops([0, 0, 1, 1, 2]).isEmpty && hops([0, 0, 1, 1, 0, 0]).isEmpty)
    }

    @Test("several flows, each with a router of its own, are parallel paths")
    func parallel() {
        let flows = (0..<4).map { flow in
            Simulation(
                TracePlan(),
                SimulatedNetwork { ttl, round in
                    ttl == 3
                        ? SimulatedNetwork.Reply(from: "10.9.\(flow).1", kind: .ttlExceeded)
                        : SimulatedNetwork.line(distance: 5).reply(ttl, round)
                }
            ).state
        }
        #expect(PerPacketBalancing.hops(of: flows).isEmpty)
    }

    @Test("a target at two distances in turn is one too")
    func unequalLengths() {
        let network = SimulatedNetwork { ttl, round in
            SimulatedNetwork.line(distance: round % 2 == 0 ? 4 : 5).reply(ttl, round)
        }
        #expect(PerPacketBalancing.hops(of: [Simulation(TracePlan(), network).state]) == [4])
    }

    @Test(
        "a router that gives each packet to another next hop in turn is seen, however many go through it in a round",
        arguments: 4...8
    )
    func inTurn(distance: Int) {
        let passed = Mutex(0)
        let network = SimulatedNetwork { ttl, round in
            let reply = SimulatedNetwork.line(distance: distance).reply(ttl, round)
            guard ttl > 2 else { return reply }
            let next = passed.withLock { count in
                count += 1
                return count % 2
            }
            return ttl < distance ? SimulatedNetwork.Reply(from: "10.\(8 + next).\(ttl).1", kind: .ttlExceeded) : reply
        }
        let state = Simulation(TracePlan(), network).state
        #expect(PerPacketBalancing.hops(of: [state]) == Array(3..<distance))
    }
}
