import Testing

@testable import Probing

private let ms: Int64 = 1_000_000

@Suite("When a stream sends")
struct CadenceTests {
    @Test("the first probe comes one phase after the start, then one each interval")
    func regular() {
        var cadence = Cadence(interval: 100 * ms, phase: 30 * ms, now: 1_000 * ms)
        #expect(cadence.next == 1_030 * ms)
        #expect(cadence.advance(to: 1_029 * ms) == .wait)
        #expect(cadence.advance(to: 1_030 * ms) == .send)
        #expect(cadence.next == 1_130 * ms)
    }

    @Test("a small lateness does not shift what follows")
    func noDrift() {
        var cadence = Cadence(interval: 100 * ms, phase: 0, now: 0)
        for slot in 0..<50 {
            #expect(cadence.advance(to: Int64(slot) * 100 * ms + 7 * ms) == .send)
            #expect(cadence.next == Int64(slot + 1) * 100 * ms)
        }
    }

    @Test("what leaves early with others keeps its times")
    func ahead() {
        var cadence = Cadence(interval: 1_000 * ms, phase: 0, now: 0)
        #expect(cadence.advance(to: -5 * ms, ahead: 4 * ms) == .wait)
        #expect(cadence.advance(to: -3 * ms, ahead: 4 * ms) == .send)
        #expect(cadence.next == 1_000 * ms)
    }

    @Test("missed slots are skipped, and one report stands for them")
    func missed() {
        var cadence = Cadence(interval: 100 * ms, phase: 0, now: 0)
        #expect(cadence.advance(to: 0) == .send)
        #expect(cadence.advance(to: 730 * ms) == .missed(since: 100 * ms))
        #expect(cadence.next == 800 * ms)
        #expect(cadence.advance(to: 730 * ms) == .wait)
    }

    @Test("up to 50 ms, or a quarter of the interval, is no overload")
    func tolerance() {
        var short = Cadence(interval: 100 * ms, phase: 0, now: 0)
        #expect(short.advance(to: 50 * ms) == .send)
        #expect(short.advance(to: 151 * ms) == .missed(since: 100 * ms))
        var long = Cadence(interval: 1_000 * ms, phase: 0, now: 0)
        #expect(long.advance(to: 250 * ms) == .send)
    }

    @Test("confirming probes come at their times between the regular ones, and keep their distance after a late one")
    func extra() {
        var cadence = Cadence(interval: 1_000 * ms, phase: 0, now: 0)
        #expect(cadence.advance(to: 0) == .send)
        cadence.addExtra(after: [0, 100 * ms, 150 * ms], now: 300 * ms)
        #expect(cadence.advance(to: 300 * ms) == .send)
        #expect(cadence.next == 400 * ms)
        #expect(cadence.advance(to: 420 * ms) == .send)
        #expect(cadence.next == 470 * ms)
        #expect(cadence.advance(to: 470 * ms) == .send)
        #expect(cadence.next == 1_000 * ms)
    }

    @Test("streams without a phase of their own spread over the interval")
    func spread() {
        let phases = (0..<100).map { Cadence.phase(ofStream: $0, interval: 1_000 * ms) }.sorted()
        #expect(phases.allSatisfy { (0..<1_000 * ms).contains($0) })
        let gaps = zip(phases, phases.dropFirst()).map { $1 - $0 }
        #expect(gaps.max() ?? 0 < 25 * ms)
        #expect(gaps.min() ?? 0 > 3 * ms)
    }
}
