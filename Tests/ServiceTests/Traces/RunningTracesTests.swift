import Model
import Testing
import Traceroute
import Wire

@testable import Service

@Suite("traces that run together")
struct RunningTracesTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000)
    private static let call = IncidentBook.Call(incident: 1, link: "seoul-koreacentral", moment: .began)

    private func task(_ host: String, isBurst: Bool = false) -> TraceBook.Task {
        TraceBook.Task(
            link: "seoul-koreacentral",
            path: nil,
            target: Target(scheme: .icmp, host: host),
            period: .seconds(30),
            pin: .none,
            call: isBurst ? Self.call : nil
        )
    }

    @Test("an incident gives up the regular ones, which are due again; its own run on")
    func giveUp() throws {
        var running = RunningTraces()
        let (burst, regular) = (try TraceCancellation(), try TraceCancellation())
        let first = running.begin(task("10.1.0.4", isBurst: true), burst, at: Self.start)
        let second = running.begin(task("10.1.0.5"), regular, at: Self.start)
        running.giveUp()
        #expect(!burst.isCancelled && regular.isCancelled && running.count == 2 && running.bursts == 1)
        let (one, other) = (running.end(first), running.end(second))
        #expect(one?.isGivenUp == false && other?.isGivenUp == true && running.isEmpty)
        let again = running.end(first)
        #expect(again == nil)
    }

    @Test("one that is not over at its deadline is ended, and that is not as if it were given up")
    func deadline() throws {
        var running = RunningTraces()
        let (burst, regular) = (try TraceCancellation(), try TraceCancellation())
        _ = running.begin(task("10.1.0.4", isBurst: true), burst, at: Self.start)
        let number = running.begin(task("10.1.0.5"), regular, at: Self.start)
        running.expire(at: Self.start + .milliseconds(9_999))
        #expect(!regular.isCancelled)
        running.expire(at: Self.start + .seconds(10))
        #expect(regular.isCancelled && !burst.isCancelled)
        let trace = running.end(number)
        #expect(trace?.isExpired == true && trace?.isGivenUp == false)
        running.expire(at: Self.start + .seconds(20))
        #expect(burst.isCancelled)
    }

    @Test("three at most of an incident go to one host together")
    func sameHost() throws {
        var running = RunningTraces()
        for number in 0..<TraceRounds.atOnceToHost {
            #expect(running.fullHosts.isEmpty)
            _ = running.begin(task("10.1.0.4", isBurst: true), try TraceCancellation(), at: Self.start)
            _ = running.begin(task("10.1.0.\(10 + number)"), try TraceCancellation(), at: Self.start)
        }
        #expect(running.fullHosts == ["10.1.0.4"] && running.hosts.count == 4)
    }

    @Test("at the end all are given up")
    func stop() throws {
        var running = RunningTraces()
        let cancellation = try TraceCancellation()
        _ = running.begin(task("10.1.0.4", isBurst: true), cancellation, at: Self.start)
        running.stop()
        #expect(cancellation.isCancelled && !running.isEmpty)
    }
}
