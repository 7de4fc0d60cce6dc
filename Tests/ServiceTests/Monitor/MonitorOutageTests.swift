import Alerting
import Links
import Model
import Probing
import Scheduling
import Sockets
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Service

@Suite("The monitor keeps outages over restarts")
struct MonitorOutageTests {
    @Test("an open outage is kept when it begins, each second of it, at the stop, and when it ends")
    func keptOutage() throws {
        var bench = Bench.healthy()
        let flows = Set(bench.ids(to: Sample.workload.host)).subtracting(
            ["er0", "er1", "ipsec0"].flatMap {
                bench.ids(to: Sample.workload.host, over: $0)
            }
        )
        #expect(bench.record.now.outages.isEmpty)
        for second in 13...18 {
            var batch = ProbeBatch()
            for task in bench.record.now.tasks {
                let result: Outcome.Result =
                    flows.contains(task.id)
                    ? .failed(.timeout) : .answered(roundTrip: .milliseconds(3), clock: .kernel)
                batch.outcomes.append(bench.outcome(task.id, result, at: Double(second)))
            }
            bench.run([.batch(batch)], at: Double(second))
        }
        let first = try #require(bench.record.now.outages.first)
        #expect(first.starts.keys.sorted() == ["seoul-koreacentral"])
        bench.run(at: 19.5)
        #expect(bench.record.now.outages.last == OpenOutages(starts: first.starts, seenAt: Sample.clock(19.5).wall))
        bench.run([.stop], at: 19.75)
        #expect(bench.record.now.outages.last?.seenAt == Sample.clock(19.75).wall)
        bench.round(at: 20)
        #expect(bench.record.now.outages.last?.starts == [:])
    }

    @Test("an outage that the run before left open goes on: its time without this program is blind")
    func resumedOutage() throws {
        let former = OpenOutages(starts: ["seoul-koreacentral": Sample.clock(-30).wall], seenAt: Sample.clock(-10).wall)
        var bench = Bench(formerOutages: former)
        bench.run(at: 0.1)
        #expect(bench.link?.outageStart == Sample.clock(-30).monotonic)
        #expect(bench.lines(with: "an outage began").isEmpty)
        #expect(bench.lines(with: "still in the outage that began 30").count == 1)
        bench.round(at: 5)
        let outage = try #require(bench.link?.lastOutage)
        #expect(outage.start == Sample.clock(-30).monotonic)
        #expect(outage.blind == .seconds(10))
        #expect(outage.duration == Sample.clock(5).monotonic - .milliseconds(3) - Sample.clock(-20).monotonic)
    }

    @Test("an outage over two restarts is shorter by both absences")
    func resumedTwice() throws {
        var first = Bench(
            formerOutages: OpenOutages(
                starts: ["seoul-koreacentral": Sample.clock(-30).wall],
                seenAt: Sample.clock(-10).wall
            )
        )
        first.run(at: 0.1)
        let left = try #require(first.record.now.outages.last)
        // The same wall clock; this run begins 6 s after the end of the one before.
        var second = Bench(
            formerOutages: OpenOutages(
                starts: left.starts.mapValues { $0 + .seconds(-6) },
                blindTimes: left.blindTimes.map { .init(from: $0.from + .seconds(-6), to: $0.to + .seconds(-6)) },
                seenAt: left.seenAt + .seconds(-6)
            )
        )
        second.run(at: 0.1)
        second.round(at: 5)
        let outage = try #require(second.link?.lastOutage)
        #expect(outage.start == Sample.clock(-36).monotonic)
        // The first saw a tenth of a second.
        #expect(outage.blind == .milliseconds(15_900))
    }
}
