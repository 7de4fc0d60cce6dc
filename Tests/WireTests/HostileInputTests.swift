import TestSupport
import Testing
import Wire

/// Every decoder, as one function from bytes to an error or nothing.
private let decoders: [(name: String, run: @Sendable ([UInt8]) -> WireError?)] = [
    ("IPv4", { $0.failure(IPv4Header.init(decoding:)) }),
    ("IPv6", { $0.failure(IPv6Header.init(decoding:)) }),
    (
        "IP",
        { bytes in
            bytes.failure { span throws(WireError) in
                let header = try IPHeader(decoding: span)
                return header.payloadRange(in: span)
            }
        }
    ),
    ("ICMP", { bytes in bytes.failure { span throws(WireError) in try ICMPMessage(decoding: span, family: .v4) } }),
    ("ICMPv6", { bytes in bytes.failure { span throws(WireError) in try ICMPMessage(decoding: span, family: .v6) } }),
    ("quote", { $0.failure(QuotedDatagram.init(decoding:)) }),
    ("UDP", { $0.failure(UDPHeader.init(decoding:)) }),
    ("TCP", { $0.failure(TCPHeader.init(decoding:)) }),
    ("IKE request", { $0.failure(IKERequest.init(decoding:)) }),
    (
        "IKE answer",
        { bytes in
            bytes.failure { span throws(WireError) in
                try IKEResponse(decoding: span, initiatorSPI: 0x1111_1111_1111_1111)
            }
        }
    ),
    ("STAMP test", { $0.failure(STAMPTest.init(decoding:)) }),
    ("STAMP reflection", { $0.failure(STAMPReflection.init(decoding:)) }),
]

private func decoder(_ name: String) -> (@Sendable ([UInt8]) -> WireError?)? {
    decoders.first { $0.name == name }?.run
}

@Suite("Hostile input")
struct HostileInputTests {
    private static let mplsError: [UInt8] = {
        let quote = Packets.ipv4(1, Packets.echo4)
        let padded = quote + [UInt8](repeating: 0, count: 128 - quote.count)
        return Packets.error(11, 0, rest: [0, 32, 0, 0], padded + hex("2000 0000 0008 0101 00061a01"))
    }()

    private static let ikeAnswer = hex(
        """
        1111111111111111 2222222222222222 21 20 22 20 00000000 0000002c
        2900 0008 00000000 0000 0008 0000 4004
        """
    )

    /// A valid packet and how many bytes of it its decoder cannot do without.
    private static let valid: [(decoder: String, bytes: [UInt8], needed: Int)] = [
        ("IPv4", Packets.ipv4Header, 20), ("IPv6", Packets.ipv6(17, Packets.udp6), 40),
        ("IP", Packets.ipv4(17, Packets.udp4), 20), ("IP", Packets.ipv6(0, hex("1100000000000000") + Packets.udp6), 48),
        ("ICMP", Packets.echo4, 8), ("ICMPv6", Packets.echo6, 8),
        ("ICMP", Packets.error(11, 0, Packets.ipv4(1, Packets.echo4)), 28), ("ICMP", mplsError, 28),
        ("ICMPv6", Packets.error(3, 0, Packets.ipv6(58, Packets.echo6)), 48),
        ("quote", Packets.ipv4(17, Packets.udp4), 20), ("UDP", Packets.udp4, 8), ("TCP", Packets.tcp4, 20),
        ("IKE answer", ikeAnswer, 44), ("STAMP test", [UInt8](repeating: 1, count: 44), 44),
        ("STAMP reflection", [UInt8](repeating: 1, count: 44), 44),
    ]

    @Test("every shorter prefix of a valid packet is refused as short, or read", arguments: valid.indices)
    func prefixes(index: Int) throws {
        let (name, bytes, needed) = Self.valid[index]
        let decode = try #require(decoder(name))
        #expect(decode(bytes) == nil)
        for length in 0..<bytes.count {
            let failure = decode(Array(bytes[..<length]))
            guard length < needed else {
                #expect(failure == nil)
                continue
            }
            guard case .short(let wanted, let had)? = failure?.fault else {
                Issue.record("\(name): \(length) bytes gave \(String(describing: failure))")
                continue
            }
            #expect(wanted > had && had <= length)
        }
    }

    @Test("random bytes trap no decoder", arguments: decoders.map(\.name))
    func random(name: String) throws {
        let decode = try #require(decoder(name))
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<20000 {
            let length = Int(generator.next() % 96)
            _ = decode(generator.bytes(length))
        }
    }

    @Test("valid packets with changed bytes trap no decoder", arguments: valid.indices)
    func mutated(index: Int) throws {
        let (name, bytes, _) = Self.valid[index]
        let decode = try #require(decoder(name))
        var generator = SeededGenerator(seed: UInt64(index))
        for _ in 0..<10000 {
            var changed = bytes
            for _ in 0...generator.next() % 4 {
                changed[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
            }
            _ = decode(Array(changed.prefix(Int(generator.next() % UInt64(bytes.count + 1)))))
        }
    }

    @Test("no encoder writes into a buffer that is too small, nor behind its end", arguments: 0..<44)
    func smallBuffers(room: Int) {
        let stamp = STAMPTest(
            sequence: 1,
            timestamp: NTPTimestamp(rawValue: 2),
            errorEstimate: STAMPErrorEstimate(rawValue: 3)
        )
        #expect(throws: WireError(layer: .stamp, fault: .short(needed: 44, had: room))) {
            try written(room: room) { buffer throws(WireError) in try stamp.write(into: buffer) }
        }
        var bytes = [UInt8](repeating: 0xAA, count: 64)
        let count = bytes.withUnsafeMutableBytes { buffer in
            try? stamp.write(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<44]))
        }
        #expect(count == 44 && bytes[44...].allSatisfy { $0 == 0xAA })
    }
}
