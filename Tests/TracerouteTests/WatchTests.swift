import Model
import TestSupport
import Testing
import Wire

@testable import Traceroute

@Suite("Live view")
struct WatchTests {
    /// One round: a time in milliseconds for each hop, nil for none.
    private func round(_ times: Int?...) -> TraceReport {
        let hops = times.enumerated().map { index, time in
            TraceHop(
                ttl: index + 1,
                responders: time == nil ? [] : [.init(address: ip("10.0.\(index).1"), answers: 1)],
                statistics: HopStatistics(sent: 1, roundTrips: time.map { [.milliseconds($0)] } ?? [])
            )
        }
        return TraceReport(
            target: "10.0.2.1",
            address: ip("10.0.2.1"),
            startedAt: WallTime(nanoseconds: 0),
            duration: .zero,
            rounds: 1,
            interval: .seconds(1),
            access: .raw,
            hops: hops,
            distance: hops.count,
            statistics: HopStatistics(),
            verdict: TraceVerdict(status: .reached, sentence: "10.0.2.1 is reached in 3 hops.")
        )
    }

    private var history: WatchHistory {
        var history = WatchHistory()
        for index in 0..<8 { history.add(round(1, index % 4 == 0 ? 2 : nil, 10 + index * 3)) }
        return history
    }

    @Test("statistics go over all rounds, and a name stays when its hop is silent")
    func statistics() {
        let hops = history.hops
        #expect(hops.map(\.sent) == [8, 8, 8] && hops.map(\.received) == [8, 2, 8])
        #expect(hops[2].best == .milliseconds(10) && hops[2].worst == .milliseconds(31))
        #expect(hops[2].average == .microseconds(20_500) && hops[2].last == .milliseconds(31))
        #expect(hops.map(\.isRateLimited) == [false, true, false])
        #expect(
            hops[1].responder == ip("10.0.1.1")
                && hops[1].recent == [.milliseconds(2), nil, nil, nil, .milliseconds(2), nil, nil, nil]
        )
    }

    @Test("the keys sort, begin anew and pause")
    func keys() {
        var history = history
        history.nextOrder()
        #expect(history.order == .loss && history.sorted.map(\.ttl) == [2, 1, 3])
        history.nextOrder()
        #expect(history.order == .average && history.sorted.map(\.ttl) == [3, 2, 1])
        history.reset()
        #expect(history.hops.isEmpty && history.rounds == 0 && history.order == .average)
    }

    @Test("memory is bounded however long it runs")
    func bounded() {
        var history = WatchHistory()
        for _ in 0..<1_000 { history.add(round(1, 2, 3)) }
        #expect(history.hops.allSatisfy { $0.recent.count == WatchHistory.length } && history.rounds == 1_000)
    }

    @Test("the screen is as its golden file, and fits the terminal")
    func screen() throws {
        let screen = WatchScreen(title: "netprobe path 10.0.2.1", columns: 80, rows: 24, colour: false)
        try expectGolden(screen.lines(history).joined(separator: "\n") + "\n", "Tests/Golden/path/watch.txt")
        for size in [(60, 8), (72, 10), (200, 50)] {
            let lines = WatchScreen(
                title: String(repeating: "t", count: 300),
                columns: size.0,
                rows: size.1,
                colour: false
            )
            .lines(history)
            #expect(lines.count <= size.1 && lines.allSatisfy { $0.count <= size.0 }, "\(size)")
        }
    }
}
