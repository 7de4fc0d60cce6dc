import Testing

@testable import Wire

@Suite("TCP in IPv4 in Ethernet, read at fixed places")
struct PlainPacketTests {
    /// With timestamps and a SACK block; 6 bytes of payload.
    private static let frame = hex(
        """
        0200 0000 0002 0200 0000 0001 0800
        4500 004e 1234 4000 3f06 0000 0a00 0001 0a00 0002
        c000 01bb 0000 0065 0000 01f5 b018 01f6 0000 0000
        0101 080a 0000 0001 0000 0002 0101 050a 0000 0200 0000 0300
        6162 6364 6566
        """
    )

    private struct Decoded: Equatable {
        var verdict: PacketVerdict
        var numbers: [UInt64]

        init(_ view: PacketView, _ verdict: PacketVerdict) {
            self.verdict = verdict
            let fault = verdict == .malformed ? UInt64(view.fault.rawValue) : 0
            guard verdict == .tcp else {
                numbers = [fault]
                return
            }
            let ends = [view.sourceHigh, view.sourceLow, view.destinationHigh, view.destinationLow]
            let ip = [
                UInt64(view.hopLimit), UInt64(view.identification), UInt64(view.protocolNumber), UInt64(view.scope),
                view.isIPv6 ? 1 : 0, view.isFirstFragment ? 1 : 0,
            ]
            let tcp = [
                UInt64(view.sourcePort), UInt64(view.destinationPort), UInt64(view.sequence),
                UInt64(view.acknowledgement), UInt64(view.flags.rawValue), UInt64(view.window),
                UInt64(view.payloadLength), UInt64(view.payloadOffset), UInt64(view.windowScale ?? 255),
            ]
            let timestamps = view.hasTimestamps ? [UInt64(view.timestampValue), UInt64(view.timestampEcho)] : []
            let sack = view.sackBlocks > 0 ? [UInt64(view.sackLeft), UInt64(view.sackRight)] : []
            numbers = ends + ip + tcp + timestamps + sack
        }
    }

    private func decode(_ bytes: [UInt8], wireLength: Int) -> (atOnce: Decoded, layers: Decoded) {
        var (one, other) = (PacketView(), PacketView())
        let verdict = one.decode(bytes.span.bytes, wireLength: wireLength, link: .ethernet)
        let expected = other.decodeLayers(bytes.span.bytes, wireLength: wireLength, link: .ethernet)
        return (Decoded(one, verdict), Decoded(other, expected))
    }

    @Test("a packet is read whole")
    func known() {
        var view = PacketView()
        let isPlain = view.readPlain(Self.frame.span.bytes, wireLength: Self.frame.count)
        #expect(isPlain)
        #expect(view.source.description == "10.0.0.1" && view.destination.description == "10.0.0.2")
        #expect(view.sourcePort == 49152 && view.destinationPort == 443)
        #expect(view.sequence == 101 && view.acknowledgement == 501 && view.window == 502)
        #expect(view.payloadLength == 6 && view.payloadOffset == 78)
        #expect(view.timestampValue == 1 && view.timestampEcho == 2 && view.sackLeft == 0x200)
    }

    @Test("whatever a byte says, it is read as layer by layer")
    func everyByte() {
        for place in 0..<Self.frame.count {
            for value in UInt8.min...UInt8.max {
                var bytes = Self.frame
                bytes[place] = value
                let (atOnce, layers) = decode(bytes, wireLength: bytes.count)
                #expect(atOnce == layers, "byte \(place) is \(value)")
            }
        }
    }

    @Test("wherever the capture or the packet ends, it is read as layer by layer")
    func everyEnd() {
        for kept in 0...Self.frame.count {
            for wireLength in [0, kept, 54, 60, Self.frame.count, 1514] {
                let (atOnce, layers) = decode(Array(Self.frame.prefix(kept)), wireLength: wireLength)
                #expect(atOnce == layers, "\(kept) of \(wireLength) bytes")
            }
        }
    }
}
