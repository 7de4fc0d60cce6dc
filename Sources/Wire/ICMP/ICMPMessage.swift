/// An ICMP error with the datagram that it quotes.
public struct ICMPError: Hashable, Sendable {
    public var kind: ICMPErrorKind
    public var type: UInt8
    public var code: UInt8
    public var quote: QuotedDatagram
    public var extensions: ICMPExtensions
}

/// One ICMP or ICMPv6 message, from its first byte: without the IP header.
public enum ICMPMessage: Hashable, Sendable {
    case echoRequest(ICMPEcho)
    case echoReply(ICMPEcho)
    case error(ICMPError)
    case other(type: UInt8, code: UInt8)

    /// - Parameter checked: verify the checksum of an ICMPv4 message. The kernel hands raw sockets what it has not yet
    ///   checked; of ICMPv6 it has.
    /// - Throws: fewer than eight bytes, a wrong checksum, an error without a whole quoted IP header.
    public init(decoding bytes: RawSpan, family: IPFamily, checked: Bool = false) throws(WireError) {
        let layer = family == .v4 ? WireError.Layer.icmp : .icmpv6
        try bytes.require(ICMPEcho.headerLength, layer)
        if checked, family == .v4 {
            var sum = InternetChecksum()
            sum.add(bytes)
            guard sum.isValid else { throw WireError.invalid(layer, .checksum, bytes.uint16(at: 2)) }
        }
        let type = bytes.uint8(at: 0)
        let code = bytes.uint8(at: 1)
        switch (family, type) {
        case (.v4, ICMPType.v4EchoRequest), (.v6, ICMPType.v6EchoRequest):
            self = .echoRequest(ICMPEcho(fields: bytes))
        case (.v4, ICMPType.v4EchoReply), (.v6, ICMPType.v6EchoReply):
            self = .echoReply(ICMPEcho(fields: bytes))
        case _ where ICMPType.isError(type, family: family):
            self = .error(try ICMPError(decoding: bytes, family: family))
        default:
            self = .other(type: type, code: code)
        }
    }
}

extension ICMPError {
    /// RFC 4884 §5.5: a quote without length field ends at 128 bytes where extensions follow.
    private static let oldQuoteLength = 128

    /// `bytes` hold at least the eight bytes of the ICMP header.
    init(decoding bytes: RawSpan, family: IPFamily) throws(WireError) {
        type = bytes.uint8(at: 0)
        code = bytes.uint8(at: 1)
        kind = ICMPErrorKind(family: family, type: type, code: code, rest: bytes.uint32(at: 4))
        let body = bytes.extracting(8..<bytes.byteCount)
        var end = body.byteCount
        extensions = .none
        if Self.mayHaveExtensions(type, family: family) {
            let declared = family == .v4 ? Int(bytes.uint8(at: 5)) * 4 : Int(bytes.uint8(at: 4)) * 8
            let start = declared == 0 ? Self.oldQuoteLength : declared
            if start < body.byteCount {
                let rest = body.extracting(start..<body.byteCount)
                extensions = ICMPExtensions(decoding: rest, strict: declared == 0)
                if extensions.state != .absent { end = start }
            }
        }
        quote = try QuotedDatagram(decoding: body.extracting(0..<end))
    }

    private static func mayHaveExtensions(_ type: UInt8, family: IPFamily) -> Bool {
        switch (family, type) {
        case (.v4, ICMPType.v4Unreachable), (.v4, ICMPType.v4TimeExceeded), (.v4, ICMPType.v4ParameterProblem),
            (.v6, ICMPType.v6Unreachable), (.v6, ICMPType.v6TimeExceeded):
            true
        default:
            false
        }
    }
}
