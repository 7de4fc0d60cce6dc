import Model
import Testing

@testable import Probing

@Suite("The timeline of the embedded network")
struct DemoTimelineTests {
    private let timeline = DemoTimeline()

    @Test(
        "the circuit is silent from second 10 to 22 of each cycle, the VPN never",
        arguments: [
            (-5, true), (0, true), (9.999, true), (10, false), (13, false), (21.999, false), (22, true), (39.999, true),
            (40, true), (49.999, true), (50, false), (61.999, false), (62, true), (4010, false),
        ] as [(Double, Bool)]
    )
    func carries(seconds: Double, expected: Bool) {
        let elapsed = Duration.seconds(seconds)
        #expect(timeline.carries(.primary, at: elapsed) == expected)
        #expect(timeline.carries(.secondary, at: elapsed) == expected)
        #expect(timeline.carries(.vpn, at: elapsed))
        #expect(timeline.carries(.site, at: elapsed))
    }

    @Test(
        "the workload moves to the VPN at second 13 and back at 25",
        arguments: [
            (0, [.primary, .secondary]), (12.999, [.primary, .secondary]), (13, [.vpn]), (24.999, [.vpn]),
            (25, [.primary, .secondary]), (40, [.primary, .secondary]), (53, [.vpn]), (65, [.primary, .secondary]),
        ] as [(Double, [DemoPath])]
    )
    func workload(seconds: Double, expected: [DemoPath]) {
        #expect(timeline.workloadPaths(at: .seconds(seconds)) == expected)
    }

    @Test("changes follow each other for ever, each once")
    func changes() {
        var elapsed = Duration.zero
        var seen: [Duration] = []
        for number in 0..<40 {
            let next = timeline.nextChange(after: elapsed)
            #expect(next.change == DemoTimeline.Change.allCases[number % 4])
            seen.append(next.at)
            elapsed = next.at
        }
        #expect(seen.prefix(5) == [.seconds(10), .seconds(13), .seconds(22), .seconds(25), .seconds(50)])
        #expect(seen[39] == .seconds(9 * 40 + 25))
    }

    @Test("everything can be restored by second 35")
    func restored() {
        let detection = DemoTopology.make { _ in 1 }.links[0].detection
        let up = DemoTimeline.Change.circuitRestored.time + DemoTopology.interval * (detection.upAfter + 1)
        let last = max(up, DemoTimeline.Change.trafficReturned.time)
        #expect(last + detection.waitToRestore + .seconds(3) < .seconds(35))
    }
}

@Suite("Delays of the embedded network")
struct DemoDelaysTests {
    @Test("equal seeds give equal delays, others give others")
    func seeded() {
        func row(_ seed: UInt64) -> [Duration] {
            var delays = DemoDelays(seed: seed)
            return (0..<100).map { _ in delays.roundTrip(over: .vpn, toEdge: false) }
        }
        #expect(row(1) == row(1))
        #expect(row(1) != row(2))
    }

    @Test(
        "delays lie around their mean and within three deviations",
        arguments: [(.primary, 2.1, 0.2), (.secondary, 2.4, 0.2), (.vpn, 9, 1.5), (.site, 0.3, 0.05)]
            as [(DemoPath, Double, Double)]
    )
    func distribution(path: DemoPath, mean: Double, deviation: Double) {
        var delays = DemoDelays(seed: 7)
        let row = (0..<10_000).map { _ in delays.roundTrip(over: path, toEdge: false).seconds * 1_000 }
        let average = row.reduce(0, +) / 10_000
        let spread = (row.map { ($0 - average) * ($0 - average) }.reduce(0, +) / 10_000).squareRoot()
        #expect(abs(average - mean) < deviation * 0.05)
        #expect(abs(spread - deviation) < deviation * 0.05)
        #expect(row.allSatisfy { abs($0 - mean) <= deviation * 3 + 1e-6 })
    }
}
