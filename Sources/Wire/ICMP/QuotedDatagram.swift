/// The start of the datagram that an ICMP error complains of. Eight bytes of transport header suffice (RFC 792); what
/// follows them may be missing.
public struct QuotedDatagram: Hashable, Sendable {
    public enum Transport: Hashable, Sendable {
        case echoRequest(ICMPEcho)
        case udp(source: UInt16, destination: UInt16, length: UInt16, checksum: UInt16)
        case tcp(source: UInt16, destination: UInt16, sequence: UInt32)
        /// An ICMP message other than an echo request: nothing that we sent. An error about an error is against
        /// RFC 1122 §3.2.2 and belongs to nobody.
        case otherICMP(type: UInt8)
        /// Not the first fragment: it has no transport header.
        case laterFragment
        case other
        /// Fewer than eight bytes of the transport header.
        case truncated
    }

    /// Of the datagram as it arrived at the router; translators on the way may have changed addresses and ports.
    public var source: IPAddress
    public var destination: IPAddress
    public var `protocol`: IPProtocol
    /// TTL or hop limit on arrival; other than 1 in a Time Exceeded shows a router that forwards without decrement.
    public var ttl: UInt8
    public var trafficClass: UInt8
    public var identification: UInt32?
    public var totalLength: Int
    public var transport: Transport

    /// - Throws: no whole IP header.
    public init(decoding bytes: RawSpan) throws(WireError) {
        let header = try IPHeader(decoding: bytes)
        source = header.source
        destination = header.destination
        self.protocol = header.protocol
        ttl = header.ttl
        trafficClass = header.trafficClass
        identification = header.identification
        totalLength = header.totalLength
        if header.isLaterFragment {
            transport = .laterFragment
        } else if bytes.byteCount < header.payloadOffset + 8 {
            transport = .truncated
        } else {
            transport = Self.transport(
                of: header.protocol,
                family: header.source.family,
                in: bytes.extracting(header.payloadOffset..<header.payloadOffset + 8)
            )
        }
    }

    /// `bytes` are the first eight of the transport header.
    private static func transport(of number: IPProtocol, family: IPFamily, in bytes: RawSpan) -> Transport {
        switch number {
        case .udp:
            return .udp(
                source: bytes.uint16(at: 0),
                destination: bytes.uint16(at: 2),
                length: bytes.uint16(at: 4),
                checksum: bytes.uint16(at: 6)
            )
        case .tcp:
            return .tcp(
                source: bytes.uint16(at: 0),
                destination: bytes.uint16(at: 2),
                sequence: bytes.uint32(at: 4)
            )
        case .icmp where family == .v4, .icmpv6 where family == .v6:
            let type = bytes.uint8(at: 0)
            let request = family == .v4 ? ICMPType.v4EchoRequest : ICMPType.v6EchoRequest
            guard type == request else { return .otherICMP(type: type) }
            return .echoRequest(ICMPEcho(fields: bytes))
        default:
            return .other
        }
    }
}
