import Flows
import Testing
import Wire

@Suite("round trips of handshakes")
struct HandshakeTests {
    @Test("SYN, SYN-ACK and ACK give the way to the server, the way to the client, and the whole")
    func threeWays() {
        var trace = Trace()
        trace.shakeHands()
        #expect(trace.of(.handshakeServer) == [.init(2, .handshakeServer, 50)])
        #expect(trace.of(.handshakeClient) == [.init(3, .handshakeClient, 10)])
        #expect(trace.of(.handshake) == [.init(3, .handshake, 60)])
        #expect(trace.of(.ack).isEmpty)
    }

    @Test("a SYN-ACK that acknowledges what was never sent answers nothing, the true one behind it does")
    func foreignAnswer() {
        var trace = Trace()
        trace.see(
            (0, .a(100, .syn)),
            (10, .b(700, ack: 555, .syn)),
            (50, .b(500, ack: 101, .syn)),
            (60, .a(101, ack: 501))
        )
        #expect(trace.of(.handshakeServer) == [.init(3, .handshakeServer, 50)])
    }

    @Test("where only the client's packets are seen, SYN and first ACK give the whole round trip")
    func oneSided() {
        var trace = Trace()
        trace.see((0, .a(100, .syn)), (60, .a(101, ack: 501)))
        #expect(trace.found == [.init(2, .handshake, 60)])
    }

    @Test("a SYN that was sent twice gives nothing: the answer names no copy")
    func repeated() {
        var trace = Trace()
        trace.see(
            (0, .a(100, .syn)),
            (1000, .a(100, .syn)),
            (1050, .b(500, ack: 101, .syn)),
            (1060, .a(101, ack: 501))
        )
        #expect(trace.found == [.init(4, .handshakeClient, 10)])
    }

    @Test("a SYN-ACK that left on the server's own timer is no answer to the SYN that was sent again just before")
    func timers() {
        var trace = Trace()
        trace.see(
            (0, .a(100, .syn)),
            (40, .b(500, ack: 101, .syn)),
            (1000, .a(100, .syn)),
            (1020, .b(500, ack: 101, .syn)),
            (1040, .b(500, ack: 101, .syn)),
            (1041, .a(101, ack: 501))
        )
        #expect(trace.of(.ack).isEmpty)
        #expect(trace.of(.handshakeServer) == [.init(2, .handshakeServer, 40)])
    }

    @Test("where the copies bear different timestamps, the echo names the copy")
    func named() {
        var trace = Trace()
        trace.see(
            (0, Segment.a(100, .syn).stamped(1, echo: 0)),
            (1000, Segment.a(100, .syn).stamped(1001, echo: 0)),
            (1050, Segment.b(500, ack: 101, .syn).stamped(7, echo: 1001)),
            (1060, Segment.a(101, ack: 501).stamped(1060, echo: 7))
        )
        #expect(trace.of(.handshakeServer) == [.init(3, .handshakeServer, 50)])
        #expect(trace.of(.handshake) == [.init(4, .handshake, 60)])
    }

    @Test("a reset that refuses the SYN is an answer of the server, not a handshake")
    func refused() {
        var trace = Trace()
        trace.see((0, .a(100, .syn)), (40, .b(0, ack: 101, .rst)))
        #expect(trace.found == [.init(2, .handshakeServer, 40)])
        #expect(trace.server.counters.resets == 1)
    }

    @Test("a SYN-ACK that the capture shows before its SYN gives no time to the server")
    func reordered() {
        var trace = Trace()
        trace.see((0, .b(500, ack: 101, .syn)), (1, .a(100, .syn)), (10, .a(101, ack: 501)))
        #expect(trace.of(.handshakeServer).isEmpty)
        #expect(trace.of(.handshakeClient) == [.init(3, .handshakeClient, 10)])
    }

    @Test("a new SYN over the same ports begins anew, and nothing old is answered by it")
    func portReuse() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, .a(101, ack: 501, length: 50)))
        trace.see((5000, .a(9000, .syn)), (5020, .b(7000, ack: 9001, .syn)), (5025, .a(9001, ack: 7001)))
        #expect(trace.of(.handshake).map(\.milliseconds) == [60, 25])
        #expect(trace.of(.ack).isEmpty)
        #expect(trace.engine.groups(by: .flow, limit: nil)[0].connections == 2)
    }

    @Test("an echo that names an older copy answers a later one too, so it gives nothing: a SYN-ACK was lost")
    func lostAnswer() {
        var trace = Trace()
        trace.see(
            (0, Segment.a(100, .syn).stamped(1, echo: 0)),
            (1000, Segment.a(100, .syn).stamped(1001, echo: 0)),
            (1030, Segment.b(500, ack: 101, .syn).stamped(7, echo: 1)),
            (1040, Segment.a(101, ack: 501).stamped(1040, echo: 7))
        )
        #expect(trace.found == [.init(4, .handshakeClient, 10), .init(4, .timestamp, 10)])
        // The handshake took 40 ms since the last SYN: what comes later than that is no disorder.
        trace.see((2000, .a(151, ack: 501, length: 50)), (2100, .a(101, ack: 501, length: 50)))
        #expect(trace.client.counters.outOfOrder == 0 && trace.client.counters.retransmissions == 2)
    }

    @Test("copies whose timestamps do not rise are told apart by nothing")
    func fallingTimestamps() {
        var trace = Trace()
        trace.see(
            (0, Segment.a(100, .syn).stamped(50, echo: 0)),
            (1000, Segment.a(100, .syn).stamped(40, echo: 0)),
            (1030, Segment.b(500, ack: 101, .syn).stamped(7, echo: 50))
        )
        #expect(trace.found.isEmpty)
    }

    @Test("both ends open at once: one connection, and each SYN-ACK repeats a SYN")
    func simultaneous() {
        var trace = Trace()
        trace.see(
            (0, .a(100, .syn)),
            (1, .b(500, .syn)),
            (31, .a(100, ack: 501, .syn)),
            (32, .b(500, ack: 101, .syn)),
            (60, .a(101, ack: 501))
        )
        // The last SYN-ACK had been acknowledged as a SYN: what answers it is its own (rule 4).
        #expect(trace.found == [.init(3, .handshakeServer, 30)], "what was sent twice is not timed")
        #expect(trace.engine.groups(by: .flow, limit: nil)[0].connections == 1)
        #expect(trace.client.packets == 3)
    }

    @Test("a handshake in one tick of the clock counts once")
    func coarseClock() {
        var trace = Trace()
        trace.see((0, .a(100, .syn)), (0, .b(500, ack: 101, .syn)), (0, .a(101, ack: 501)))
        trace.see((1000, .a(101, ack: 501, length: 10)))
        #expect(trace.of(.handshake) == [.init(3, .handshake, 0)])
    }
}
