import Flows
import Testing
import Wire

private let near = IPv4Address(10, 0, 0, 1)
private let far = IPv4Address(10, 0, 0, 2)

/// Each packet twice, as a port mirror shows it that copies both ports of a switch.
@Suite("copies of a port mirror")
struct MirrorTests {
    /// - Parameter id: of the first packet; 0: none has one, as in IPv6.
    private func seeTwice(_ segments: [(Int64, Segment)], id: UInt16 = 0) -> Trace {
        var trace = Trace()
        for (index, (time, segment)) in segments.enumerated() {
            let packet = segment.with { $0.id = id == 0 ? 0 : id &+ UInt16(index) }
            trace.see((time, packet), (time, packet))
        }
        return trace
    }

    private static let conversation: [(Int64, Segment)] = [
        (0, .a(100, .syn)), (50, .b(500, ack: 101, .syn)), (60, .a(101, ack: 501)),
        (100, .a(101, ack: 501, length: 50)), (130, .b(501, ack: 151)), (140, .b(501, ack: 151, length: 20)),
        (150, .a(151, ack: 521)), (200, .a(151, ack: 521, .fin)), (230, .b(521, ack: 152, .fin)),
        (240, .b(522, ack: 152, .rst)),
    ]

    @Test("with and without identification they change no round trip and no count", arguments: [UInt16(0), 7])
    func segments(id: UInt16) {
        var single = Trace()
        for (time, segment) in Self.conversation { single.see((time, segment)) }
        let trace = seeTwice(Self.conversation, id: id)
        #expect(trace.found.map(\.method) == single.found.map(\.method))
        #expect(trace.found.map(\.milliseconds) == single.found.map(\.milliseconds))
        #expect(trace.client.counters.mirrored == 5 && trace.server.counters.mirrored == 5)
        #expect(trace.client.counters.retransmissions == 0 && trace.server.counters.retransmissions == 0)
        #expect(trace.server.counters.duplicateAcknowledgements == 0)
        #expect(trace.server.counters.resets == 1)
        #expect(trace.client.payloadBytes == 50)
    }

    @Test("timestamps tell a segment that is sent again within a millisecond from its copy")
    func timestamps() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, Segment.a(101, ack: 501, length: 50).stamped(10, echo: 5)))
        trace.see((100, Segment.a(101, ack: 501, length: 50).stamped(11, echo: 5)))
        #expect(trace.client.counters.mirrored == 0 && trace.client.counters.retransmissions == 1)
    }

    @Test("no copy is behind its own answer: a SYN-ACK that comes again after the client's ACK was sent again")
    func answered() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((60, .b(500, ack: 101, .syn)))
        #expect(trace.server.counters.mirrored == 0)
    }

    @Test("duplicate ACKs that select more and more are no copies")
    func selections() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, .b(501, ack: 101)))
        for end in [UInt32(200), 250, 300] { trace.see((100, Segment.b(501, ack: 101).selecting(150..<end))) }
        #expect(trace.server.counters.mirrored == 0)
        #expect(trace.server.counters.duplicateAcknowledgements == 4)
        // Without SACK they may be real as well, while nothing else has a copy.
        trace.see((200, .b(501, ack: 101)), (200, .b(501, ack: 101)))
        #expect(trace.server.counters.mirrored == 0)
    }

    @Test("of echoes and queries the first copy counts, also where others come between")
    func requests() {
        func echo(_ type: UInt8, _ sequence: UInt16, id: UInt16) -> [UInt8] {
            let message = [type, 0, 0, 0] + Frame.big(UInt16(7)) + Frame.big(sequence)
            return Frame.ethernet(
                0x0800,
                Frame.ipv4(type == 8 ? near : far, type == 8 ? far : near, 1, id: id, message)
            )
        }
        func query(_ isResponse: Bool) -> [UInt8] {
            let message: [UInt8] = [0, 5, isResponse ? 0x81 : 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, 1, 0, 1]
            let datagram = isResponse ? Frame.udp(53, 40000, message) : Frame.udp(40000, 53, message)
            return Frame.ethernet(
                0x0800,
                Frame.ipv4(isResponse ? far : near, isResponse ? near : far, 17, id: 0, datagram)
            )
        }
        var trace = Trace()
        for packet in [echo(8, 1, id: 1), echo(8, 2, id: 2), echo(8, 1, id: 1), echo(8, 2, id: 2)] {
            trace.see(packet, at: 0)
        }
        for packet in [echo(0, 1, id: 1), echo(0, 1, id: 1), echo(0, 2, id: 2), echo(0, 2, id: 2)] {
            trace.see(packet, at: 20)
        }
        #expect(trace.of(.icmp) == [.init(5, .icmp, 20), .init(7, .icmp, 20)])
        #expect(trace.client.counters.mirrored == 2 && trace.client.counters.repeated == 0)
        #expect(trace.server.counters.mirrored == 2)
        for (time, isResponse) in [(Int64(100), false), (100, false), (130, true), (130, true)] {
            trace.see(query(isResponse), at: time)
        }
        #expect(trace.of(.dns) == [.init(11, .dns, 30)])
    }

    @Test("messages of BFD and BGP count once, those of BGP also where TCP sends them again")
    func sessions() {
        let control: [UInt8] =
            [0x20, 0xC0, 3, 24] + Frame.big(UInt32(1)) + Frame.big(UInt32(2)) + Frame.big(UInt32(50_000))
            + Frame.big(UInt32(50_000)) + Frame.big(UInt32(0))
        var trace = Trace()
        for time in [Int64(0), 50, 100] {
            let datagram = Frame.udp(49152, BFDPort.control, control)
            for _ in 0..<2 { trace.see(Frame.ethernet(0x0800, Frame.ipv4(near, far, 17, id: 1, datagram)), at: time) }
        }
        #expect(trace.client.control.messages == 3 && trace.client.control.longestGap == 50_000_000)
        var session = Trace()
        func keepalive(_ sequence: UInt32) -> [UInt8] {
            let header =
                Frame.big(UInt16(40000)) + Frame.big(UInt16(179)) + Frame.big(sequence) + Frame.big(UInt32(1))
                + [0x50, 0x18, 1, 0, 0, 0, 0, 0]
            let message = [UInt8](repeating: 255, count: 16) + [0, 19, 4]
            return Frame.ethernet(0x0800, Frame.ipv4(near, far, 6, id: 0, header + message))
        }
        for (time, number) in [(Int64(0), UInt32(100)), (0, 100), (30_000, 119), (30_200, 119), (60_000, 138)] {
            session.see(keepalive(number), at: time)
        }
        #expect(session.client.control.messages == 3)
        #expect(session.client.control.longestGap == 30_000_000_000)
        #expect(session.client.counters.mirrored == 1 && session.client.counters.retransmissions == 1)
    }
}
