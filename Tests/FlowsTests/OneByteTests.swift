import Flows
import Testing
import Wire

@Suite("segments of one byte")
struct OneByteTests {
    @Test("a byte that is sent again before its ACK gives no round trip, though it looks like a keep-alive")
    func repeated() {
        var trace = Trace()
        trace.shakeHands()
        trace.see(
            (100, .a(101, ack: 501, length: 1)),
            (1100, .a(101, ack: 501, length: 1)),
            (1110, .b(501, ack: 102)),
            (1200, .a(102, ack: 501, length: 1)),
            (1230, .b(501, ack: 103))
        )
        #expect(trace.of(.ack) == [.init(8, .ack, 30)])
        #expect(trace.client.counters.keepAlives == 1)
    }

    @Test("a keep-alive with a byte that was acknowledged is timed itself")
    func acknowledged() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, .a(101, ack: 501, length: 1)), (130, .b(501, ack: 102)))
        trace.see((9000, .a(101, ack: 501, length: 1)), (9025, .b(501, ack: 102)))
        #expect(trace.of(.ack).map(\.milliseconds) == [30, 25])
    }

    @Test("a byte that asks a window of zero waits for the reader, not for the network, and is no keep-alive")
    func probes() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, Segment.b(501, ack: 101).with { $0.window = 0 }))
        for time in [Int64(1000), 3000, 7000] {
            trace.see((time, .a(101, ack: 501, length: 1)))
            trace.see((time + 10, Segment.b(501, ack: 101).with { $0.window = 0 }))
        }
        trace.see((15_000, .a(101, ack: 501, length: 1)), (15_010, .b(501, ack: 102)))
        trace.see((15_100, .a(102, ack: 501, length: 1)), (15_120, .b(501, ack: 103)))
        #expect(trace.of(.ack).map(\.milliseconds) == [20])
        #expect(trace.client.counters.keepAlives == 0)
        #expect(trace.server.counters.zeroWindows == 4)
    }

    @Test("so does one alone")
    func oneProbe() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, Segment.b(501, ack: 101).with { $0.window = 0 }))
        trace.see((1000, .a(101, ack: 501, length: 1)), (6000, .b(501, ack: 102)))
        #expect(trace.of(.ack).isEmpty)
    }
}
