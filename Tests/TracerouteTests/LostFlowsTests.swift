import Model
import Testing
import Wire

@testable import Traceroute

@Suite("Flows that are lost, told from those that chance has silenced")
struct LostFlowsTests {
    private func flow(_ number: Int, _ addresses: [String?], received: Int) -> TraceFlow {
        TraceFlow(
            number: number,
            responders: addresses.map { $0.map { ip($0) } },
            distance: received > 0 ? addresses.count : nil,
            statistics: HopStatistics(sent: 5, roundTrips: Array(repeating: .milliseconds(1), count: received))
        )
    }

    /// As many flows as there are numbers of answers to five probes, all over one router.
    private func flows(_ received: [Int], over router: String, from number: Int) -> [TraceFlow] {
        received.enumerated().map { place, received in
            let way = ["10.0.0.1", router] + (received > 0 ? ["10.1.0.4"] : [])
            return flow(number + place, way, received: received)
        }
    }

    @Test("a flow that chance has silenced on a link that loses a part is not dead: the link is what is named")
    func silencedByChance() {
        let lossy = flows([2, 0, 3], over: "172.16.0.6", from: 0)
        let steady = flows([5, 5, 5], over: "172.16.0.2", from: 3)
        #expect((lossy + steady).lost.isEmpty)
        var judge = judgeAfterThreeHops(sent: 30, received: 20)
        judge.flows = lossy + steady
        #expect(judge.verdict.sentence == "10.1.0.4 answers in 3 hops, but 10 of 30 probes were lost.")
        judge.lossyLink = LossyLink(ttl: 2, router: ip("172.16.0.6"), members: [0, 1, 2], others: [3, 4, 5])
        judge.lossyLink?.own = .init(sent: 15, received: 5)
        judge.lossyLink?.rest = .init(sent: 15, received: 15)
        #expect(judge.verdict.sentence.hasPrefix("one of the parallel links to 10.1.0.4 loses 66.7% (10 of 15 probes)"))
    }

    @Test("silence that is improbable at the loss of its siblings is death, and so it is where they lose nothing")
    func improbableSilence() {
        #expect(flows([5, 0, 5], over: "172.16.0.2", from: 0).lost.map(\.number) == [1])
        // One in 25 is lost beside it.
        #expect(flows([5, 0, 5, 5, 4, 5], over: "172.16.0.2", from: 0).lost.map(\.number) == [1])
        // Those over another router prove nothing of it.
        let black = flows([0, 0], over: "172.16.0.6", from: 0) + flows([3, 3], over: "172.16.0.2", from: 2)
        #expect(black.lost.map(\.number) == [0, 1])
        var cutOff = flows([2, 0, 3], over: "172.16.0.6", from: 0)
        cutOff[1].isCutOff = true
        #expect(cutOff.lost.map(\.number) == [1])
    }

    @Test("what this host dropped before the flows were measured excuses no dead flow")
    func formerDrops() {
        var judge = judgeAfterThreeHops(sent: 10, received: 10)
        judge.flows = flows([5], over: "172.16.0.2", from: 0) + flows([0], over: "172.16.0.6", from: 1)
        judge.drops = 500
        #expect(judge.verdict.status == .reached)
        judge.flowDrops = 4
        #expect(judge.verdict.status == .degraded)
        judge.flowDrops = 5
        #expect(judge.verdict.status == .reached)
    }
}
