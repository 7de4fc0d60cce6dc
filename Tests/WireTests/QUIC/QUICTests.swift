import Testing
import Wire

@Suite("QUIC long headers")
struct QUICLongHeaderTests {
    private func header(_ bytes: [UInt8]) throws(WireError) -> QUICLongHeader {
        try bytes.decoded(QUICLongHeader.init(decoding:))
    }

    @Test("an Initial is read field by field")
    func initial() throws {
        let header = try header(QUICPackets.initial)
        #expect(header.version == .v1 && header.type == .initial && header.isFixedBitSet)
        #expect(header.destination.description == "8394c8f03e515708" && header.source.description == "abcd")
        #expect(header.packetLength == QUICPackets.initial.count && header.offeredVersionCount == 0)
    }

    @Test(
        "the numbers of the types are those of the version",
        arguments: [
            (0xC0, 1, .initial), (0xD0, 1, .zeroRTT), (0xE0, 1, .handshake), (0xF0, 1, .retry),
            (0xC0, 2, .retry), (0xD0, 2, .initial), (0xE0, 2, .zeroRTT), (0xF0, 2, .handshake),
            (0xC0, 29, .initial), (0xE0, 3, .unknown),
        ] as [(UInt8, Int, QUICPacketType)]
    )
    func types(first: UInt8, version: Int, type: QUICPacketType) throws {
        let versions = [1: "00000001", 2: "6b3343cf", 3: "0a0a0a0a", 29: "ff00001d"]
        // Reads as a token length of 0 and a length of 0, or as what a Retry needs.
        let bytes = [first] + hex(versions[version] ?? "") + [UInt8](repeating: 0, count: 20)
        #expect(try header(bytes).type == type)
    }

    @Test("packets of one datagram follow each other")
    func coalesced() throws {
        let datagram = QUICPackets.initial + QUICPackets.handshake + QUICPackets.short
        let first = try header(datagram)
        #expect(first.type == .initial && first.packetLength == QUICPackets.initial.count)
        let second = try header(Array(datagram.dropFirst(first.packetLength)))
        #expect(second.type == .handshake && second.packetLength == QUICPackets.handshake.count)
        let rest = Array(datagram.dropFirst(first.packetLength + second.packetLength))
        #expect(
            try rest.decoded { span throws(WireError) in try QUICPacket(decoding: span) }
                == .short(
                    try QUICPackets.short.decoded { span throws(WireError) in try QUICShortHeader(decoding: span) }
                )
        )
    }

    @Test("a version negotiation lists its versions")
    func negotiation() throws {
        let bytes = QUICPackets.negotiation
        let header = try header(bytes)
        #expect(header.type == .versionNegotiation && header.version == .negotiation && header.offeredVersionCount == 2)
        let versions = (-1...2).map { index in
            header.offeredVersion(at: index, in: bytes.span.bytes)
        }
        #expect(versions == [nil, .v1, .v2, nil])
        #expect(header.offeredVersion(at: 1, in: hex("80").span.bytes) == nil)
        for cut in [1, 2, 3, 5, 8] {
            let failure = Array(QUICPackets.negotiation.dropLast(cut)).failure(QUICLongHeader.init(decoding:))
            #expect(failure?.fault == .invalid(.payloadLength, value: UInt64(8 - cut)) || (cut == 4 && failure == nil))
        }
    }

    @Test("every shorter prefix is short")
    func prefixes() {
        expectPrefixesAreShort(QUICPackets.initial) { $0.failure(QUICLongHeader.init(decoding:)) }
        expectPrefixesAreShort(QUICPackets.handshake) { $0.failure(QUICLongHeader.init(decoding:)) }
        // A Retry's token has no length: it is whole as soon as the integrity tag fits.
        expectPrefixesAreShort(QUICPackets.retry, needed: QUICPackets.retry.count - 3) {
            $0.failure(QUICLongHeader.init(decoding:))
        }
    }

    @Test("connection IDs have 0 to 20 bytes", arguments: [0, 1, 7, 8, 9, 15, 16, 17, 20, 21, 255])
    func connectionIDs(count: Int) throws {
        let id = (0..<count).map { UInt8(truncatingIfNeeded: $0 + 1) }
        let bytes = hex("e0 0a0a0a0a") + [UInt8(count)] + id + [0]
        guard count <= 20 else {
            let failure = bytes.failure(QUICLongHeader.init(decoding:))
            #expect(failure?.fault == .invalid(.connectionIDLength, value: UInt64(count)))
            return
        }
        let decoded = try header(bytes).destination
        #expect(decoded.count == UInt8(count) && decoded.isEmpty == (count == 0))
        #expect(hex(decoded.description) == id)
        #expect(try decoded == id.decoded(QUICConnectionID.init(decoding:)))
    }

    @Test("IDs that differ in length or in one byte differ")
    func connectionIDEquality() throws {
        let ids = try ["", "00", "0000", "01", "0001", "0000000000000000", "000000000000000001"].map {
            try hex($0).decoded(QUICConnectionID.init(decoding:))
        }
        #expect(Set(ids).count == ids.count)
    }

    @Test(
        "a token or a length that leads out of the datagram is short, however large",
        arguments: ["04 616263", "7fff", "bfffffff", "ffffffffffffffff", "00 7fff", "00 ffffffffffffffff", "00 c0"]
    )
    func leadsOut(rest: String) {
        let bytes = hex("c0 00000001 00 00") + hex(rest)
        guard case .short? = bytes.failure(QUICLongHeader.init(decoding:))?.fault else {
            Issue.record("\(rest) was read")
            return
        }
    }
}

@Suite("QUIC short headers")
struct QUICShortHeaderTests {
    private func header(_ bytes: [UInt8], _ length: Int = 8) throws(WireError) -> QUICShortHeader {
        try bytes.decoded { span throws(WireError) in
            try QUICShortHeader(decoding: span, connectionIDLength: length)
        }
    }

    @Test("spin bit and connection ID are read")
    func known() throws {
        let spinning = try header(QUICPackets.short)
        #expect(spinning.spin && spinning.isFixedBitSet && spinning.destination.description == "8394c8f03e515708")
        var bytes = QUICPackets.short
        bytes[0] = 0x00
        let other = try header(bytes, 0)
        #expect(!other.spin && !other.isFixedBitSet && other.destination.isEmpty)
    }

    @Test("every shorter prefix is short")
    func prefixes() {
        expectPrefixesAreShort(QUICPackets.short) { bytes in
            bytes.failure { span throws(WireError) in try QUICShortHeader(decoding: span, connectionIDLength: 8) }
        }
    }

    @Test("the other form and impossible ID lengths are refused")
    func refused() {
        #expect(throws: WireError(layer: .quic, fault: .invalid(.headerForm, value: 1))) {
            try header(QUICPackets.initial)
        }
        let short = QUICPackets.short.failure(QUICLongHeader.init(decoding:))
        #expect(short?.fault == .invalid(.headerForm, value: 0))
        for length in [-1, 21, Int.max, Int.min] {
            #expect(throws: WireError.self) { try header(QUICPackets.short, length) }
        }
    }

    @Test("no bytes trap")
    func hostile() {
        let packets = [
            QUICPackets.initial, QUICPackets.handshake, QUICPackets.retry, QUICPackets.negotiation, QUICPackets.short,
        ]
        expectNoTrap(packets) { bytes in
            bytes.failure { span throws(WireError) in try QUICPacket(decoding: span, connectionIDLength: 8) }
        }
    }
}
