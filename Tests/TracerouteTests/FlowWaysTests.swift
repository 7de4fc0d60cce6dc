import Model
import Testing
import Wire

@testable import Traceroute

@Suite("Ways of flows")
struct FlowWaysTests {
    private func way(_ responders: String?..., isReached: Bool = true) -> FlowWays.Way {
        .init(responders: responders.map { $0.map { ip($0) } }, isReached: isReached)
    }

    private func members(_ ways: [FlowWays.Way], endsAreKnown: Bool = true) -> [[Int]] {
        FlowWays(ways, endsAreKnown: endsAreKnown).groups.map(\.members)
    }

    private let target = "192.0.2.1"

    @Test("a router that answers one flow and not the other parts nobody, in whatever order they come")
    func silence() {
        let ways = [
            way("10.0.1.1", nil, target), way("10.0.1.1", "10.0.2.1", target), way(nil, "10.0.2.1", target),
            way(nil, nil, target),
        ]
        #expect(members(ways) == [[0, 1, 2, 3]])
        #expect(members(ways.reversed()) == [[0, 1, 2, 3]])
        #expect(FlowWays(ways, endsAreKnown: true).groups.first?.way == way("10.0.1.1", "10.0.2.1", target))
    }

    @Test("another router or another length is another way, and one with gaps that fits several is of none")
    func different() {
        let ways = [
            way("10.0.1.1", "10.0.2.1", target), way("10.0.1.1", "10.0.2.2", target), way("10.0.1.1", target),
            way("10.0.1.1", nil, target),
        ]
        #expect(members(ways) == [[0], [1], [2]])
        #expect(FlowWays(ways, endsAreKnown: true).undecided == [3])
    }

    @Test("a router that never answers is another one than that which does")
    func mute() {
        var ways = [way("10.0.1.1", "10.0.2.1", target), way("10.0.1.1", nil, target), way("10.0.1.1", nil, target)]
        ways[1].mute = [2]
        #expect(members(ways) == [[0], [1]] && FlowWays(ways, endsAreKnown: true).undecided == [2])
    }

    @Test("a flow that dies is a way of its own, unless the target limits what it answers")
    func dead() {
        let ways = [way("10.0.1.1", "10.0.2.1", target), way("10.0.1.1", isReached: false)]
        #expect(members(ways) == [[0], [1]])
        #expect(members(ways, endsAreKnown: false) == [[0, 1]])
        let late = [way("10.0.1.1", nil, target), way("10.0.1.1", nil, nil, target)]
        #expect(members(late) == [[0], [1]])
        #expect(FlowWays(late, endsAreKnown: false).groups.map(\.way) == [late[0]])
    }

    @Test("flows on one way have one hash, whichever of them a router was silent for")
    func hash() {
        var report = TraceReport(
            target: target,
            address: ip(target),
            startedAt: .init(nanoseconds: 0),
            duration: .zero,
            rounds: 1,
            interval: .zero,
            access: .raw,
            hops: [],
            distance: 3,
            statistics: HopStatistics(),
            verdict: TraceVerdict(status: .reached, sentence: "")
        )
        report.flows = [way("10.0.1.1", nil, target), way("10.0.1.1", "10.0.2.1", target)].enumerated().map {
            TraceFlow(number: $0, responders: $1.responders, distance: 3, statistics: HopStatistics())
        }
        report.shareWays()
        #expect(report.pathCount == 1 && Set(report.flows.map(\.routeHash)).count == 1)
    }
}
