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
}
