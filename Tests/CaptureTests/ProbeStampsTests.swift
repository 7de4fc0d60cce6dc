import Flows
import Glibc
import Model
import Testing
import Wire

@testable import Capture

private let remote = IPv4Address(10, 1, 0, 4)

/// A TCP packet of a probe's connection from port 20000 to port 443.
private struct Packet {
    var isOurs = true
    var flags: TCPFlags = []
    var sequence: UInt32 = 0
    var acknowledgement: UInt32 = 0
    var length = 0
    var port: UInt16 = 20000

    var view: PacketView {
        let own = IPv4Address(10, 0, 0, 2)
        let (source, destination) = isOurs ? (own, remote) : (remote, own)
        func big<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
            (0..<Value.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
        }
        var tcp = isOurs ? big(port) + big(UInt16(443)) : big(UInt16(443)) + big(port)
        tcp += big(sequence) + big(acknowledgement) + [0x50, flags.rawValue, 1, 0, 0, 0, 0, 0]
        tcp += [UInt8](repeating: 7, count: length)
        var bytes: [UInt8] = [0x45, 0] + big(UInt16(20 + tcp.count)) + [0, 1, 0x40, 0, 64, 6, 0, 0]
        bytes += big(source.rawValue) + big(destination.rawValue) + tcp
        var view = PacketView()
        let verdict = view.decode(bytes.span.bytes, wireLength: bytes.count, link: .raw)
        precondition(verdict == .tcp)
        return view
    }
}

@Suite("stamps of our own probes")
struct ProbeStampsTests {
    private let stamps = ProbeStamps()
    private let start: Int64

    init() {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        // Later than any registration of this test.
        start = Int64(now.tv_sec + 60) * 1_000_000_000
    }

    private func expect(port: UInt16 = 20000) -> UInt64 {
        stamps.expect(ProbeConnection(localPort: port, remote: .v4(remote), remotePort: 443))
    }

    private func see(_ packets: (Int64, Packet)..., on interface: Int = 1) {
        for (time, packet) in packets { stamps.see(packet.view, time: start + time, interface: interface) }
    }

    private func isWatching(during capture: consuming InterfaceCapture) -> Bool {
        let isWatching = stamps.isWatching
        capture.close()
        return isWatching
    }

    @Test("connections are expected while there is a capture")
    func watching() {
        #expect(!stamps.isWatching)
        let options = InterfaceCapture.Options(interface: "none", flows: FlowEngineOptions())
        let isExpected = isWatching(during: InterfaceCapture(options, stamps: stamps))
        #expect(isExpected)
        #expect(!stamps.isWatching)
    }

    @Test("the SYN, its answer, the question, its acknowledgement and the first byte have their times")
    func whole() throws {
        let ticket = expect()
        see(
            (0, Packet(flags: .syn, sequence: 100)),
            (5_000, Packet(isOurs: false, flags: [.syn, .ack], sequence: 900, acknowledgement: 101)),
            (5_010, Packet(flags: .ack, sequence: 101, acknowledgement: 901)),
            (6_000, Packet(flags: .ack, sequence: 101, acknowledgement: 901, length: 50)),
            (11_000, Packet(isOurs: false, flags: .ack, sequence: 901, acknowledgement: 151)),
            (90_000, Packet(isOurs: false, flags: .ack, sequence: 901, acknowledgement: 151, length: 10))
        )
        let seen = try #require(stamps.take(ticket))
        #expect(seen.handshake == .nanoseconds(5_000) && seen.response == .nanoseconds(84_000))
        #expect(seen.acknowledged == start + 11_000 && !seen.isRefused && seen.retransmissions == 0)
        #expect(stamps.take(ticket) == nil, "it is taken once")
    }

    @Test("a SYN that is sent again leaves open which one was answered; its number is known")
    func repeated() throws {
        let ticket = expect()
        see(
            (0, Packet(flags: .syn, sequence: 100)),
            (1_000_000_000, Packet(flags: .syn, sequence: 100)),
            (1_002_000_000, Packet(isOurs: false, flags: [.syn, .ack], acknowledgement: 101)),
            (1_003_000_000, Packet(flags: .ack, sequence: 101, length: 50)),
            (1_203_000_000, Packet(flags: .ack, sequence: 101, length: 50))
        )
        let seen = try #require(stamps.take(ticket))
        #expect(seen.handshake == nil && seen.synchronizations == 2 && seen.retransmissions == 2)
    }

    @Test("a packet that the interface shows twice was sent once")
    func mirrored() throws {
        let ticket = expect()
        see((0, Packet(flags: .syn, sequence: 100)), (20_000, Packet(flags: .syn, sequence: 100)))
        #expect(try #require(stamps.take(ticket)).synchronizations == 1)
    }

    @Test("a reset is an answer that refuses")
    func refused() throws {
        let ticket = expect()
        see((0, Packet(flags: .syn)), (700, Packet(isOurs: false, flags: [.rst, .ack])))
        let seen = try #require(stamps.take(ticket))
        #expect(seen.isRefused && seen.handshake == .nanoseconds(700))
    }

    @Test("packets of the connection before over the same ports are not this one's")
    func earlier() throws {
        let ticket = expect()
        see((-120_000_000_000, Packet(flags: .syn)))
        #expect(try #require(stamps.take(ticket)).sent == nil)
    }

    @Test("an attempt over the same ports has a ticket of its own, and the old one tells nothing of it")
    func again() throws {
        let first = expect()
        let second = expect()
        see((0, Packet(flags: .syn)))
        #expect(stamps.take(first) == nil)
        #expect(try #require(stamps.take(second)).sent == start)
    }

    @Test("the interface that showed the first SYN counts, another one shows the same packets again")
    func otherInterface() throws {
        let ticket = expect()
        see((0, Packet(flags: .syn)), on: 1)
        see((10, Packet(flags: .syn)), on: 2)
        #expect(try #require(stamps.take(ticket)).synchronizations == 1)
    }

    @Test("packets of other ports are nobody's")
    func strangers() throws {
        let ticket = expect()
        see((0, Packet(flags: .syn, port: 20001)))
        #expect(try #require(stamps.take(ticket)).sent == nil)
    }

    @Test("what nobody takes does not pile up")
    func bounded() {
        let first = expect(port: 1)
        for port in 2...UInt16(20_000) { _ = expect(port: port) }
        #expect(stamps.take(first) == nil)
    }
}
