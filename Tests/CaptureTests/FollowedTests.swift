import Testing
import Wire

@testable import Capture

private func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

private func ipv4(_ number: UInt8, _ body: [UInt8]) -> [UInt8] {
    [0x45, 0] + big(UInt16(20 + body.count)) + [0, 1, 0x40, 0, 64, number, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + body
}

private func udp(_ port: UInt16) -> [UInt8] {
    ipv4(17, big(50_000) + big(port) + big(16) + [0, 0] + [UInt8](repeating: 0, count: 8))
}

private func ethernet(_ type: UInt16, _ body: [UInt8]) -> [UInt8] {
    [UInt8](repeating: 2, count: 12) + big(type) + body
}

@Suite("what leaves the kernel")
struct FollowedTests {
    private static let tcp = ipv4(6, [UInt8](repeating: 0, count: 20))

    @Test("TCP, ESP, BFD and what may carry them pass; other traffic does not, on every link")
    func filter() throws {
        let passing: [[UInt8]] = [
            Self.tcp, ipv4(50, [UInt8](repeating: 0, count: 16)), udp(3784), udp(4500), udp(4789),
        ]
        let stopped: [[UInt8]] = [udp(53), udp(443), ipv4(1, [8, 0, 0, 0, 0, 1, 0, 1])]
        for link in [LinkType.ethernet, .raw] {
            let filter = try #require(
                try PacketFilter.compile(InterfaceCapture.followed, link: link, source: "test", nil)
            )
            func passes(_ packet: [UInt8]) -> Bool {
                let bytes = link == .raw ? packet : ethernet(0x0800, packet)
                return filter.accepts(bytes.span.bytes, wireLength: bytes.count)
            }
            #expect(passing.map(passes) == passing.map { _ in true }, "\(link)")
            #expect(stopped.map(passes) == stopped.map { _ in false }, "\(link)")
        }
    }

    @Test("tagged frames pass whatever is in them, since a filter sees the outer header alone")
    func tagged() throws {
        let filter = try #require(
            try PacketFilter.compile(InterfaceCapture.followed, link: .ethernet, source: "test", nil)
        )
        for type in [0x8100, 0x88A8, 0x8847, 0x8864] as [UInt16] {
            let frame = ethernet(type, [0, 7, 8, 0] + Self.tcp)
            let passes = filter.accepts(frame.span.bytes, wireLength: frame.count)
            #expect(passes)
        }
    }

    @Test("a filter of the configuration is anded with it")
    func both() throws {
        let text = InterfaceCapture.filter(anding: "host 10.0.0.9 or host 10.0.0.2")
        let filter = try #require(try PacketFilter.compile(text, link: .raw, source: "test", nil))
        let (followed, other) = (Self.tcp, udp(53))
        let (first, second) = (
            filter.accepts(followed.span.bytes, wireLength: followed.count),
            filter.accepts(other.span.bytes, wireLength: other.count)
        )
        #expect(first && !second)
    }
}
