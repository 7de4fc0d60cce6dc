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
                && hops[1].recent.map(\.time) == [.milliseconds(2), nil, nil, nil, .milliseconds(2), nil, nil, nil]
                && hops[1].recent.map(\.isAnswered) == [true, false, false, false, true, false, false, false]
        )
    }

    @Test("the keys sort, begin anew and pause")
    func keys() {
        var history = history
        history.nextOrder()
        #expect(history.order == .silent && history.sorted.map(\.ttl) == [2, 1, 3])
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

    /// A round with flows: for each a time in milliseconds, nil for none.
    private func flowRound(_ times: Int?...) -> TraceReport {
        var report = round(1, 2)
        report.hops[1].responders.append(.init(address: ip("10.0.9.1"), answers: 1))
        report.flows = times.enumerated().map { number, time in
            TraceFlow(
                number: number * 3,
                sourcePort: UInt16(61_000 + number * 3),
                responders: [ip("10.0.0.1"), ip("10.0.\(number + 1).1")],
                distance: time == nil ? nil : 2,
                statistics: HopStatistics(sent: 1, roundTrips: time.map { [.milliseconds($0)] } ?? [])
            )
        }
        return report
    }

    @Test("each of several flows has its own line; its way stays when it is lost")
    func flows() throws {
        var history = WatchHistory()
        for index in 0..<6 { history.add(flowRound(1 + index, index < 4 ? 3 : nil)) }
        #expect(history.flows.map(\.number) == [0, 3] && history.flows.map(\.received) == [6, 4])
        #expect(history.flows[1].way == flowRound(1, 3).flows[1].routeHashText)
        let screen = WatchScreen(title: "netprobe path 10.0.2.1", columns: 80, rows: 24, colour: false)
        try expectGolden(screen.lines(history).joined(separator: "\n") + "\n", "Tests/Golden/path/watch-flows.txt")
        for rows in 8...14 {
            let small = WatchScreen(title: "t", columns: 80, rows: rows, colour: false).lines(history)
            #expect(small.count <= rows && small.contains { $0.hasPrefix(" 1 10.0.0.1") || rows < 9 }, "\(rows)")
        }
    }

    @Test("a flow is judged by its last rounds together: one lost probe proves nothing")
    func recentRounds() {
        var history = WatchHistory()
        history.add(flowRound(1, 3))
        let once = history.withRecentRounds(flowRound(1, nil).flows[1])
        #expect(!once.isDead && once.statistics.sent == 2 && once.statistics.received == 1)
        for _ in 0..<2 { history.add(flowRound(1, nil)) }
        let dead = history.withRecentRounds(flowRound(1, nil).flows[1])
        #expect(dead.isDead && dead.statistics.sent == 3)
        #expect(!history.withRecentRounds(flowRound(1, nil).flows[0]).isDead)
    }

    /// A round in which the target, at hop 3, is silent.
    private var silentRound: TraceReport {
        var report = round(1, 2)
        report.distance = nil
        report.statistics = HopStatistics(sent: 1, roundTrips: [])
        return report
    }

    private var answeredRound: TraceReport {
        var report = round(1, 2, 3)
        report.statistics = HopStatistics(sent: 1, roundTrips: [.milliseconds(3)])
        return report
    }

    @Test("a round in which the target is silent counts in its line, and shows there")
    func silentTarget() {
        var history = WatchHistory()
        for _ in 0..<3 { history.add(answeredRound) }
        for _ in 0..<2 { history.add(silentRound, silent: [3: 1, 4: 1]) }
        #expect(history.hops.count == 3 && history.hops.map(\.sent) == [5, 5, 5])
        #expect(history.hops.map(\.received) == [5, 5, 3] && history.hops[2].silence == 0.4)
        #expect(history.hops[2].recent.suffix(2) == [.silent, .silent] && history.distance == 3)
    }

    @Test("a target that missed a round or two is judged by the last rounds, after three it is not reached")
    func judgedTarget() {
        var history = WatchHistory()
        for _ in 0..<9 { history.add(answeredRound) }
        let once = history.judged(silentRound)
        #expect(once.distance == 3 && once.statistics.loss == 0, "one loss proves nothing")
        history.add(silentRound)
        let twice = history.judged(silentRound)
        #expect(twice.distance == 3 && twice.statistics.sent == 11 && twice.statistics.received == 9)
        history.add(silentRound)
        #expect(history.judged(silentRound).distance == nil)
        history.add(silentRound)
        let back = history.judged(answeredRound)
        #expect(back.distance == 3 && back.statistics.sent == 13 && back.statistics.received == 10)
        history.reset()
        #expect(history.judged(silentRound).distance == nil)
    }

    @Test("packets that this host dropped before the last rounds excuse nothing that these miss")
    func formerDrops() {
        var history = WatchHistory()
        func add(_ report: TraceReport, drops: Int) {
            var report = report
            report.drops = drops
            history.add(report)
        }
        func drops(_ number: Int) -> [Int] {
            var next = silentRound
            next.drops = number
            let drops = history.drops(next)
            return [drops.target, drops.flow]
        }
        #expect(drops(7) == [7, 7])
        add(answeredRound, drops: 500)
        #expect(drops(500) == [500, 500])
        add(answeredRound, drops: 500)
        #expect(drops(503) == [503, 503])
        add(answeredRound, drops: 500)
        #expect(drops(503) == [503, 3], "a flow is judged by three rounds")
        for _ in 3..<WatchHistory.length { add(answeredRound, drops: 500) }
        #expect(drops(503) == [3, 3])
        history.reset()
        #expect(drops(502) == [2, 2])
    }

    @Test("answers without a time are answers: they spoil no average, and the bars tell them from silence")
    func untimed() {
        var history = WatchHistory()
        for time in [4, nil, 6] as [Int?] {
            var report = flowRound(time, time)
            for flow in report.flows.indices {
                let times = time.map { [Duration.milliseconds($0)] } ?? []
                report.flows[flow].statistics = HopStatistics(sent: 1, received: 1, roundTrips: times)
            }
            report.hops[1].statistics = report.flows[0].statistics
            history.add(report)
        }
        #expect(history.hops[1].received == 3 && history.hops[1].average == .milliseconds(5))
        #expect(history.hops[1].recent == [.timed(.milliseconds(4)), .untimed, .timed(.milliseconds(6))])
        let lines = WatchScreen(title: "t", columns: 80, rows: 24, colour: false).lines(history)
        #expect(lines.contains { $0.hasPrefix(" 2 ") && $0.hasSuffix("▁?█") })
        let recent = history.withRecentRounds(flowRound(nil, 1).flows[0])
        #expect(recent.statistics.sent == 3 && recent.statistics.received == 2)
    }

    @Test(
        "where flows differ in length, one that misses a round takes nothing from the line of the target at its place"
    )
    func lengths() {
        var history = WatchHistory()
        for round in 0..<6 {
            let isLost = round == 3
            var report = self.round(1, isLost ? nil : 2, 3)
            report.flows = [2, 3].map { length in
                let isLost = isLost && length == 2
                let times: [Duration] = isLost ? [] : [.milliseconds(length)]
                let distance = isLost ? nil : length
                let statistics = HopStatistics(sent: 1, roundTrips: times)
                return TraceFlow(number: length, responders: [], distance: distance, statistics: statistics)
            }
            report.distance = isLost ? 3 : 2
            history.add(report)
        }
        #expect(history.hops[1].sent == 6 && history.hops[1].received == 5 && history.hops[2].sent == 6)
    }

    @Test("rounds in which nothing could be sent are a gap in the bars, and no loss")
    func unasked() {
        var history = WatchHistory()
        var nothing = round()
        nothing.distance = nil
        nothing.flows = [TraceFlow(number: 0, responders: [], distance: nil, statistics: HopStatistics())]
        for index in 0..<4 {
            var report = round(1, 2 + index)
            report.flows = [
                TraceFlow(
                    number: 0,
                    responders: [],
                    distance: 2,
                    statistics: HopStatistics(sent: 1, roundTrips: [.milliseconds(2 + index)])
                )
            ]
            history.add(index == 2 ? nothing : report)
        }
        #expect(history.hops.map(\.sent) == [3, 3] && history.hops.map(\.silence) == [0, 0])
        #expect(
            history.hops[1].recent == [
                .timed(.milliseconds(2)), .timed(.milliseconds(3)), .unasked, .timed(.milliseconds(5)),
            ]
        )
        let lines = WatchScreen(title: "t", columns: 80, rows: 24, colour: false).lines(history)
        #expect(lines.contains { $0.hasPrefix(" 2 ") && $0.hasSuffix("▁▃ █") }, "\(lines)")
        let recent = history.withRecentRounds(nothing.flows[0])
        #expect(recent.statistics.sent == 2 && recent.statistics.received == 2, "rounds before it")
    }

    @Test("a target that moves has a line of its own at each place, and limits nothing where it was")
    func moved() {
        var history = WatchHistory()
        func report(_ distance: Int) -> TraceReport {
            var report = round(1, distance == 2 ? 5 : nil, distance == 2 ? nil : 5)
            report.hops.removeLast(3 - distance)
            report.distance = distance
            report.hops[distance - 1].responders = [.init(address: ip("10.0.2.1"), answers: 1)]
            return report
        }
        for distance in [2, 2, 2, 3, 3, 3, 3, 3, 3] { history.add(report(distance)) }
        #expect(history.hops[1].silence > 0 && !history.hops[1].isRateLimited && history.hops[2].silence == 0)
        history.add(report(2))
        #expect(history.hops.count == 2 && history.hops[1].sent == 1 && history.hops[1].silence == 0)
    }

    @Test("one round is not called rounds")
    func oneRound() {
        var history = WatchHistory()
        history.add(round(1))
        let screen = WatchScreen(title: "t", columns: 80, rows: 24, colour: false)
        #expect(screen.lines(history).first == "t, 1 round, by hop")
        history.add(round(1))
        #expect(screen.lines(history).first == "t, 2 rounds, by hop")
    }

    @Test("a terminal of ASCII gets bars of ASCII, and what was found of the MTU its line")
    func plain() {
        var history = WatchHistory()
        var report = round(1, nil, 12)
        report.mtu = PathMTU(bytes: 1400, interfaceBytes: 1500, behaviour: .reported, limitTTL: 2)
        for _ in 0..<4 { history.add(report) }
        for (columns, rows) in [(80, 24), (40, 10)] {
            let screen = WatchScreen(title: "t", columns: columns, rows: rows, colour: false, isPlain: true)
            let lines = screen.lines(history)
            #expect(lines.joined().utf8.allSatisfy { $0 < 128 } && lines.joined().contains("!!"))
            #expect(lines.contains { $0.hasPrefix("MTU: 1400 bytes; larger ones are") })
            #expect(lines.count <= rows && lines.allSatisfy { $0.utf8.count <= columns })
        }
        history.reset()
        #expect(history.mtu == nil)
    }

    @Test("a small terminal shows what fits of a long verdict, whatever else there is")
    func small() {
        var history = WatchHistory()
        var report = round(1, nil, 12)
        report.mtu = PathMTU(bytes: 1400, interfaceBytes: 1500, behaviour: .reported, limitTTL: 2)
        report.verdict = TraceVerdict(
            status: .degraded,
            layer: .provider,
            sentence: String(repeating: "much is wrong here and ", count: 8) + "more.",
            evidence: Array(repeating: "an observation", count: 6)
        )
        for _ in 0..<4 { history.add(report) }
        for rows in 1...24 {
            let lines = WatchScreen(title: "t", columns: 80, rows: rows, colour: false).lines(history)
            #expect(lines.count <= rows && lines.allSatisfy { $0.count <= 80 })
            #expect(rows < 10 || lines.contains { $0.hasPrefix("degraded: much is wrong") }, "\(rows)")
            #expect(rows < 24 || lines.contains { $0.hasPrefix("  - an observation") })
        }
    }

    @Test("on a terminal narrower than the view its lines are cut, and end their colour", arguments: [1, 5, 27])
    func narrow(columns: Int) {
        for colour in [false, true] {
            let lines = WatchScreen(title: "t", columns: columns, rows: 20, colour: colour).lines(history)
            for line in lines {
                #expect(line.replacing(/\u{1B}\[[0-9]+m/, with: "").count <= columns, "\(line)")
                #expect(line.count { $0 == "\u{1B}" } % 2 == 0, "\(line)")
            }
        }
    }

    @Test("the screen is as its golden file, and fits the terminal")
    func screen() throws {
        let screen = WatchScreen(title: "netprobe path 10.0.2.1", columns: 80, rows: 24, colour: false)
        try expectGolden(screen.lines(history).joined(separator: "\n") + "\n", "Tests/Golden/path/watch.txt")
        for size in [(28, 4), (40, 6), (40, 10), (59, 8), (60, 8), (72, 10), (200, 50)] {
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
