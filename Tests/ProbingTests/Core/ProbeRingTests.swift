import Model
import TestSupport
import Testing

@testable import Probing

private let ms: Int64 = 1_000_000
private let probe = ProbeID(rawValue: 1)
/// Wall clock minus monotonic clock in these tests.
private let offset: Int64 = 1_700_000_000_000 * ms

extension ProbeRing {
    fileprivate mutating func send(at now: Int64, timeout: Int64 = 800 * ms) throws -> UInt64 {
        try #require(open(at: now, offset: offset, timeout: timeout))
    }

    /// An answer whose kernel stamp is `stamp` on the monotonic clock.
    fileprivate mutating func answer(_ sequence: UInt64, stamp: Int64, now: Int64) -> Verdict {
        answer(sequence, stamp: stamp + offset, now: now, offset: offset, expectStamp: true)
    }

    fileprivate mutating func results() -> [Outcome] {
        var outcomes: [Outcome] = []
        while let outcome = takeSettled(probe) { outcomes.append(outcome) }
        return outcomes
    }

    fileprivate mutating func expireHonestly(at now: Int64) {
        expire(at: now) { _, _ in nil }
    }
}

@Suite("Probes of one stream")
struct ProbeRingTests {
    @Test("the round trip is receive stamp minus transmit stamp, by the kernel's clock")
    func kernelStamps() throws {
        var ring = ProbeRing(capacity: 4)
        let sequence = try ring.send(at: 0)
        ring.transmitted(sequence, stamp: 2 * ms + offset)
        #expect(ring.answer(sequence, stamp: 7 * ms, now: 30 * ms) == .accepted)
        let outcome = try #require(ring.results().first)
        #expect(outcome.result == .answered(roundTrip: .milliseconds(5), clock: .kernel))
        #expect(outcome.settledAt.nanoseconds == 7 * ms)
        #expect(outcome.sentAt.nanoseconds == 0)
    }

    @Test("an answer waits 2 ms for a transmit stamp that comes after it")
    func lateStamp() throws {
        var ring = ProbeRing(capacity: 4)
        let sequence = try ring.send(at: 0)
        #expect(ring.answer(sequence, stamp: 7 * ms, now: 8 * ms) == .accepted)
        #expect(ring.results().isEmpty)
        #expect(ring.nextDeadline == 10 * ms)
        ring.transmitted(sequence, stamp: 1 * ms + offset)
        #expect(ring.results().first?.result == .answered(roundTrip: .milliseconds(6), clock: .kernel))
    }

    @Test("without a transmit stamp the user's reading before the send counts, and is named")
    func noStamp() throws {
        var ring = ProbeRing(capacity: 4)
        let sequence = try ring.send(at: 1 * ms)
        _ = ring.answer(sequence, stamp: 7 * ms, now: 8 * ms)
        ring.expireHonestly(at: 10 * ms)
        #expect(ring.results().first?.result == .answered(roundTrip: .milliseconds(6), clock: .user))
    }

    @Test("without any stamp both readings are the user's")
    func userOnly() throws {
        var ring = ProbeRing(capacity: 4)
        let sequence = try ring.send(at: 1 * ms)
        #expect(ring.answer(sequence, stamp: 0, now: 8 * ms, offset: offset, expectStamp: false) == .accepted)
        #expect(ring.results().first?.result == .answered(roundTrip: .milliseconds(7), clock: .user))
    }

    @Test("a transmit stamp from before the send is of another packet")
    func foreignStamp() throws {
        var ring = ProbeRing(capacity: 4)
        let sequence = try ring.send(at: 100 * ms)
        ring.transmitted(sequence, stamp: 90 * ms + offset)
        _ = ring.answer(sequence, stamp: 101 * ms, now: 101 * ms)
        ring.expireHonestly(at: 103 * ms)
        #expect(ring.results().first?.result == .answered(roundTrip: .milliseconds(1), clock: .user))
    }

    @Test(
        "a step of the wall clock makes the sample invalid, never negative or huge",
        arguments: [-3_600_000, -1, 1, 3_600_000]
    )
    func clockStep(milliseconds: Int64) throws {
        var ring = ProbeRing(capacity: 4)
        let sequence = try ring.send(at: 0)
        ring.transmitted(sequence, stamp: offset)
        let stepped = offset + milliseconds * ms
        let verdict = ring.answer(sequence, stamp: 5 * ms + stepped, now: 5 * ms, offset: stepped, expectStamp: true)
        #expect(verdict == .accepted)
        #expect(ring.results().first?.result == .invalid(.internal))
    }

    @Test("the far end's own time is taken off, unless it exceeds the round trip")
    func residence() throws {
        var ring = ProbeRing(capacity: 4)
        for (residence, expected) in [(2 * ms, 5 * ms), (9 * ms, 7 * ms)] {
            let sequence = try ring.send(at: 0)
            ring.transmitted(sequence, stamp: offset)
            _ = ring.answer(
                sequence,
                stamp: 7 * ms + offset,
                now: 7 * ms,
                offset: offset,
                expectStamp: true,
                residence: residence
            )
            #expect(ring.results().first?.result == .answered(roundTrip: .nanoseconds(expected), clock: .kernel))
        }
    }

    @Test("no answer by the deadline is a time-out, settled at the deadline")
    func timeout() throws {
        var ring = ProbeRing(capacity: 4)
        _ = try ring.send(at: 10 * ms, timeout: 100 * ms)
        #expect(ring.nextDeadline == 110 * ms)
        ring.expireHonestly(at: 109 * ms)
        #expect(ring.results().isEmpty)
        ring.expireHonestly(at: 112 * ms)
        let outcome = try #require(ring.results().first)
        #expect(outcome.result == .failed(.timeout))
        #expect(outcome.settledAt.nanoseconds == 110 * ms)
    }

    @Test("a deadline in a time of overload spoils the probe instead of losing it")
    func overload() throws {
        var ring = ProbeRing(capacity: 4)
        _ = try ring.send(at: 0, timeout: 100 * ms)
        ring.expire(at: 700 * ms) { _, deadline in deadline == 100 * ms ? .overload : nil }
        #expect(ring.results().first?.result == .invalid(.overload))
    }

    @Test("an answer that the kernel received in time counts, however late it is read")
    func readLate() throws {
        var ring = ProbeRing(capacity: 4)
        let sequence = try ring.send(at: 0, timeout: 100 * ms)
        ring.transmitted(sequence, stamp: offset)
        #expect(ring.answer(sequence, stamp: 20 * ms, now: 900 * ms) == .accepted)
        #expect(ring.results().first?.result == .answered(roundTrip: .milliseconds(20), clock: .kernel))
    }

    @Test(
        "an answer after a deadline in a time of overload is late, and the probe is spoiled: it may have left late itself"
    )
    func leftLate() throws {
        var ring = ProbeRing(capacity: 4)
        let sequence = try ring.send(at: 0, timeout: 100 * ms)
        ring.transmitted(sequence, stamp: offset + 300 * ms)
        let verdict = ring.answer(
            sequence,
            stamp: offset + 301 * ms,
            now: 302 * ms,
            offset: offset,
            expectStamp: true,
            isSpoiled: { $0 == 100 * ms }
        )
        #expect(verdict == .late && ring.results().first?.result == .invalid(.overload))
    }

    @Test("an answer after the deadline is late, and the probe stays lost")
    func late() throws {
        var ring = ProbeRing(capacity: 4)
        let first = try ring.send(at: 0, timeout: 100 * ms)
        #expect(ring.answer(first, stamp: 101 * ms, now: 102 * ms) == .late)
        #expect(ring.results().first?.result == .failed(.timeout))
        let second = try ring.send(at: 1_000 * ms, timeout: 100 * ms)
        ring.expireHonestly(at: 1_200 * ms)
        #expect(ring.results().first?.result == .failed(.timeout))
        #expect(ring.answer(second, stamp: 1_250 * ms, now: 1_250 * ms) == .late)
        #expect(ring.results().isEmpty)
    }

    @Test("a second answer is a duplicate, before and after the outcome is handed over")
    func duplicate() throws {
        var ring = ProbeRing(capacity: 4)
        let sequence = try ring.send(at: 0)
        ring.transmitted(sequence, stamp: offset)
        #expect(ring.answer(sequence, stamp: 5 * ms, now: 5 * ms) == .accepted)
        #expect(ring.answer(sequence, stamp: 6 * ms, now: 6 * ms) == .duplicate)
        #expect(ring.results().count == 1)
        #expect(ring.answer(sequence, stamp: 7 * ms, now: 7 * ms) == .duplicate)
        #expect(ring.results().isEmpty)
    }

    @Test("outcomes come in the order of sending, whatever the order of answers")
    func order() throws {
        var ring = ProbeRing(capacity: 4)
        let first = try ring.send(at: 0)
        let second = try ring.send(at: 100 * ms)
        ring.transmitted(first, stamp: offset)
        ring.transmitted(second, stamp: 100 * ms + offset)
        #expect(ring.answer(second, stamp: 105 * ms, now: 105 * ms) == .accepted)
        #expect(ring.results().isEmpty)
        #expect(ring.answer(first, stamp: 110 * ms, now: 110 * ms) == .overtaken)
        #expect(ring.results().map(\.sequence) == [first, second])
    }

    @Test("no more are open than there is room for")
    func full() throws {
        var ring = ProbeRing(capacity: 2)
        _ = try ring.send(at: 0)
        _ = try ring.send(at: 1)
        #expect(ring.open(at: 2, offset: offset, timeout: ms) == nil)
        ring.finish(0, .failed(.refused), at: 3)
        #expect(ring.open(at: 4, offset: offset, timeout: ms) == nil)
        #expect(ring.results().count == 1)
        #expect(try ring.send(at: 5) == 2)
    }

    @Test("a stream that is taken away leaves no probe open")
    func cancel() throws {
        var ring = ProbeRing(capacity: 4)
        _ = try ring.send(at: 0)
        let second = try ring.send(at: 1)
        _ = ring.answer(second, stamp: 2 * ms, now: 3 * ms)
        ring.cancel(at: 4 * ms, .cancelled)
        let outcomes = ring.results()
        #expect(outcomes.first?.result == .invalid(.cancelled))
        #expect(outcomes.last?.isAnswer == true)
        #expect(ring.nextDeadline == nil)
    }

    @Test("a number of a probe long forgotten is unknown")
    func forgotten() throws {
        var ring = ProbeRing(capacity: 1)
        for turn in 0..<20 {
            let sequence = try ring.send(at: Int64(turn) * 1_000 * ms)
            ring.finish(sequence, .failed(.refused), at: Int64(turn) * 1_000 * ms)
            #expect(ring.results().count == 1)
        }
        #expect(ring.answer(0, stamp: 0, now: 20_000 * ms, offset: offset, expectStamp: false) == .unknown)
        #expect(ring.answer(99, stamp: 0, now: 20_000 * ms, offset: offset, expectStamp: false) == .unknown)
    }
}

@Suite("Properties of a stream's probes")
struct ProbeRingPropertyTests {
    /// Random sending, answering (in time, late, twice, never, in any order) and time-outs.
    @Test("each probe ends exactly once, in order, in time, and never with a negative round trip", arguments: 0..<40)
    func settlement(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var ring = ProbeRing(capacity: Int.random(in: 1...20, using: &random))
        let timeout = Int64.random(in: 20...400, using: &random) * ms
        var now: Int64 = 0
        var sent: UInt64 = 0
        var outcomes: [Outcome] = []
        for _ in 0..<3_000 {
            now += Int64.random(in: 0...40, using: &random) * ms
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                if ring.open(at: now, offset: offset, timeout: timeout) != nil { sent += 1 }
            case 2 where sent > 0:
                let sequence = UInt64.random(in: (sent > 30 ? sent - 30 : 0)..<sent, using: &random)
                ring.transmitted(sequence, stamp: now + offset)
            case 3 where sent > 0:
                let sequence = UInt64.random(in: (sent > 30 ? sent - 30 : 0)..<sent, using: &random)
                let stamp = Bool.random(using: &random) ? 0 : now + offset
                _ = ring.answer(sequence, stamp: stamp, now: now, offset: offset, expectStamp: stamp != 0)
            default:
                ring.expireHonestly(at: now)
                if let deadline = ring.nextDeadline { #expect(deadline > now) }
            }
            while let outcome = ring.takeSettled(probe) { outcomes.append(outcome) }
        }
        ring.expireHonestly(at: now + timeout + 10 * ms)
        while let outcome = ring.takeSettled(probe) { outcomes.append(outcome) }
        #expect(outcomes.map(\.sequence) == Array(0..<sent))
        for outcome in outcomes {
            #expect(outcome.settledAt >= outcome.sentAt)
            if case .answered(let roundTrip, _) = outcome.result {
                #expect(roundTrip >= .zero)
                #expect(roundTrip.nanoseconds <= timeout + ProbeRing.stepLimit)
            }
        }
    }
}
