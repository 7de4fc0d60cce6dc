import Testing
import Wire

@testable import Probing

@Suite("The kernel filter of the ear")
struct HandshakeFilterTests {
    private func segment(to port: UInt16, _ flags: TCPFlags) -> [UInt8] {
        [0, 80, UInt8(port >> 8), UInt8(port & 255), 0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags.rawValue, 0, 0, 0, 0, 0, 0]
    }

    private func ip(options: Int = 0) -> [UInt8] {
        [UInt8(0x45 + options)] + [UInt8](repeating: 0, count: 19 + 4 * options)
    }

    @Test("SYN-ACK and refusal pass, with whatever flags beside; data, ACKs and plain resets do not")
    func flags() {
        let v6 = HandshakeFilter.filter(.v6)
        for passing: TCPFlags in [[.syn, .ack], [.syn, .ack, .ece], [.rst, .ack], [.rst, .ack, .psh]] {
            #expect(accepts(v6, segment(to: 61_000, passing)))
        }
        for other: TCPFlags in [.ack, [.ack, .psh], .rst, .syn, [.fin, .ack], [.syn, .rst, .ack], []] {
            #expect(!accepts(v6, segment(to: 61_000, other)))
        }
    }

    @Test("only the ports that probes take pass")
    func ports() {
        let v6 = HandshakeFilter.filter(.v6)
        for port: UInt16 in [20_000, 30_999, 61_000, 65_535] {
            #expect(accepts(v6, segment(to: port, [.syn, .ack])), "\(port)")
        }
        for port: UInt16 in [0, 443, 19_999, 31_000, 60_999] {
            #expect(!accepts(v6, segment(to: port, [.syn, .ack])), "\(port)")
        }
    }

    @Test("an IPv4 header is passed over, options too")
    func header() {
        let v4 = HandshakeFilter.filter(.v4)
        for options in [0, 3, 10] {
            #expect(accepts(v4, ip(options: options) + segment(to: 20_000, [.syn, .ack])))
            #expect(!accepts(v4, ip(options: options) + segment(to: 20_000, .ack)))
        }
        #expect(!accepts(v4, ip()))
    }

    @Test("ports are chosen from what the filter passes")
    func chosen() throws {
        let ports = PortChooser()
        for _ in 0..<200 {
            let port = try #require(ports.choose())
            #expect(accepts(HandshakeFilter.filter(.v6), segment(to: port, [.syn, .ack])), "\(port)")
        }
    }
}
