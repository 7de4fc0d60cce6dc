import Flows
import Testing
import Wire

@Suite("what segments are")
struct ClassificationTests {
    @Test("a segment that comes late within the handshake's round trip is out of order, later it is sent again")
    func order() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, .a(151, ack: 501, length: 50)), (110, .a(101, ack: 501, length: 20)))
        #expect(trace.client.counters.outOfOrder == 1)
        #expect(trace.client.counters.retransmissions == 0)
        #expect(trace.client.counters.missing == 1)
        trace.see((300, .a(121, ack: 501, length: 30)))
        #expect(trace.client.counters.outOfOrder == 1)
        #expect(trace.client.counters.retransmissions == 1)
    }

    @Test("after two duplicate ACKs, within 20 ms, it is a fast retransmission")
    func fast() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, .a(101, ack: 501, length: 50)), (101, .a(151, ack: 501, length: 50)))
        trace.see((150, .b(501, ack: 101)), (151, .b(501, ack: 101)), (152, .b(501, ack: 101)))
        trace.see((153, .a(101, ack: 501, length: 50)))
        #expect(trace.server.counters.duplicateAcknowledgements == 3)
        #expect(trace.client.counters.fastRetransmissions == 1)
    }

    @Test("a keep-alive is no retransmission, and its answer no duplicate ACK")
    func keepAlive() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, .a(101, ack: 501, length: 50)), (130, .b(501, ack: 151)))
        trace.see((9000, .a(150, ack: 501)), (9030, .b(501, ack: 151)))
        #expect(trace.client.counters.keepAlives == 1)
        #expect(trace.client.counters.retransmissions == 0)
        #expect(trace.server.counters.duplicateAcknowledgements == 0)
        #expect(trace.of(.ack).count == 1)
    }

    @Test("a window of zero is counted, that of a reset is not")
    func zeroWindow() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, Segment.b(501, ack: 101).with { $0.window = 0 }))
        trace.see((110, Segment.b(501, ack: 101, .rst).with { $0.window = 0 }))
        #expect(trace.server.counters.zeroWindows == 1)
        #expect(trace.server.counters.resets == 1)
    }
}
