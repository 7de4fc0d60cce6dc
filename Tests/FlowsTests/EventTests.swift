import Flows
import Testing
import Wire

private let near = IPv4Address(10, 0, 0, 1)
private let far = IPv4Address(10, 0, 0, 2)

private func packet(esp sequence: UInt32) -> [UInt8] {
    let body = Frame.big(UInt32(0xABCD)) + Frame.big(sequence) + [UInt8](repeating: 0, count: 16)
    return Frame.ethernet(0x0800, Frame.ipv4(near, far, 50, id: 1, body))
}

private func packet(bfd state: BFDState, fromNear: Bool = true, wants interval: UInt32, every period: UInt32) -> [UInt8]
{
    let body: [UInt8] =
        [0x20, state.rawValue << 6, 3, 24] + Frame.big(UInt32(1)) + Frame.big(UInt32(2)) + Frame.big(period)
        + Frame.big(interval) + Frame.big(UInt32(0))
    let datagram = Frame.udp(49152, BFDPort.control, body)
    return Frame.ethernet(
        0x0800,
        Frame.ipv4(fromNear ? near : far, fromNear ? far : near, 17, id: 1, datagram)
    )
}

@Suite("events")
struct EventTests {
    @Test("a segment that is sent again is an event of its direction; one that fills a hole is none")
    func retransmission() {
        var trace = Trace()
        trace.shakeHands()
        trace.see((70, .a(101, ack: 501, length: 100)), (300, .a(101, ack: 501, length: 100)))
        #expect(trace.events.map(\.kind) == [.retransmission])
        #expect(trace.events.map(\.source) == [.v4(near)] && trace.events.map(\.destination) == [.v4(far)])
    }

    @Test("a jump of ESP numbers says how many are missing, one that comes after all is taken back")
    func esp() {
        var trace = Trace()
        for (time, number) in [(0, 1), (1, 2), (2, 6), (3, 4), (4, 7)] as [(Int64, UInt32)] {
            trace.see(packet(esp: number), at: time)
        }
        #expect(trace.events.map(\.kind) == [.missingESP, .lateESP])
        #expect(trace.events.map(\.value) == [3, 1])
    }

    @Test("a BFD packet tells the state of its sender, and what it wants of the session")
    func bfd() {
        var trace = Trace()
        trace.see(packet(bfd: .up, wants: 300_000, every: 50_000), at: 0)
        trace.see(packet(bfd: .down, fromNear: false, wants: 50_000, every: 100_000), at: 10)
        #expect(trace.events.map(\.kind) == [.bfd, .bfd])
        #expect(trace.events.map(\.value) == [UInt32(BFDState.up.rawValue), UInt32(BFDState.down.rawValue)])
        #expect(
            trace.events.map(\.session) == [
                .init(sending: 50_000_000, receiving: 300_000_000, multiplier: 3),
                .init(sending: 100_000_000, receiving: 50_000_000, multiplier: 3),
            ]
        )
    }

    @Test("without a wish for them there are none")
    func unwanted() {
        var engine = FlowEngine()
        var count = 0
        engine.drainEvents { _ in count += 1 }
        #expect(count == 0)
    }
}
