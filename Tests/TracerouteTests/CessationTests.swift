import Model
import Testing
import Wire

@testable import Traceroute

@Suite("A target that ceases to answer")
struct CessationTests {
    private func misses(_ text: String) -> Int? { Cessation.misses(in: text.map { $0 == "!" }) }

    @Test("more misses in a row than the losses before explain are its end")
    func rule() {
        #expect(misses("!!!!!.....") == 5)
        #expect(misses("!.........") == 9)
        // A third was lost before: five in a row may be chance.
        #expect(misses("!!.!!.!.....") == nil)
        // However many were answered: a short while is a loss.
        for answered in [1, 8, 30, 998] { #expect(misses(String(repeating: "!", count: answered) + "...") == nil) }
        #expect(misses("!!....") == nil && misses("!!!....") == nil && misses("!!!!....") == 4)
        #expect(misses("..........") == nil && misses("!!!!!!!!!!") == nil && misses("") == nil)
    }

    /// From the sixth round on nobody behind the second hop answers.
    private let cut = MultipathSimulation.cut

    @Test("the farthest router that answers after it is where packets end")
    func place() throws {
        let cessation = try #require(cut.cessation)
        #expect(cessation == Cessation(misses: 5, farthest: 2))
        var judge = judgeAfterThreeHops(sent: 10, received: 5, paths: Example.paths)
        judge.cessation = cessation
        let verdict = judge.verdict
        #expect(verdict.status == .unreachable && verdict.layer == .gateway)
        #expect(verdict.sentence == "10.1.0.4 answered, and no longer does: the last 5 of 10 probes were lost.")
        #expect(verdict.evidence.first == "hop 2 (172.16.0.2) still answers, nothing behind it does")
    }

    @Test("flows that only looked for paths do not hide it, and one dead link among others is none")
    func flows() {
        let over = Duration.milliseconds(1_500)..<Duration.seconds(60)
        var plan = TracePlan()
        plan.flows = .automatic(.percent95)
        plan.count = 20
        let cut = BalancedWay(distance: 4, balancer: 2, width: 2, outages: [over]).trace(plan).state
        #expect(cut.cessation?.farthest == 1)
        let half = BalancedWay(distance: 4, balancer: 2, width: 2, dead: [1]).trace(plan).state
        #expect(half.cessation == nil && half.distance == 4)
    }

    @Test("a router that refuses since then says what it is")
    func refusal() {
        var judge = judgeAfterThreeHops(sent: 10, received: 5, paths: Example.paths)
        judge.cessation = Cessation(misses: 5, farthest: 2)
        judge.hops[2].answer = .unreachable(.hostUnreachable)
        judge.hops[2].responders[0].isFormer = true
        judge.hops[2].responders.insert(.init(address: ip("172.16.0.2"), answers: 5), at: 0)
        #expect(judge.verdict.sentence.hasPrefix("hop 2 (172.16.0.2) answers that 10.1.0.4 is "))
    }

    @Test("where nothing leaves this host any more its own link says so")
    func ownLink() {
        var judge = judgeAfterThreeHops(sent: 10, received: 5)
        judge.cessation = Cessation(misses: 5, farthest: nil)
        #expect(judge.verdict.evidence == ["nobody on the way answers any more"] && judge.verdict.layer == nil)
        judge.route = Example.route()
        judge.interfaceFault = .noCarrier
        #expect(judge.verdict.layer == .host && judge.verdict.sentence.hasPrefix("eth0 has no carrier"))
    }
}

/// One flow in simulated time.
private enum MultipathSimulation {
    static var cut: MultipathState {
        var state = MultipathState(TracePlan(), start: Simulation.start)
        var now = Simulation.start
        var queue: [(number: Int, ttl: Int, at: MonotonicTime)] = []
        while true {
            while let next = queue.first, next.at <= now {
                let kind: TraceAnswer.Kind = next.ttl < 3 ? .ttlExceeded : .reply(.echo)
                let responder = ip(next.ttl == 1 ? "10.0.0.1" : next.ttl == 2 ? "172.16.0.2" : "10.1.0.4")
                state.receive(TraceAnswer(kind: kind, responder: responder, receivedAt: next.at), for: next.number)
                queue.removeFirst()
            }
            switch state.next(at: now) {
            case .finished: return state
            case .send(let number, let flow, let ttl):
                let round = state.flows[flow].probes.last?.round ?? 0
                if ttl < 3 || round < 5 { queue.append((number, ttl, now + .milliseconds(1))) }
            case .wait(let until): now = min(until, queue.first?.at ?? until)
            }
        }
    }
}
