/// An IPv4 header (RFC 791).
public struct IPv4Header: Hashable, Sendable {
    /// Options are skipped and kept; 20 to 60 bytes.
    public var headerLength: Int
    /// DSCP (upper six bits) and ECN (lower two).
    public var trafficClass: UInt8
    /// Header and data as the sender wrote it; 0 where segmentation is left to the card.
    public var totalLength: Int
    public var identification: UInt16
    public var dontFragment: Bool
    public var moreFragments: Bool
    /// Bytes from the start of the whole datagram's data.
    public var fragmentOffset: Int
    public var ttl: UInt8
    public var `protocol`: IPProtocol
    public var checksum: UInt16
    public var source: IPv4Address
    public var destination: IPv4Address

    public static let minimumLength = 20

    public init(
        source: IPv4Address,
        destination: IPv4Address,
        protocol number: IPProtocol,
        payloadLength: Int,
        ttl: UInt8 = 64,
        identification: UInt16 = 0,
        dontFragment: Bool = false,
        trafficClass: UInt8 = 0
    ) {
        headerLength = Self.minimumLength
        self.trafficClass = trafficClass
        totalLength = Self.minimumLength + payloadLength
        self.identification = identification
        self.dontFragment = dontFragment
        moreFragments = false
        fragmentOffset = 0
        self.ttl = ttl
        self.protocol = number
        checksum = 0
        self.source = source
        self.destination = destination
    }

    /// Reads the header and skips its options. The data may be cut short, as in the quote of an ICMP error: what
    /// `totalLength` promises is not required to be there.
    /// - Throws: too few bytes, another version, a header length below 20.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.minimumLength, .ipv4)
        let first = bytes.uint8(at: 0)
        guard first >> 4 == 4 else { throw WireError.invalid(.ipv4, .version, first >> 4) }
        headerLength = Int(first & 15) * 4
        guard headerLength >= Self.minimumLength else {
            throw WireError.invalid(.ipv4, .headerLength, headerLength)
        }
        try bytes.require(headerLength, .ipv4)
        trafficClass = bytes.uint8(at: 1)
        totalLength = Int(bytes.uint16(at: 2))
        identification = bytes.uint16(at: 4)
        let fragment = bytes.uint16(at: 6)
        dontFragment = fragment & 0x4000 != 0
        moreFragments = fragment & 0x2000 != 0
        fragmentOffset = Int(fragment & 0x1FFF) * 8
        ttl = bytes.uint8(at: 8)
        self.protocol = IPProtocol(rawValue: bytes.uint8(at: 9))
        checksum = bytes.uint16(at: 10)
        source = IPv4Address(rawValue: bytes.uint32(at: 12))
        destination = IPv4Address(rawValue: bytes.uint32(at: 16))
    }

    /// Writes the header without options, with its checksum.
    /// - Returns: 20.
    @discardableResult
    public func write(into buffer: UnsafeMutableRawBufferPointer) throws(WireError) -> Int {
        guard totalLength >= Self.minimumLength, totalLength <= 0xFFFF else {
            throw WireError.invalid(.ipv4, .length, totalLength)
        }
        var writer = try unsafe ByteWriter(buffer, room: Self.minimumLength, .ipv4)
        writer.put(UInt8(0x45))
        writer.put(trafficClass)
        writer.put(UInt16(totalLength))
        writer.put(identification)
        let flags: UInt16 = (dontFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0)
        writer.put(flags | UInt16(truncatingIfNeeded: fragmentOffset / 8) & 0x1FFF)
        writer.put(ttl)
        writer.put(self.protocol.rawValue)
        writer.put(UInt16(0))
        writer.put(source.rawValue)
        writer.put(destination.rawValue)
        writer.patch(writer.checksum(), at: 10)
        return writer.count
    }
}
