import Flows
import Testing
import Wire

@Suite("round trips of segments")
struct AcknowledgementTests {
    @Test("an ACK that ends where a segment ends gives its round trip")
    func exact() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, .a(101, ack: 501, length: 50)), (130, .b(501, ack: 151)))
        #expect(trace.of(.ack) == [.init(5, .ack, 30)])
    }

    @Test("an ACK of several segments is timed from the last, one that ends in the middle of a segment not at all")
    func cumulative() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, .a(101, ack: 501, length: 50)), (110, .a(151, ack: 501, length: 50)), (130, .b(501, ack: 201)))
        #expect(trace.of(.ack) == [.init(6, .ack, 20)])
        trace.see((200, .a(201, ack: 501, length: 50)), (230, .b(501, ack: 220)))
        #expect(trace.of(.ack).count == 1)
    }

    @Test("a segment that was sent twice gives none (Karn's rule), the next one does again")
    func repeated() {
        var trace = Trace()
        trace.shakeHands()
        trace.see(
            (100, .a(101, ack: 501, length: 50)),
            (400, .a(101, ack: 501, length: 50)),
            (430, .b(501, ack: 151)),
            (500, .a(151, ack: 501, length: 50)),
            (520, .b(501, ack: 201))
        )
        #expect(trace.of(.ack) == [.init(8, .ack, 20)])
        #expect(trace.client.counters.retransmissions == 1)
    }

    @Test("an ACK that waited for a repaired hole answers the repair, not the segments behind it")
    func heldBack() {
        var trace = Trace()
        trace.shakeHands()
        trace.see(
            (100, .a(101, ack: 501, length: 50)),
            (101, .a(151, ack: 501, length: 50)),
            (130, .b(501, ack: 101)),
            (300, .a(101, ack: 501, length: 50)),
            (330, .b(501, ack: 201))
        )
        #expect(trace.of(.ack).isEmpty)
    }

    @Test("a repair whose first copy the capture did not see is timed like any other segment")
    func holeFilled() {
        var trace = Trace()
        trace.shakeHands()
        trace.see(
            (100, .a(151, ack: 501, length: 50)),
            (130, .b(501, ack: 101)),
            (300, .a(101, ack: 501, length: 30)),
            (320, .b(501, ack: 131))
        )
        #expect(trace.of(.ack) == [.init(7, .ack, 20)])
    }

    @Test("what was acknowledged before it was sent again is timed from the new copy")
    func spurious() {
        var trace = Trace()
        trace.shakeHands()
        trace.see(
            (100, .a(101, ack: 501, length: 50)),
            (130, .b(501, ack: 151)),
            (300, .a(101, ack: 501, length: 50)),
            (325, .b(501, ack: 151))
        )
        #expect(trace.of(.ack).map(\.milliseconds) == [30, 25])
        #expect(trace.client.counters.spuriousRetransmissions == 1)
    }

    @Test("an ACK that was on its way when the copy left does not answer it: SACK or the echo shows that")
    func inFlight() {
        var trace = Trace()
        trace.shakeHands()
        trace.see(
            (100, .a(101, ack: 501, length: 50)),
            (130, .b(501, ack: 151)),
            (140, .a(201, ack: 501, length: 50)),
            (300, .a(101, ack: 501, length: 50)),
            (301, .b(501, ack: 151).selecting(201..<251)),
            (325, .b(501, ack: 151).selecting(101..<151))
        )
        // The block of frame 8 answers the segment behind the hole, the D-SACK the copy.
        #expect(trace.of(.ack) == [.init(5, .ack, 30), .init(8, .ack, 161), .init(9, .ack, 25)])
        var stamped = Trace()
        stamped.shakeHands()
        stamped.see(
            (100, Segment.a(101, ack: 501, length: 50).stamped(10, echo: 5)),
            (130, Segment.b(501, ack: 151).stamped(6, echo: 10)),
            (300, Segment.a(101, ack: 501, length: 50).stamped(20, echo: 6)),
            (301, Segment.b(501, ack: 151).stamped(7, echo: 10)),
            (325, Segment.b(501, ack: 151).stamped(8, echo: 20))
        )
        #expect(stamped.of(.ack) == [.init(5, .ack, 30), .init(8, .ack, 25)])
    }

    @Test("the sequence number wraps")
    func wraps() {
        var trace = Trace()
        trace.see(
            (0, .a(UInt32.max - 10, .syn)),
            (50, .b(500, ack: UInt32.max - 9, .syn)),
            (60, .a(UInt32.max - 9, ack: 501)),
            (100, .a(UInt32.max - 9, ack: 501, length: 50)),
            (130, .b(501, ack: 40))
        )
        #expect(trace.of(.ack) == [.init(5, .ack, 30)])
    }

    @Test("a time that runs backwards gives no round trip, and is counted")
    func backwards() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, .a(101, ack: 501, length: 50)), (90, .b(501, ack: 151)))
        #expect(trace.of(.ack).isEmpty)
        #expect(trace.engine.totals.negativeRoundTrips == 1)
    }

    @Test("a mirror that doubles every packet changes nothing but a count")
    func mirrored() {
        var trace = Trace()
        let segments: [(Int64, Segment)] = [
            (0, .a(100, .syn)), (50, .b(500, ack: 101, .syn)), (60, .a(101, ack: 501)),
            (100, .a(101, ack: 501, length: 50)), (130, .b(501, ack: 151)),
        ]
        for (index, (time, segment)) in segments.enumerated() {
            let frame = segment.with { $0.id = UInt16(index + 1) }.frame
            trace.see(frame, at: time)
            trace.see(frame, at: time)
        }
        #expect(trace.of(.ack) == [.init(9, .ack, 30)])
        #expect(trace.client.counters.retransmissions == 0)
        #expect(trace.client.counters.mirrored == 3)
    }

    @Test("with more in flight than a flow may hold, the oldest stamps stay", arguments: [false, true])
    func deepFlight(isExact: Bool) {
        var trace = Trace(isExact: isExact)
        trace.shakeHands()
        for index in 0..<5000 {
            trace.see((100, .a(101 + UInt32(index) * 10, ack: 501, length: 10)))
        }
        for index in 0..<5000 {
            trace.see((200, .b(501, ack: 111 + UInt32(index) * 10)))
        }
        #expect(trace.of(.ack).count == (isExact ? 5000 : 2048))
        #expect(trace.of(.ack).allSatisfy { $0.milliseconds == 100 })
        #expect(trace.engine.totals.skippedStamps == (isExact ? 0 : 2952))
    }

    @Test("a SACK block answers the segment that ends where it ends, once; the cumulative ACK does not answer it again")
    func selective() {
        var trace = Trace()
        trace.shakeHands()
        trace.see(
            (80, .b(501, ack: 101)),
            (100, .a(101, ack: 501, length: 100)),
            (110, .a(201, ack: 501, length: 100)),
            (120, .a(301, ack: 501, length: 100)),
            // The first is lost.
            (150, .b(501, ack: 101).selecting(201..<301)),
            (165, .b(501, ack: 101).selecting(201..<401)),
            (166, .b(501, ack: 101).selecting(201..<401)),
            (200, .a(101, ack: 501, length: 100)),
            (240, .b(501, ack: 401))
        )
        #expect(trace.of(.ack) == [.init(8, .ack, 40), .init(9, .ack, 45)])
    }

    @Test("a SACK block that tells of a copy, or of a segment that was sent twice, answers nothing")
    func selectiveCopies() {
        var trace = Trace()
        trace.shakeHands()
        trace.see(
            (100, .a(101, ack: 501, length: 100)),
            (140, .b(501, ack: 201)),
            (150, .b(501, ack: 201).selecting(101..<201)),
            (160, .a(301, ack: 501, length: 100)),
            (170, .a(301, ack: 501, length: 100)),
            (200, .b(501, ack: 201).selecting(301..<401))
        )
        #expect(trace.of(.ack) == [.init(5, .ack, 40)])
    }

    @Test("a SACK block beside an ACK that acknowledges more was not what the ACK was sent for")
    func selectiveBesides() {
        var trace = Trace()
        trace.shakeHands()
        trace.see(
            (100, .a(101, ack: 501, length: 100)),
            (110, .a(201, ack: 501, length: 100)),
            (120, .a(301, ack: 501, length: 100)),
            (150, .b(501, ack: 201).selecting(301..<401))
        )
        #expect(trace.of(.ack) == [.init(7, .ack, 50)])
    }
}
