/// The fixed IPv6 header (RFC 8200 §3).
public struct IPv6Header: Hashable, Sendable {
    public var trafficClass: UInt8
    /// 20 bits.
    public var flowLabel: UInt32
    /// Extension headers and data; 0 for a jumbogram or where segmentation is left to the card.
    public var payloadLength: Int
    public var nextHeader: UInt8
    public var hopLimit: UInt8
    public var source: IPv6Address
    public var destination: IPv6Address

    public static let length = 40

    public init(
        source: IPv6Address,
        destination: IPv6Address,
        nextHeader: UInt8,
        payloadLength: Int,
        hopLimit: UInt8 = 64,
        trafficClass: UInt8 = 0,
        flowLabel: UInt32 = 0
    ) {
        self.trafficClass = trafficClass
        self.flowLabel = flowLabel
        self.payloadLength = payloadLength
        self.nextHeader = nextHeader
        self.hopLimit = hopLimit
        self.source = source
        self.destination = destination
    }

    /// - Throws: fewer than 40 bytes, another version.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.length, .ipv6)
        let first = bytes.uint32(at: 0)
        guard first >> 28 == 6 else { throw WireError.invalid(.ipv6, .version, first >> 28) }
        trafficClass = UInt8(truncatingIfNeeded: first >> 20)
        flowLabel = first & 0xF_FFFF
        payloadLength = Int(bytes.uint16(at: 4))
        nextHeader = bytes.uint8(at: 6)
        hopLimit = bytes.uint8(at: 7)
        source = bytes.ipv6Address(at: 8)
        destination = bytes.ipv6Address(at: 24)
    }

    /// - Returns: 40.
    @discardableResult
    public func write(into buffer: UnsafeMutableRawBufferPointer) throws(WireError) -> Int {
        guard payloadLength >= 0, payloadLength <= 0xFFFF else {
            throw WireError.invalid(.ipv6, .length, payloadLength)
        }
        var writer = try unsafe ByteWriter(buffer, room: Self.length, .ipv6)
        writer.put(6 << 28 | UInt32(trafficClass) << 20 | flowLabel & 0xF_FFFF)
        writer.put(UInt16(payloadLength))
        writer.put(nextHeader)
        writer.put(hopLimit)
        writer.put(source.high)
        writer.put(source.low)
        writer.put(destination.high)
        writer.put(destination.low)
        return writer.count
    }
}

/// Where the chain of IPv6 extension headers ends (RFC 8200 §4).
public struct IPv6Chain: Hashable, Sendable {
    /// What comes after the last extension header; `59` (no next header) included.
    public var `protocol`: IPProtocol
    /// Bytes from the start of the fixed header.
    public var offset: Int
    /// Of the fragment header, where there is one.
    public var fragmentOffset: Int
    public var moreFragments: Bool
    public var identification: UInt32

    /// Follows the chain behind the fixed header at the start of `bytes`. It ends at a non-first fragment too, since
    /// no transport header follows there.
    /// - Throws: an extension header that is cut short.
    public init(following header: IPv6Header, in bytes: RawSpan) throws(WireError) {
        var next = header.nextHeader
        var position = IPv6Header.length
        fragmentOffset = 0
        moreFragments = false
        identification = 0
        chain: while true {
            switch next {
            case IPProtocol.hopByHop, IPProtocol.routing, IPProtocol.destinationOptions, IPProtocol.mobility,
                IPProtocol.hostIdentity, IPProtocol.shim6:
                try bytes.require(position + 8, .ipv6)
                next = bytes.uint8(at: position)
                position += (Int(bytes.uint8(at: position + 1)) + 1) * 8
            case IPProtocol.authentication:
                try bytes.require(position + 8, .ipv6)
                next = bytes.uint8(at: position)
                position += (Int(bytes.uint8(at: position + 1)) + 2) * 4
            case IPProtocol.fragment:
                try bytes.require(position + 8, .ipv6)
                next = bytes.uint8(at: position)
                let field = bytes.uint16(at: position + 2)
                fragmentOffset = Int(field & 0xFFF8)
                moreFragments = field & 1 != 0
                identification = bytes.uint32(at: position + 4)
                position += 8
                if fragmentOffset > 0 { break chain }
            default:
                break chain
            }
        }
        self.protocol = IPProtocol(rawValue: next)
        offset = position
    }
}
