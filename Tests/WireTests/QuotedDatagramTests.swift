import Testing
import Wire

@Suite("Quoted datagrams")
struct QuotedDatagramTests {
    private func error(_ bytes: [UInt8], _ family: IPFamily = .v4) throws -> ICMPError {
        let message = try bytes.decoded { span throws(WireError) in
            try ICMPMessage(decoding: span, family: family, checked: true)
        }
        guard case .error(let error) = message else {
            throw WireError(layer: .icmp, fault: .invalid(.type, value: UInt64(bytes[0])))
        }
        return error
    }

    @Test("an echo request quoted with eight bytes shows identifier, sequence and checksum")
    func echo() throws {
        let error = try error(Packets.error(11, 0, Packets.ipv4(1, Array(Packets.echo4[..<8]))))
        #expect(error.kind == .ttlExceeded)
        #expect(error.quote.destination == Packets.remote && error.quote.source == Packets.local)
        #expect(error.quote.ttl == 3 && error.quote.identification == 0x1234 && error.quote.protocol == .icmp)
        let echo = ICMPEcho(identifier: 0xBEEF, sequence: 7, checksum: 0x8165)
        #expect(error.quote.transport == .echoRequest(echo))
        #expect(error.extensions.state == .absent)
    }

    @Test("UDP and TCP quotes of eight bytes show ports, length and sequence")
    func transport() throws {
        let udp = try error(Packets.error(3, 3, Packets.ipv4(17, Array(Packets.udp4[..<8]))))
        #expect(udp.kind == .portUnreachable)
        #expect(udp.quote.transport == .udp(source: 50000, destination: 53, length: 12, checksum: 0xAB7D))
        let tcp = try error(Packets.error(3, 13, Packets.ipv4(6, Array(Packets.tcp4[..<8]))))
        #expect(tcp.kind == .adminProhibited)
        #expect(tcp.quote.transport == .tcp(source: 40000, destination: 443, sequence: 0xDEAD_BEEF))
    }

    @Test("ICMPv6 errors quote behind the extension chain")
    func v6() throws {
        let chain = hex("3a00 0000 0000 0000") + Packets.echo6
        let error = try error(Packets.error(3, 0, Packets.ipv6(0, chain)), .v6)
        #expect(error.quote.transport == .echoRequest(ICMPEcho(identifier: 0xBEEF, sequence: 7, checksum: 0xADA5)))
        #expect(error.quote.destination == Packets.remote6)
        let large = try self.error(Packets.error(2, 0, rest: [0, 0, 5, 0], Packets.ipv6(17, Packets.udp6)), .v6)
        #expect(large.kind == .fragmentationNeeded(mtu: 1280))
    }

    @Test("IPv4 options in the quote are skipped")
    func options() throws {
        var quote = Packets.ipv4(1, Array(Packets.echo4[..<8]))
        quote[0] = 0x46
        quote.insert(contentsOf: hex("01010100"), at: 20)
        guard case .echoRequest(let echo) = try error(Packets.error(11, 0, quote)).quote.transport else {
            Issue.record("no echo found")
            return
        }
        #expect(echo.sequence == 7)
    }

    @Test("a nested error, a reply, a later fragment and a cut quote name nobody's probe")
    func strangers() throws {
        let nested = Packets.ipv4(1, Array(Packets.error(3, 3, Packets.ipv4(17, Packets.udp4))[..<8]))
        #expect(try error(Packets.error(11, 0, nested)).quote.transport == .otherICMP(type: 3))
        var reply = Packets.echo4
        reply[0] = 0
        #expect(try error(Packets.error(3, 1, Packets.ipv4(1, reply))).quote.transport == .otherICMP(type: 0))
        let later = Packets.ipv4(17, Packets.udp4, fragment: 1)
        #expect(try error(Packets.error(11, 1, later)).quote.transport == .laterFragment)
        let cut = Packets.ipv4(17, Array(Packets.udp4[..<7]))
        #expect(try error(Packets.error(3, 3, cut)).quote.transport == .truncated)
        #expect(try error(Packets.error(3, 3, Packets.ipv4(50, Packets.udp4))).quote.transport == .other)
        // ICMPv6 inside IPv4 is no echo of ours.
        #expect(try error(Packets.error(3, 3, Packets.ipv4(58, Packets.echo6))).quote.transport == .other)
    }

    @Test("an error without a whole quoted header is malformed, and says how")
    func malformed() {
        for length in 0..<20 {
            let bytes = Packets.error(11, 0, Array(Packets.ipv4(1, Packets.echo4)[..<length]))
            let failure = bytes.failure { span throws(WireError) in try ICMPMessage(decoding: span, family: .v4) }
            #expect(failure == WireError(layer: .ipv4, fault: .short(needed: length == 0 ? 1 : 20, had: length)))
        }
    }
}

@Suite("ICMP extensions")
struct ICMPExtensionsTests {
    private let stack: [UInt8] = {
        var bytes = hex("2000 0000 000c 0101 00061a01 186a1b02")
        let sum = InternetChecksum(over: bytes).value
        bytes[2] = UInt8(sum >> 8)
        bytes[3] = UInt8(truncatingIfNeeded: sum)
        return bytes
    }()

    private func padded(_ quote: [UInt8], to length: Int = 128) -> [UInt8] {
        quote + [UInt8](repeating: 0, count: length - quote.count)
    }

    private func decode(_ bytes: [UInt8], _ family: IPFamily = .v4) throws -> ICMPError {
        let message = try bytes.decoded { span throws(WireError) in try ICMPMessage(decoding: span, family: family) }
        guard case .error(let error) = message else { throw WireError(layer: .icmp, fault: .invalid(.type, value: 0)) }
        return error
    }

    private let labels = [
        MPLSLabel(label: 0x61, trafficClass: 5, isBottom: false, ttl: 1),
        MPLSLabel(label: 0x186A1, trafficClass: 5, isBottom: true, ttl: 2),
    ]

    @Test("an MPLS stack behind the length field of both families is read")
    func lengthField() throws {
        let quote = padded(Packets.ipv4(1, Packets.echo4))
        let v4 = try decode(Packets.error(11, 0, rest: [0, 32, 0, 0], quote + stack))
        #expect(v4.extensions.state == .valid && v4.extensions.mpls.labels == labels)
        let quote6 = padded(Packets.ipv6(58, Packets.echo6))
        let v6 = try decode(Packets.error(3, 0, rest: [16, 0, 0, 0], quote6 + stack), .v6)
        #expect(v6.extensions.state == .valid && v6.extensions.mpls.labels == labels)
    }

    @Test("without length field a whole and checked structure behind 128 bytes is read, anything else is quote")
    func oldRouters() throws {
        let quote = padded(Packets.ipv4(1, Packets.echo4))
        #expect(try decode(Packets.error(11, 0, quote + stack)).extensions.mpls.labels == labels)
        var wrong = stack
        wrong[8] ^= 1
        #expect(try decode(Packets.error(11, 0, quote + wrong)).extensions.state == .absent)
        #expect(try decode(Packets.error(11, 0, quote + [0x20, 0, 0, 0])).extensions.state == .absent)
    }

    @Test("a length beyond the message leaves the quote alone")
    func lengthTooBig() throws {
        let error = try decode(Packets.error(11, 0, rest: [0, 255, 0, 0], padded(Packets.ipv4(1, Packets.echo4))))
        #expect(error.extensions.state == .absent)
        guard case .echoRequest = error.quote.transport else {
            Issue.record("the quote is lost")
            return
        }
    }

    @Test("a length that cuts the quoted header short is malformed")
    func lengthTooSmall() {
        let bytes = Packets.error(11, 0, rest: [0, 4, 0, 0], padded(Packets.ipv4(1, Packets.echo4)))
        let failure = bytes.failure { span throws(WireError) in try ICMPMessage(decoding: span, family: .v4) }
        #expect(failure == WireError(layer: .ipv4, fault: .short(needed: 20, had: 16)))
    }

    @Test(
        "a bad checksum, version or object length is marked",
        arguments: ["checksum", "version", "object", "zero", "tail"]
    )
    func malformed(part: String) throws {
        var bytes = stack
        switch part {
        case "checksum": bytes[11] ^= 0xFF
        case "version": bytes[0] = 0x10
        case "object": (bytes[2], bytes[3], bytes[5]) = (0, 0, 13)
        case "zero": (bytes[2], bytes[3], bytes[5]) = (0, 0, 0)
        default:
            (bytes[2], bytes[3]) = (0, 0)
            bytes += [0, 4]
        }
        let quote = padded(Packets.ipv4(1, Packets.echo4))
        let error = try decode(Packets.error(11, 0, rest: [0, 32, 0, 0], quote + bytes))
        #expect(error.extensions.state == .malformed)
        #expect(error.quote.destination == Packets.remote)
    }

    @Test("a stack without bottom is bounded, and what is not held of it is counted")
    func endless() throws {
        let entries = (0..<40).flatMap { _ in hex("00010001") }
        let object = hex("2000 0000") + [0, UInt8(4 + entries.count), 1, 1] + entries
        let quote = padded(Packets.ipv4(1, Packets.echo4))
        let error = try decode(Packets.error(11, 0, rest: [0, 32, 0, 0], quote + object))
        #expect(error.extensions.mpls.count == MPLSStack.capacity)
        #expect(error.extensions.mpls.further == 40 - MPLSStack.capacity)
    }
}
