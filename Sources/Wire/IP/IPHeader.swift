/// What both versions have in common, with the way to the transport header already found.
public struct IPHeader: Hashable, Sendable {
    public var source: IPAddress
    public var destination: IPAddress
    public var `protocol`: IPProtocol
    /// TTL or hop limit.
    public var ttl: UInt8
    public var trafficClass: UInt8
    /// IPv4 always has one; IPv6 only in a fragment header.
    public var identification: UInt32?
    public var fragmentOffset: Int
    public var moreFragments: Bool
    /// Length of the datagram as its sender wrote it: header, extensions and data.
    public var totalLength: Int
    /// Where the transport header starts.
    public var payloadOffset: Int

    /// - Throws: what the header of its version throws; a version other than 4 and 6 is an IPv4 error.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(1, .ipv4)
        if bytes.uint8(at: 0) >> 4 == 6 {
            let header = try IPv6Header(decoding: bytes)
            let chain = try IPv6Chain(following: header, in: bytes)
            source = .v6(header.source)
            destination = .v6(header.destination)
            self.protocol = chain.protocol
            ttl = header.hopLimit
            trafficClass = header.trafficClass
            identification = chain.identification == 0 ? nil : chain.identification
            fragmentOffset = chain.fragmentOffset
            moreFragments = chain.moreFragments
            totalLength = IPv6Header.length + header.payloadLength
            payloadOffset = chain.offset
        } else {
            let header = try IPv4Header(decoding: bytes)
            source = .v4(header.source)
            destination = .v4(header.destination)
            self.protocol = header.protocol
            ttl = header.ttl
            trafficClass = header.trafficClass
            identification = UInt32(header.identification)
            fragmentOffset = header.fragmentOffset
            moreFragments = header.moreFragments
            totalLength = header.totalLength
            payloadOffset = header.headerLength
        }
    }

    /// No transport header follows.
    public var isLaterFragment: Bool { fragmentOffset > 0 }

    /// Bytes of transport header and data that are there: what the sender wrote or what was captured, whichever is
    /// less. Trailer bytes of the link layer are left out. A length of 0 (segmentation offload) means all.
    public func payloadRange(in bytes: RawSpan) -> Range<Int> {
        let noLength = totalLength == 0 || (totalLength == IPv6Header.length && !source.isIPv4)
        let end = noLength ? bytes.byteCount : min(bytes.byteCount, totalLength)
        return min(payloadOffset, end)..<end
    }
}
