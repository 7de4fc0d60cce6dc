import Model
import Testing
import Wire

@testable import Traceroute

@Suite("A way that moves while it is traced")
struct MovedWayTests {
    /// A probe a round to one TTL; nil for silence.
    private func probes(_ responders: [String?], flow: Int = 0) -> [TraceProbe] {
        responders.enumerated().map { round, responder in
            var probe = TraceProbe(
                round: flow << TraceHop.flowShift + round,
                ttl: 2,
                sentAt: Simulation.start + .milliseconds(100 * round)
            )
            probe.fate =
                responder.map {
                    let at = probe.sentAt + .milliseconds(1)
                    return .answered(TraceAnswer(kind: .ttlExceeded, responder: ip($0), receivedAt: at))
                } ?? .waiting
            return probe
        }
    }

    private let old = "172.16.0.2"
    private let new = "10.7.0.2"

    @Test("who gives way to another and does not come back is of the former way")
    func oneChange() {
        #expect(FormerResponders.find(in: probes([old, old, nil, old, new, new, nil, new])) == [ip(old)])
        let long = [old] + Array(repeating: new, count: 9)
        #expect(FormerResponders.find(in: probes(long)) == [ip(old)], "of many answers one is enough")
        // A flow that was over before does not say that anybody still goes there.
        #expect(FormerResponders.find(in: probes(long) + probes([old], flow: 1)) == [ip(old)])
        // Of two flows one moved from where the other still goes.
        let both = probes([old, old, old, new, new, new]) + probes([old, old, old, old, old, old], flow: 1)
        #expect(FormerResponders.find(in: both).isEmpty)
    }

    @Test("packets that are balanced one by one have no former way, nor is one proven by two answers")
    func noChange() {
        #expect(FormerResponders.find(in: probes([old, new, old, new, new, new])).isEmpty)
        #expect(FormerResponders.find(in: probes([old, old, old, new, new])).isEmpty)
        #expect(FormerResponders.find(in: probes([old, new, new, new, new])).isEmpty)
        #expect(FormerResponders.find(in: probes([old, nil, old])).isEmpty)
    }

    /// The way moves in the fifth round, away from the configured edge.
    private var moved: Simulation {
        let (old, new) = (old, new)
        return Simulation(
            TracePlan(),
            SimulatedNetwork { ttl, round in
                switch ttl {
                case 1: .init(from: "10.0.0.1", kind: .ttlExceeded)
                case 2: .init(from: round < 5 ? old : new, kind: .ttlExceeded)
                default: .init(from: "10.1.0.4", kind: .reply(.echo))
                }
            }
        )
    }

    @Test("the present way comes first, and is the one that has a hash")
    func order() {
        let hops = moved.state.hops
        #expect(hops[1].responders.map(\.address) == [ip(new), ip(old)])
        #expect(hops[1].responders.map(\.isFormer) == [false, true])
        var ownPorts = hops[1]
        ownPorts.forgetFormerResponders()
        #expect(ownPorts.responders.allSatisfy { !$0.isFormer && $0.answers == 5 })
        #expect(ownPorts.responders.first?.address == ip(new), "of as many answers the lower address comes first")
        let still = Simulation(TracePlan(), .line(distance: 3)).state.hops
        #expect(!still.contains { $0.responders.contains(where: \.isFormer) })
    }

    @Test("blame falls on nobody who is left")
    func places() {
        var judge = judgeAfterThreeHops(sent: 10, received: 5, paths: Example.paths)
        judge.hops[1].responders = [
            .init(address: ip(new), answers: 5), .init(address: ip(old), answers: 5),
        ]
        judge.cessation = Cessation(misses: 5, farthest: 2)
        #expect(judge.verdict.layer == .gateway)
        judge.hops[1].responders[1].isFormer = true
        #expect(judge.verdict.layer == nil && !judge.verdict.evidence.contains { $0.contains("Microsoft edge") })
    }

    @Test("a path that was left names nothing any more, and it is said that it was left")
    func identity() {
        let naming = PathNaming(paths: Example.paths, links: Example.links)
        let identity = naming.identity(of: ip("10.1.0.4"), host: "x", hops: moved.state.hops, route: nil)
        #expect(identity.path == nil && !identity.isContradictory)
        #expect(
            identity.evidence.contains(
                "until the way moved hop 2 was 172.16.0.2, the Microsoft edge of kr-er-01/primary"
            )
        )
        var judge = judgeAfterThreeHops(sent: 10, received: 10)
        judge.hops = moved.state.hops
        #expect(judge.verdict.status == .reached)
        #expect(
            judge.verdict.evidence == [
                "the way moved while it was traced: hop 2 was 172.16.0.2, and is 10.7.0.2"
            ]
        )
    }
}
