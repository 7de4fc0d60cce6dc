import Testing
import Wire

@testable import Flows

/// The segment that comes next has a path of its own: it must find what the path of all segments finds.
@Suite("segments that are foreseen")
struct PredictionTests {
    /// Numbers that are the same in each run (SplitMix64).
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }

    /// Two ends that mostly do what is foreseen, and now and then anything else.
    private static func conversation(_ seed: UInt64) -> [(Int64, Segment)] {
        var random = Numbers(state: seed)
        var (next, stamp): ([UInt32], [UInt32]) = ([101, 501], [1000, 2000])
        var time: Int64 = 0
        var segments: [(Int64, Segment)] = []
        if seed % 3 > 0 { segments = [(0, .a(100, .syn)), (1, .b(500, ack: 101, .syn)), (2, .a(101, ack: 501))] }
        for _ in 0..<400 {
            let side = Int.random(in: 0...1, using: &random)
            time += Int64.random(in: -1...20, using: &random)
            var segment = Segment(isFromA: side == 0, sequence: next[side], acknowledgement: next[1 - side])
            segment.length = [0, 0, 1, 10, 100].randomElement(using: &random) ?? 0
            segment.id = UInt16.random(in: 0...2, using: &random)
            segment.window = [1000, 1000, 1000, 500, 0].randomElement(using: &random) ?? 0
            if seed % 2 == 0 {
                stamp[side] += UInt32.random(in: 0...1, using: &random)
                segment.timestamps = (stamp[side], stamp[1 - side])
            }
            switch Int.random(in: 0..<30, using: &random) {
            case 0: segment.sequence &-= UInt32.random(in: 0...200, using: &random)
            case 1: segment.sequence &+= UInt32.random(in: 0...200, using: &random)
            case 2: segment.acknowledgement = next[1 - side] &- UInt32.random(in: 0...200, using: &random)
            case 3: segment.acknowledgement = nil
            case 4: segment.flags = [.psh]
            case 5: segment.flags = [[.fin], [.rst], [.syn]].randomElement(using: &random) ?? []
            case 6: segment = segment.selecting(next[1 - side]..<next[1 - side] &+ 10)
            case 7: segment.timestamps = nil
            default: break
            }
            segments.append((time, segment))
            let end = segment.sequence &+ UInt32(segment.length)
            if Int32(bitPattern: end &- next[side]) > 0, Int.random(in: 0..<20, using: &random) > 0 { next[side] = end }
        }
        return segments
    }

    private static func trace(_ segments: [(Int64, Segment)], predicts: Bool) -> Trace {
        var trace = Trace()
        trace.engine.predicts = predicts
        for (time, segment) in segments { trace.see(segment.frame, at: time) }
        return trace
    }

    @Test("whatever two ends say, what is found does not depend on it", arguments: 0..<200 as Range<UInt64>)
    func alike(seed: UInt64) {
        let segments = Self.conversation(seed)
        let foreseen = Self.trace(segments, predicts: true)
        let plain = Self.trace(segments, predicts: false)
        #expect(!plain.found.isEmpty)
        #expect(foreseen.found == plain.found)
        #expect(foreseen.events.map(\.time) == plain.events.map(\.time))
        #expect(foreseen.client == plain.client && foreseen.server == plain.server)
        #expect(foreseen.engine.counters == plain.engine.counters)
        #expect(foreseen.engine.totals.skippedStamps == plain.engine.totals.skippedStamps)
        #expect(foreseen.engine.totals.negativeRoundTrips == plain.engine.totals.negativeRoundTrips)
        let (one, other) = (foreseen.engine.table.record(0).pointee, plain.engine.table.record(0).pointee)
        #expect("\(one)" == "\(other)")
    }

    @Test("most of an ordinary conversation is foreseen")
    func ordinary() {
        var (sender, other) = (FlowSide(), FlowSide())
        sender.marks = [.sequence, .acknowledgement]
        sender.nextSequence = 101
        var view = PacketView()
        let frame = Segment.a(101, ack: 501, length: 10).frame
        _ = view.decode(frame.span.bytes, wireLength: frame.count, link: .ethernet)
        #expect(FlowEngine.isNext(&view, &sender, &other))
        sender.nextSequence = 102
        #expect(!FlowEngine.isNext(&view, &sender, &other))
    }
}
