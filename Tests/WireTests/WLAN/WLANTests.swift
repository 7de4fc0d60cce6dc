import Testing
import Wire

@Suite("radiotap")
struct RadiotapHeaderTests {
    private func header(_ text: String) throws(WireError) -> RadiotapHeader {
        try hex(text).decoded(RadiotapHeader.init(decoding:))
    }

    @Test("length, timestamp and flags are read, little-endian")
    func known() throws {
        let header = try WLANPackets.captured.decoded(RadiotapHeader.init(decoding:))
        #expect(header.length == 18 && header.timestamp == 0x0807_0605_0403_0201)
        #expect(header.hasFCS && !header.isPadded && !header.isDamaged)
        let bare = try self.header("00 00 0800 00000000")
        #expect(bare.length == 8 && bare.timestamp == nil && !bare.hasFCS)
        let flags = try self.header("00 00 0900 02000000 60")
        #expect(!flags.hasFCS && flags.isPadded && flags.isDamaged)
    }

    @Test("more words of present bits move the fields, aligned to their size")
    func words() throws {
        // Two words more end at 16, where the timestamp may stand.
        let two = try header("00 00 1900 03000080 00000080 00000000 0100000000000000 10")
        #expect(two.timestamp == 1 && two.hasFCS)
        // One word more ends at 12: four bytes of padding.
        let one = try header("00 00 1900 03000080 00000000 ffffffff 0100000000000000 10")
        #expect(one == two)
    }

    @Test("every shorter prefix is short, and no change traps")
    func prefixes() {
        expectPrefixesAreShort(WLANPackets.radiotap) { $0.failure(RadiotapHeader.init(decoding:)) }
        expectNoTrap([WLANPackets.radiotap]) { $0.failure(RadiotapHeader.init(decoding:)) }
    }

    @Test(
        "a length that cannot hold what the header announces is refused",
        arguments: [
            ("00 00 0000 00000000", 0), ("00 00 0700 00000000", 7), ("00 00 0800 01000000", 8),
            ("00 00 0800 02000000", 8), ("00 00 0800 00000080", 8), ("00 00 0c00 00000080 00000080", 12),
            ("00 00 0f00 01000000 00000000000000", 15), ("00 00 1000 03000000 0000000000000000", 16),
        ]
    )
    func lengths(text: String, length: UInt64) {
        #expect(hex(text).failure(RadiotapHeader.init(decoding:))?.fault == .invalid(.headerLength, value: length))
    }

    @Test("another version is refused, the greatest length is short")
    func version() {
        let version = hex("01 00 0800 00000000").failure(RadiotapHeader.init(decoding:))
        #expect(version?.fault == .invalid(.version, value: 1))
        let long = hex("00 00 ffff 00000000").failure(RadiotapHeader.init(decoding:))
        #expect(long?.fault == .short(needed: 65535, had: 8))
    }
}

@Suite("IEEE 802.11 data frames")
struct WLANDataFrameTests {
    private func frame(_ bytes: [UInt8], hasFCS: Bool = false, isPadded: Bool = false) throws(WireError)
        -> WLANDataFrame
    {
        try bytes.decoded { span throws(WireError) in
            try WLANDataFrame(decoding: span, hasFCS: hasFCS, isPadded: isPadded)
        }
    }

    private func captured(_ bytes: [UInt8], isCut: Bool = false) throws(WireError) -> WLANDataFrame {
        try bytes.decoded { span throws(WireError) in try WLANDataFrame(decodingRadiotap: span, isCut: isCut) }
    }

    private func fault(_ bytes: [UInt8]) -> WireError.Fault? {
        bytes.failure { span throws(WireError) in try WLANDataFrame(decoding: span) }?.fault
    }

    private func changed(_ bytes: [UInt8], _ index: Int, _ value: UInt8) -> [UInt8] {
        var bytes = bytes
        bytes[index] = value
        return bytes
    }

    private let one = MACAddress(rawValue: 0x0200_0000_0001)
    private let two = MACAddress(rawValue: 0x0200_0000_0002)

    @Test("source and destination stand where the two bits of the distribution system say")
    func addresses() throws {
        let down = try frame(WLANPackets.fromAP)
        #expect(down.destination == one && down.source == two && down.payloadOffset == 24 && !down.isRelayed)
        #expect(down.priority == nil && down.payloadEnd == WLANPackets.fromAP.count && !down.isRetry)
        let up = try frame(WLANPackets.qosToAP)
        #expect(up.destination == two && up.source == one && up.payloadOffset == 26 && up.priority == 5)
        let across = try frame(WLANPackets.relayed)
        #expect(across.destination == one && across.source == two && across.payloadOffset == 30 && across.isRelayed)
        let direct = try frame(changed(WLANPackets.fromAP, 1, 0x08))
        #expect(direct.destination == one && direct.source == MACAddress(rawValue: 0x0200_0000_00AA))
        #expect(direct.isRetry)
    }

    @Test("HT control, padding and checksum move the payload")
    func extents() throws {
        let control = hex("88 82 0000 020000000001 0200000000aa 020000000002 1000 0000 01020304") + WLANPackets.llc
        #expect(try frame(control).payloadOffset == 30)
        #expect(try frame(WLANPackets.qosToAP + [0, 0], isPadded: true).payloadOffset == 28)
        #expect(try frame(WLANPackets.fromAP, isPadded: true).payloadOffset == 24)
        #expect(try frame(WLANPackets.fromAP, hasFCS: true).payloadEnd == WLANPackets.fromAP.count - 4)
        // The order bit of a frame without QoS announces nothing.
        #expect(try frame(changed(WLANPackets.fromAP, 1, 0x82)).payloadOffset == 24)
    }

    @Test("what carries no whole packet in the clear is refused with its reason")
    func refused() {
        #expect(fault(changed(WLANPackets.fromAP, 0, 0x80)) == .invalid(.frameType, value: 0x20))
        #expect(fault(changed(WLANPackets.fromAP, 0, 0x48)) == .invalid(.frameType, value: 0x12))
        #expect(fault(changed(WLANPackets.fromAP, 0, 0xD4)) == .invalid(.frameType, value: 0x35))
        #expect(fault(changed(WLANPackets.fromAP, 0, 0x09)) == .invalid(.version, value: 1))
        #expect(fault(changed(WLANPackets.fromAP, 1, 0x42)) == .invalid(.protected, value: 1))
        #expect(fault(changed(WLANPackets.fromAP, 1, 0x06)) == .invalid(.fragment, value: 0))
        #expect(fault(changed(WLANPackets.fromAP, 22, 0x13)) == .invalid(.fragment, value: 3))
        #expect(fault(changed(WLANPackets.qosToAP, 24, 0x80)) == .invalid(.aggregate, value: 1))
    }

    @Test("behind radiotap the offsets count from its start, and the checksum is left out")
    func captured() throws {
        let frame = try self.captured(WLANPackets.captured)
        #expect(frame.payloadOffset == 18 + 24 && frame.payloadEnd == WLANPackets.captured.count - 4)
        #expect(try self.captured(WLANPackets.captured, isCut: true).payloadEnd == WLANPackets.captured.count)
        #expect(throws: WireError(layer: .radiotap, fault: .invalid(.badFCS, value: 1))) {
            try self.captured(changed(WLANPackets.captured, 16, 0x50))
        }
    }

    @Test("every shorter prefix is short, and no change traps")
    func prefixes() {
        expectPrefixesAreShort(WLANPackets.fromAP, needed: 24) { bytes in
            bytes.failure { span throws(WireError) in try WLANDataFrame(decoding: span) }
        }
        expectPrefixesAreShort(WLANPackets.relayed, needed: 30) { bytes in
            bytes.failure { span throws(WireError) in try WLANDataFrame(decoding: span) }
        }
        expectPrefixesAreShort(WLANPackets.captured, needed: 18 + 24 + 4) { bytes in
            bytes.failure { span throws(WireError) in try WLANDataFrame(decodingRadiotap: span) }
        }
        expectNoTrap([WLANPackets.captured, WLANPackets.radiotap + WLANPackets.qosToAP]) { bytes in
            bytes.failure { span throws(WireError) in
                let frame = try WLANDataFrame(decodingRadiotap: span)
                return try LLCHeader(decoding: span.extracting(frame.payloadOffset..<frame.payloadEnd))
            }
        }
    }
}

@Suite("LLC")
struct LLCHeaderTests {
    @Test(
        "SNAP of RFC 1042 and of bridges shows an EtherType, all else its own",
        arguments: [
            ("aaaa 03 000000 86dd", .etherType(0x86DD, offset: 8)),
            ("aaaa 03 0000f8 80f3", .etherType(0x80F3, offset: 8)),
            ("aaaa 03 00000c 2000", .snap(organization: 0x0C, protocol: 0x2000)),
            ("4242 03", .accessPoints(destination: 0x42, source: 0x42)),
            ("fefe 03 83", .accessPoints(destination: 0xFE, source: 0xFE)),
            ("aaaa 13 000000 0800", .accessPoints(destination: 0xAA, source: 0xAA)),
        ] as [(String, LLCHeader)]
    )
    func kinds(text: String, header: LLCHeader) throws {
        #expect(try hex(text).decoded(LLCHeader.init(decoding:)) == header)
    }

    @Test("every shorter prefix is short")
    func prefixes() {
        expectPrefixesAreShort(WLANPackets.llc) { $0.failure(LLCHeader.init(decoding:)) }
    }

    @Test(
        "where the capture cut a frame, its packet is as long as it was on the wire, less the checksum that is announced"
    )
    func lengths() {
        let ip = hex("4500 0000 0001 4000 4006 0000 0a000001 0a000002")
        let tcp = hex("03e8 0050 00000001 00000001 5010 0100 0000 0000")
        let frame = Array(WLANPackets.fromAP.dropLast()) + ip + tcp + [UInt8](repeating: 7, count: 100)
        for (bytes, link) in [
            (WLANPackets.radiotap + frame + hex("deadbeef"), LinkType.radiotap), (frame, .ieee80211),
            (hex("0000 0800 69000000") + frame, .ppi),
        ] {
            for captured in [bytes.count, bytes.count - 2, bytes.count - 50] {
                var view = PacketView()
                let kept = Array(bytes.prefix(captured))
                let verdict = view.decode(kept.span.bytes, wireLength: bytes.count, link: link)
                #expect(verdict == .tcp && view.payloadLength == 100, "\(link.name), \(captured) bytes")
            }
        }
    }
}
