import Testing
import Wire

@Suite("ICMP echo")
struct ICMPEchoTests {
    private let data = hex("0000 6e657470726f6265")

    private func request(_ family: IPFamily, sequence: UInt16, balanced: Bool = true) throws(WireError) -> [UInt8] {
        let pair = family == .v4 ? (Packets.local, Packets.remote) : (Packets.local6, Packets.remote6)
        return try written { buffer throws(WireError) in
            try ICMPEcho.write(
                .request,
                family: family,
                identifier: 0xBEEF,
                sequence: sequence,
                payload: data.span.bytes,
                balanced: balanced,
                addresses: pair,
                into: buffer
            )
        }
    }

    @Test("known requests of both families are written byte by byte")
    func known() throws {
        #expect(try request(.v4, sequence: 7) == Packets.echo4)
        #expect(try request(.v6, sequence: 7) == Packets.echo6)
    }

    @Test("the first four bytes are the same for every sequence number when balanced")
    func balanced() throws {
        for family in IPFamily.allCases {
            let first = try request(family, sequence: 0)[..<4]
            for sequence in stride(from: 0, through: 65535, by: 257) {
                #expect(try request(family, sequence: UInt16(sequence))[..<4] == first)
            }
        }
        let one = try request(.v4, sequence: 1, balanced: false)[..<4]
        #expect(try request(.v4, sequence: 2, balanced: false)[..<4] != one)
    }

    @Test("identifier and sequence survive both ways", arguments: [0, 0x5AA5, 0xFFFF] as [UInt16])
    func limits(value: UInt16) throws {
        for (family, kind) in [(IPFamily.v4, ICMPEcho.Kind.request), (.v4, .reply), (.v6, .request), (.v6, .reply)] {
            let bytes = try written { buffer throws(WireError) in
                try ICMPEcho.write(
                    kind,
                    family: family,
                    identifier: value,
                    sequence: ~value,
                    payload: RawSpan(),
                    into: buffer
                )
            }
            let message = try bytes.decoded { span throws(WireError) in
                try ICMPMessage(decoding: span, family: family, checked: true)
            }
            let checksum = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
            let echo = ICMPEcho(identifier: value, sequence: ~value, checksum: checksum)
            #expect(message == (kind == .request ? .echoRequest(echo) : .echoReply(echo)))
        }
    }

    @Test("without addresses the checksum of ICMPv6 is left to the kernel")
    func kernelChecksum() throws {
        let bytes = try written { buffer throws(WireError) in
            try ICMPEcho.write(
                .request,
                family: .v6,
                identifier: 1,
                sequence: 2,
                payload: data.span.bytes,
                into: buffer
            )
        }
        #expect(bytes[..<8] == hex("8000 0000 0001 0002")[...])
    }

    @Test("a wrong checksum is named when asked for")
    func checked() {
        var bytes = Packets.echo4
        bytes[12] ^= 0x40
        let strict = bytes.failure { span throws(WireError) in
            try ICMPMessage(decoding: span, family: .v4, checked: true)
        }
        #expect(strict == WireError(layer: .icmp, fault: .invalid(.checksum, value: 0x8165)))
        #expect(bytes.failure { span throws(WireError) in try ICMPMessage(decoding: span, family: .v4) } == nil)
    }

    @Test("balance needs two bytes of data")
    func noData() {
        let byte: [UInt8] = [0]
        #expect(throws: WireError(layer: .icmp, fault: .invalid(.payloadLength, value: 1))) {
            try written { buffer throws(WireError) in
                try ICMPEcho.write(
                    .request,
                    family: .v4,
                    identifier: 1,
                    sequence: 2,
                    payload: byte.span.bytes,
                    balanced: true,
                    into: buffer
                )
            }
        }
    }

    @Test("neither echo nor error is kept by its numbers")
    func other() throws {
        let message = try hex("0d00 0000 0000 0000").decoded { span throws(WireError) in
            try ICMPMessage(decoding: span, family: .v4)
        }
        #expect(message == .other(type: 13, code: 0))
    }
}

@Suite("ICMP errors mean")
struct ICMPErrorKindTests {
    @Test("IPv4: every code has its meaning")
    func v4() {
        let unreachable: [ICMPErrorKind] = [
            .netUnreachable, .hostUnreachable, .protocolUnreachable, .portUnreachable,
            .fragmentationNeeded(mtu: 1400), .sourceRouteFailed, .netUnreachable, .hostUnreachable, .hostUnreachable,
            .adminProhibited, .adminProhibited, .netUnreachable, .hostUnreachable, .adminProhibited,
            .adminProhibited, .adminProhibited, .other(type: 3, code: 16),
        ]
        for (code, kind) in unreachable.enumerated() {
            #expect(ICMPErrorKind(family: .v4, type: 3, code: UInt8(code), rest: 0xABCD_0578) == kind)
        }
        #expect(ICMPErrorKind(family: .v4, type: 11, code: 0, rest: 0) == .ttlExceeded)
        #expect(ICMPErrorKind(family: .v4, type: 11, code: 1, rest: 0) == .reassemblyTimeExceeded)
        #expect(ICMPErrorKind(family: .v4, type: 12, code: 0, rest: 0x1400_0000) == .parameterProblem(pointer: 20))
        #expect(ICMPErrorKind(family: .v4, type: 4, code: 0, rest: 0) == .other(type: 4, code: 0))
    }

    @Test("IPv6: every code has its meaning")
    func v6() {
        let unreachable: [ICMPErrorKind] = [
            .netUnreachable, .adminProhibited, .netUnreachable, .hostUnreachable, .portUnreachable,
            .adminProhibited, .adminProhibited, .sourceRouteFailed, .other(type: 1, code: 8),
        ]
        for (code, kind) in unreachable.enumerated() {
            #expect(ICMPErrorKind(family: .v6, type: 1, code: UInt8(code), rest: 0) == kind)
        }
        #expect(ICMPErrorKind(family: .v6, type: 2, code: 0, rest: 1_280) == .fragmentationNeeded(mtu: 1280))
        #expect(ICMPErrorKind(family: .v6, type: 2, code: 0, rest: .max) == .fragmentationNeeded(mtu: .max))
        #expect(ICMPErrorKind(family: .v6, type: 3, code: 0, rest: 0) == .ttlExceeded)
        #expect(ICMPErrorKind(family: .v6, type: 3, code: 1, rest: 0) == .reassemblyTimeExceeded)
        #expect(ICMPErrorKind(family: .v6, type: 4, code: 1, rest: 6) == .protocolUnreachable)
        #expect(ICMPErrorKind(family: .v6, type: 4, code: 0, rest: 6) == .parameterProblem(pointer: 6))
    }

    @Test("the error queue's MTU reads alike in both families")
    func queue() {
        #expect(ICMPErrorKind(family: .v4, type: 3, code: 4, mtu: 1400) == .fragmentationNeeded(mtu: 1400))
        #expect(ICMPErrorKind(family: .v6, type: 2, code: 0, mtu: 1400) == .fragmentationNeeded(mtu: 1400))
        #expect(ICMPErrorKind(family: .v4, type: 12, code: 0, mtu: 20) == .parameterProblem(pointer: 20))
    }
}
