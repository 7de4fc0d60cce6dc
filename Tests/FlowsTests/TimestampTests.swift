import Flows
import Testing
import Wire

@Suite("round trips of timestamps")
struct TimestampTests {
    @Test("the first echo of a value is its round trip, the second is none")
    func firstEcho() {
        var trace = Trace()
        trace.see(
            (0, Segment.a(100, .syn).stamped(1, echo: 0)),
            (50, Segment.b(500, ack: 101, .syn).stamped(9, echo: 1)),
            (60, Segment.a(101, ack: 501).stamped(60, echo: 9)),
            (100, Segment.a(101, ack: 501, length: 50).stamped(100, echo: 9)),
            (130, Segment.b(501, ack: 151).stamped(99, echo: 100)),
            (140, Segment.b(501, ack: 151).stamped(99, echo: 100))
        )
        #expect(trace.of(.timestamp).map(\.milliseconds) == [50, 10, 30])
    }

    @Test("a pure ACK is no question: its value is echoed when the other side has something to say")
    func pureAcknowledgement() {
        var trace = Trace()
        trace.see(
            (0, Segment.a(100, .syn).stamped(1, echo: 0)),
            (50, Segment.b(500, ack: 101, .syn).stamped(9, echo: 1)),
            (60, Segment.a(101, ack: 501).stamped(60, echo: 9)),
            (5000, Segment.b(501, ack: 101, length: 10).stamped(5000, echo: 60))
        )
        #expect(trace.of(.timestamp).map(\.milliseconds) == [50, 10])
    }

    @Test("data with the value of an earlier pure ACK is not stamped: the echo may answer the ACK")
    func sharedValue() {
        var trace = Trace()
        trace.see(
            (0, Segment.a(100, .syn).stamped(1, echo: 0)),
            (50, Segment.b(500, ack: 101, .syn).stamped(9, echo: 1)),
            (60, Segment.a(101, ack: 501).stamped(60, echo: 9)),
            (60, Segment.a(101, ack: 501, length: 10).stamped(60, echo: 9)),
            (61, Segment.b(501, ack: 101, length: 10).stamped(99, echo: 60))
        )
        #expect(trace.of(.timestamp).map(\.milliseconds) == [50, 10])
    }

    @Test("without a SYN the first value may be older than its packet, so the next is awaited")
    func middleOfConnection() {
        var trace = Trace()
        trace.see(
            (0, Segment.a(100, ack: 500, length: 10).stamped(5, echo: 1)),
            (30, Segment.b(500, ack: 110, length: 10).stamped(7, echo: 5)),
            (100, Segment.a(110, ack: 510, length: 10).stamped(6, echo: 7)),
            (130, Segment.b(510, ack: 120, length: 10).stamped(8, echo: 6))
        )
        #expect(trace.of(.timestamp) == [.init(4, .timestamp, 30)])
    }

    @Test("an echo without the ACK flag means nothing")
    func noFlag() {
        var trace = Trace()
        trace.see(
            (0, Segment.a(100, .syn).stamped(1, echo: 0)),
            (50, Segment.b(500, .syn).stamped(9, echo: 1))
        )
        #expect(trace.of(.timestamp).isEmpty)
    }
}
