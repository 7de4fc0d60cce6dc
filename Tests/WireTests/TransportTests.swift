import Testing
import Wire

@Suite("UDP")
struct UDPHeaderTests {
    @Test("known datagrams of both families are written with their checksum")
    func write() throws {
        let payload = Array("abcd".utf8)
        let v4 = try written { buffer throws(WireError) in
            try UDPHeader.write(
                from: (Packets.local, 50000),
                to: (Packets.remote, 53),
                payload: payload.span.bytes,
                into: buffer
            )
        }
        #expect(v4 == Packets.udp4)
        let v6 = try written { buffer throws(WireError) in
            try UDPHeader.write(
                from: (Packets.local6, 50000),
                to: (Packets.remote6, 53),
                payload: payload.span.bytes,
                into: buffer
            )
        }
        #expect(v6 == Packets.udp6)
    }

    @Test("a header decodes; its length must cover itself")
    func decode() throws {
        let header = try Packets.udp4.decoded(UDPHeader.init(decoding:))
        #expect(header.source == 50000 && header.destination == 53 && header.length == 12)
        #expect(header.checksum == 0xAB7D)
        var short = Packets.udp4
        short[5] = 7
        #expect(short.failure(UDPHeader.init(decoding:))?.fault == .invalid(.length, value: 7))
    }

    @Test("a checksum of 0 goes out as all ones")
    func zeroChecksum() throws {
        // Chosen so that the sum of pseudo-header, header and data is ffff.
        let zeros: [UInt8] = [0, 0]
        let base = try written { buffer throws(WireError) in
            try UDPHeader.write(
                from: (Packets.local, 0),
                to: (Packets.remote, 0),
                payload: zeros.span.bytes,
                into: buffer
            )
        }
        let fill = Array(base[6..<8])
        let bytes = try written { buffer throws(WireError) in
            try UDPHeader.write(
                from: (Packets.local, 0),
                to: (Packets.remote, 0),
                payload: fill.span.bytes,
                into: buffer
            )
        }
        #expect(Array(bytes[6..<8]) == hex("ffff"))
    }

    @Test("no room and too much data are refused")
    func refused() {
        #expect(throws: WireError(layer: .udp, fault: .short(needed: 8, had: 7))) {
            try written(room: 7) { buffer throws(WireError) in
                try UDPHeader.write(from: (Packets.local, 1), to: (Packets.remote, 2), payload: RawSpan(), into: buffer)
            }
        }
        let large = [UInt8](repeating: 0, count: 65528)
        #expect(throws: WireError(layer: .udp, fault: .invalid(.payloadLength, value: 65528))) {
            try written(room: 70000) { buffer throws(WireError) in
                try UDPHeader.write(
                    from: (Packets.local, 1),
                    to: (Packets.remote, 2),
                    payload: large.span.bytes,
                    into: buffer
                )
            }
        }
    }
}

@Suite("TCP")
struct TCPHeaderTests {
    private let syn = TCPHeader(
        source: 40000,
        destination: 443,
        sequence: 0xDEAD_BEEF,
        flags: .syn,
        options: TCPOptions(
            maximumSegmentSize: 1460,
            windowScale: 7,
            timestamps: .init(value: 0x0102_0304, echo: 0xA0A1_A2A3),
            sackPermitted: true
        )
    )

    @Test("a known SYN of both families is written with its checksum")
    func write() throws {
        let v4 = try written { buffer throws(WireError) in
            try syn.write(from: Packets.local, to: Packets.remote, into: buffer)
        }
        #expect(v4 == Packets.tcp4)
        let v6 = try written { buffer throws(WireError) in
            try syn.write(from: Packets.local6, to: Packets.remote6, into: buffer)
        }
        #expect(v6 == Packets.tcp6)
    }

    @Test("a known SYN decodes with all its options")
    func decode() throws {
        var expected = syn
        expected.checksum = 0xF824
        #expect(try Packets.tcp4.decoded(TCPHeader.init(decoding:)) == expected)
    }

    @Test("lowest, middle and highest values survive both ways", arguments: [0, 0x5A, 0xFF] as [UInt8])
    func limits(byte: UInt8) throws {
        let word = UInt16(byte) << 8 | UInt16(byte)
        let long = UInt32(word) << 16 | UInt32(word)
        var header = TCPHeader(
            source: word,
            destination: ~word,
            sequence: long,
            acknowledgement: ~long,
            flags: TCPFlags(rawValue: byte),
            window: word,
            options: TCPOptions(maximumSegmentSize: word, windowScale: byte)
        )
        let bytes = try written { buffer throws(WireError) in
            try header.write(from: Packets.local, to: Packets.remote, into: buffer)
        }
        header.checksum = UInt16(bytes[16]) << 8 | UInt16(bytes[17])
        #expect(try bytes.decoded(TCPHeader.init(decoding:)) == header)
    }

    @Test("options cut by a capture are absent, the rest is read")
    func cut() throws {
        let header = try Array(Packets.tcp4[..<27]).decoded(TCPHeader.init(decoding:))
        #expect(header.headerLength == 40)
        #expect(header.options.maximumSegmentSize == 1460 && header.options.sackPermitted)
        #expect(header.options.timestamps == nil && header.options.isMalformed)
    }

    @Test(
        "hostile options end the walk",
        arguments: [
            ("0200", true), ("0201", true), ("02ff05b4", true), ("02", true), ("0203 05", true), ("0303 07", false),
            ("fe02", false), ("00ffff", false), ("01010101", false), ("0402 0204ffff", false),
            ("0809 01020304050607", true),
        ]
    )
    func hostile(text: String, malformed: Bool) {
        let bytes = hex(text)
        let options = TCPOptions(decoding: bytes.span.bytes)
        #expect(options.isMalformed == malformed)
    }

    @Test("a header length below 20 is named")
    func malformed() {
        var bytes = Packets.tcp4
        bytes[12] = 0x40
        #expect(bytes.failure(TCPHeader.init(decoding:))?.fault == .invalid(.headerLength, value: 16))
    }
}
