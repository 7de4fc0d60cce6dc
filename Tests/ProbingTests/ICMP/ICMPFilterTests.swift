import Sockets
import Testing

@testable import Probing

@Suite("Kernel filters of the echo sockets")
struct ICMPFilterTests {
    private let v4 = ICMPFilter.v4(identifier: 0x1234)
    private let v6 = ICMPFilter.v6(identifier: 0x1234)

    private func ip(_ protocolNumber: UInt8, options: Int = 0) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 20 + 4 * options)
        header[0] = 0x45 + UInt8(options)
        header[9] = protocolNumber
        return header
    }

    private func icmp(_ type: UInt8, identifier: UInt16 = 0) -> [UInt8] {
        [type, 0, 0, 0, UInt8(identifier >> 8), UInt8(identifier & 255), 0, 1]
    }

    private func ipv6(_ next: UInt8) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 40)
        header[0] = 0x60
        header[6] = next
        return header
    }

    @Test("a reply to our identifier passes, with and without IP options", arguments: [0, 1, 10])
    func reply(options: Int) {
        #expect(accepts(v4, ip(1, options: options) + icmp(0, identifier: 0x1234)))
        #expect(!accepts(v4, ip(1, options: options) + icmp(0, identifier: 0x1235)))
    }

    @Test("requests and other messages are dropped", arguments: [4, 5, 8, 9, 13, 14, 255] as [UInt8])
    func others(type: UInt8) {
        #expect(!accepts(v4, ip(1) + icmp(type, identifier: 0x1234)))
    }

    @Test("an error passes when it quotes an echo of ours", arguments: [3, 11, 12] as [UInt8], [0, 3])
    func error(type: UInt8, options: Int) {
        let start = ip(1, options: options) + icmp(type)
        #expect(accepts(v4, start + ip(1, options: options) + icmp(8, identifier: 0x1234)))
        #expect(!accepts(v4, start + ip(1, options: options) + icmp(8, identifier: 0x4321)))
        #expect(!accepts(v4, start + ip(17, options: options) + icmp(8, identifier: 0x1234)))
        #expect(!accepts(v4, start + ip(1, options: options)))
    }

    @Test("a packet cut short is dropped at every length")
    func short() {
        let whole = ip(1) + icmp(11) + ip(1) + icmp(8, identifier: 0x1234)
        for length in 0..<54 { #expect(!accepts(v4, Array(whole.prefix(length)))) }
    }

    @Test("ICMPv6: our replies and the errors that quote us pass, the rest does not")
    func version6() {
        #expect(accepts(v6, icmp(129, identifier: 0x1234)))
        #expect(!accepts(v6, icmp(129, identifier: 0x1235)))
        #expect(!accepts(v6, icmp(128, identifier: 0x1234)))
        #expect(!accepts(v6, icmp(135, identifier: 0x1234)))
        for type in 1...4 as ClosedRange<UInt8> {
            #expect(accepts(v6, icmp(type) + ipv6(58) + icmp(128, identifier: 0x1234)))
            #expect(!accepts(v6, icmp(type) + ipv6(58) + icmp(128, identifier: 0x9999)))
            #expect(!accepts(v6, icmp(type) + ipv6(17) + icmp(128, identifier: 0x1234)))
        }
    }
}
