import Testing
import Traceroute

@testable import Service

@Suite("when regular traces run")
struct TraceRoundsTests {
    @Test("an incident gives up what runs, also after the traces of another one")
    func hurry() throws {
        var running = TraceRounds.Running()
        let (burst, regular) = (try TraceCancellation(), try TraceCancellation())
        let mayBurst = running.begin([burst], isBurst: true)
        running.hurry()
        #expect(mayBurst && !running.isGivenUp && !burst.isCancelled)
        running.end()
        let mayRun = running.begin([regular], isBurst: false)
        running.hurry()
        #expect(mayRun && running.isGivenUp && regular.isCancelled)
    }

    @Test("traces that were chosen before an incident came do not begin; its own do, and the next ones too")
    func lateChoice() {
        var running = TraceRounds.Running()
        let isWanted = running.look()
        running.hurry()
        let mayRun = running.begin([], isBurst: false)
        running.end()
        #expect(isWanted && !mayRun && running.isGivenUp)
        let mayBurst = running.begin([], isBurst: true)
        #expect(mayBurst && !running.isGivenUp)
        // Between a burst and the next look.
        running.end()
        running.hurry()
        let isStillWanted = running.look()
        let mayRunNext = running.begin([], isBurst: false)
        #expect(isStillWanted && mayRunNext)
    }

    @Test("what an incident or the end has cut short is due again; what the deadline has cut is not known")
    func interrupted() {
        var running = TraceRounds.Running()
        _ = running.begin([], isBurst: false)
        #expect(!running.isInterrupted)
        running.hurry()
        #expect(running.isInterrupted)
        running.end()
        _ = running.look()
        _ = running.begin([], isBurst: true)
        running.hurry()
        #expect(!running.isInterrupted, "a burst runs to its end")
        running.stop()
        #expect(running.isInterrupted)
    }

    @Test("nothing begins after the end")
    func stop() throws {
        var running = TraceRounds.Running()
        let cancellation = try TraceCancellation()
        running.stop()
        let mayRun = running.begin([cancellation], isBurst: true)
        let isWanted = running.look()
        #expect(!mayRun && !isWanted)
    }
}
