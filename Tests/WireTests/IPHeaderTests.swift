import Testing
import Wire

@Suite("IPv4 header")
struct IPv4HeaderTests {
    @Test("a known header decodes field by field")
    func known() throws {
        let header = try Packets.ipv4Header.decoded(IPv4Header.init(decoding:))
        #expect(header.headerLength == 20 && header.totalLength == 20)
        #expect(header.identification == 0x1234 && header.dontFragment && !header.moreFragments)
        #expect(header.ttl == 3 && header.protocol == .udp && header.checksum == 0x9999)
        #expect(IPAddress.v4(header.source) == Packets.local && IPAddress.v4(header.destination) == Packets.remote)
    }

    @Test("a header is written with its checksum")
    func write() throws {
        let header = IPv4Header(
            source: IPv4Address(10, 1, 0, 4),
            destination: IPv4Address(192, 0, 2, 7),
            protocol: .udp,
            payloadLength: 0,
            ttl: 3,
            identification: 0x1234,
            dontFragment: true
        )
        #expect(try written { buffer throws(WireError) in try header.write(into: buffer) } == Packets.ipv4Header)
    }

    @Test("lowest, middle and highest values survive both ways", arguments: [0, 0x5A, 0xFF] as [UInt8])
    func limits(byte: UInt8) throws {
        let word = UInt16(byte) << 8 | UInt16(byte)
        var header = IPv4Header(
            source: IPv4Address(rawValue: UInt32(word) << 16 | UInt32(word)),
            destination: IPv4Address(rawValue: ~UInt32(word)),
            protocol: IPProtocol(rawValue: byte),
            payloadLength: min(Int(word), 65515),
            ttl: byte,
            identification: word,
            dontFragment: byte & 1 == 1,
            trafficClass: byte
        )
        header.moreFragments = byte & 1 == 1
        header.fragmentOffset = Int(word & 0x1FFF) * 8
        let bytes = try written { buffer throws(WireError) in try header.write(into: buffer) }
        header.checksum = UInt16(bytes[10]) << 8 | UInt16(bytes[11])
        #expect(try bytes.decoded(IPv4Header.init(decoding:)) == header)
        #expect(InternetChecksum(over: bytes).isValid)
    }

    @Test("options are skipped")
    func options() throws {
        var bytes = Packets.ipv4(17, Packets.udp4)
        bytes[0] = 0x47
        bytes.insert(contentsOf: hex("9404 0000 0101 0100"), at: 20)
        bytes[3] += 8
        let header = try bytes.decoded(IPHeader.init(decoding:))
        #expect(header.payloadOffset == 28)
        #expect(header.payloadRange(in: bytes.span.bytes) == 28..<40)
    }

    @Test("a length that does not fit is not written")
    func tooLong() {
        let header = IPv4Header(
            source: IPv4Address(rawValue: 0),
            destination: IPv4Address(rawValue: 0),
            protocol: .udp,
            payloadLength: 65516
        )
        #expect(throws: WireError.self) { try written { buffer throws(WireError) in try header.write(into: buffer) } }
    }

    @Test("another version and a short header length are named")
    func malformed() {
        var other = Packets.ipv4Header
        other[0] = 0x65
        #expect(other.failure(IPv4Header.init(decoding:))?.fault == .invalid(.version, value: 6))
        var short = Packets.ipv4Header
        short[0] = 0x44
        #expect(short.failure(IPv4Header.init(decoding:))?.fault == .invalid(.headerLength, value: 16))
        var options = Packets.ipv4Header
        options[0] = 0x4F
        let failure = options.failure(IPv4Header.init(decoding:))
        #expect(failure == WireError(layer: .ipv4, fault: .short(needed: 60, had: 20)))
        #expect(failure?.description == "IPv4: 60 bytes needed, 20 there")
    }
}

@Suite("IPv6 header and extension chain")
struct IPv6HeaderTests {
    @Test("lowest, middle and highest values survive both ways", arguments: [0, 0x5A, 0xFF] as [UInt8])
    func limits(byte: UInt8) throws {
        let half = UInt64(byte) &* 0x0101_0101_0101_0101
        let header = IPv6Header(
            source: IPv6Address(high: half, low: ~half),
            destination: IPv6Address(high: ~half, low: half),
            nextHeader: byte,
            payloadLength: Int(byte) << 8 | Int(byte),
            hopLimit: byte,
            trafficClass: byte,
            flowLabel: UInt32(byte) * 0x1010 & 0xF_FFFF
        )
        let bytes = try written { buffer throws(WireError) in try header.write(into: buffer) }
        #expect(bytes.count == 40)
        #expect(try bytes.decoded(IPv6Header.init(decoding:)) == header)
    }

    @Test("the bytes of a header stand where RFC 8200 puts them")
    func exact() throws {
        let header = IPv6Header(
            source: IPv6Address(high: 0x2001_0DB8_0000_0000, low: 1),
            destination: IPv6Address(high: 0x2001_0DB8_0000_0000, low: 0xFFFF),
            nextHeader: 17,
            payloadLength: 12,
            hopLimit: 1,
            trafficClass: 0xB8,
            flowLabel: 0x12345
        )
        let expected = hex("6b812345 000c 11 01 20010db8000000000000000000000001 20010db800000000000000000000ffff")
        #expect(try written { buffer throws(WireError) in try header.write(into: buffer) } == expected)
    }

    @Test("hop-by-hop, routing, destination options and AH lead to the transport")
    func chain() throws {
        let extensions =
            hex("2b00 0000 0000 0000") + hex("3c01 0000 0000 0000 0000 0000 0000 0000")
            + hex("3300 0000 0000 0000") + hex("1101 0000 0000 0000 0000 0000")
        let bytes = Packets.ipv6(0, extensions + Packets.udp6)
        let header = try bytes.decoded(IPHeader.init(decoding:))
        #expect(header.protocol == .udp)
        #expect(header.payloadOffset == 40 + 8 + 16 + 8 + 12)
        #expect(header.identification == nil)
    }

    @Test("a first fragment shows its transport, a later one does not")
    func fragments() throws {
        let first = try Packets.ipv6(44, hex("1100 0001 0a0b0c0d") + Packets.udp6).decoded(IPHeader.init(decoding:))
        #expect(first.moreFragments && !first.isLaterFragment && first.identification == 0x0A0B_0C0D)
        #expect(first.protocol == .udp && first.payloadOffset == 48)
        // What a later fragment carries must not be taken for another extension header.
        let later = try Packets.ipv6(44, hex("0000 0008 0a0b0c0d") + hex("00ff")).decoded(IPHeader.init(decoding:))
        #expect(later.isLaterFragment && later.fragmentOffset == 8 && later.payloadOffset == 48)
    }

    @Test("a chain that is cut short is named")
    func cut() {
        let bytes = Packets.ipv6(0, hex("11ff 0000 0000 0000"))
        #expect(bytes.failure(IPHeader.init(decoding:)) == nil)
        let longer = Packets.ipv6(0, hex("00ff 0000 0000 0000"))
        let failure = longer.failure(IPHeader.init(decoding:))
        #expect(failure == WireError(layer: .ipv6, fault: .short(needed: 40 + 2048 + 8, had: 48)))
    }
}

@Suite("Either IP header")
struct IPHeaderTests {
    @Test("trailer bytes of the link layer are no payload, and a cut packet ends where it ends")
    func payload() throws {
        let padded = Packets.ipv4(17, Packets.udp4) + [0, 0, 0]
        let header = try padded.decoded(IPHeader.init(decoding:))
        #expect(header.payloadRange(in: padded.span.bytes) == 20..<32)
        let cut = Array(padded[..<25])
        #expect(header.payloadRange(in: cut.span.bytes) == 20..<25)
    }

    @Test("a length of 0 means all there is")
    func offload() throws {
        var v4 = Packets.ipv4(6, Packets.tcp4)
        v4[2] = 0
        v4[3] = 0
        let header = try v4.decoded(IPHeader.init(decoding:))
        #expect(header.payloadRange(in: v4.span.bytes) == 20..<60)
        var v6 = Packets.ipv6(6, Packets.tcp6)
        v6[4] = 0
        v6[5] = 0
        let other = try v6.decoded(IPHeader.init(decoding:))
        #expect(other.payloadRange(in: v6.span.bytes) == 40..<80)
    }

    @Test("a total length below the header leaves an empty payload")
    func shortTotal() throws {
        var bytes = Packets.ipv4(17, Packets.udp4)
        bytes[3] = 5
        let header = try bytes.decoded(IPHeader.init(decoding:))
        #expect(header.payloadRange(in: bytes.span.bytes).isEmpty)
    }
}
