/// The part of an ESP packet that is not encrypted (RFC 4303 §2).
public struct ESPHeader: Hashable, Sendable {
    /// Names the security association at the receiver.
    public var spi: UInt32
    /// The lower 32 bits; starts at 1 and counts every packet of the association, retransmissions included.
    public var sequence: UInt32

    public static let length = 8

    /// - Throws: fewer than eight bytes; an SPI of 0, which is never sent (RFC 4303 §2.1).
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.length, .esp)
        spi = bytes.uint32(at: 0)
        sequence = bytes.uint32(at: 4)
        guard spi != 0 else { throw WireError.invalid(.esp, .spi, 0) }
    }
}

/// An authentication header (RFC 4302 §2).
public struct AHHeader: Hashable, Sendable {
    public var nextHeader: IPProtocol
    /// Header and integrity check value, in bytes.
    public var headerLength: Int
    public var spi: UInt32
    public var sequence: UInt32

    public static let minimumLength = 12

    /// - Throws: fewer bytes than the header says; a length below 12; an SPI of 0.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.minimumLength, .ah)
        nextHeader = IPProtocol(rawValue: bytes.uint8(at: 0))
        headerLength = (Int(bytes.uint8(at: 1)) + 2) * 4
        guard headerLength >= Self.minimumLength else { throw WireError.invalid(.ah, .headerLength, headerLength) }
        try bytes.require(headerLength, .ah)
        spi = bytes.uint32(at: 4)
        sequence = bytes.uint32(at: 8)
        guard spi != 0 else { throw WireError.invalid(.ah, .spi, 0) }
    }
}

/// What a datagram of UDP port 4500 holds (RFC 3948 §2).
public enum UDPEncapsulated: Hashable, Sendable {
    case esp(ESPHeader)
    /// Behind the marker, from `offset` on.
    case ike(offset: Int)
    /// One byte of ones that keeps the mapping of a NAT.
    case natKeepalive

    public static let port: UInt16 = 4500

    /// `bytes` are the UDP payload.
    /// - Throws: what is none of the three: too short for ESP, or nothing.
    public init(decoding bytes: RawSpan) throws(WireError) {
        if let offset = NonESPMarker.messageOffset(in: bytes) {
            self = .ike(offset: offset)
        } else if bytes.byteCount == 1, bytes.uint8(at: 0) == 0xFF {
            self = .natKeepalive
        } else {
            self = .esp(try ESPHeader(decoding: bytes))
        }
    }
}
