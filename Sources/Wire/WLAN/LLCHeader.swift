/// A logical link control header (IEEE Std 802.2), with the SNAP extension where it is (RFC 1042).
public enum LLCHeader: Hashable, Sendable {
    /// What an Ethernet frame would have for type, and where its payload starts.
    case etherType(UInt16, offset: Int)
    /// Another organisation's protocol.
    case snap(organization: UInt32, protocol: UInt16)
    /// Service access points without SNAP, such as spanning tree (0x42) and IS-IS (0xFE).
    case accessPoints(destination: UInt8, source: UInt8)

    public static let snapLength = 8
    /// Of a bridge for protocols that RFC 1042 would lead astray (IEEE Std 802.1H).
    private static let bridgeTunnel: UInt32 = 0xF8

    /// - Throws: fewer than three bytes, or than eight with SNAP.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(3, .llc)
        guard bytes.uint16(at: 0) == 0xAAAA, bytes.uint8(at: 2) == 3 else {
            self = .accessPoints(destination: bytes.uint8(at: 0), source: bytes.uint8(at: 1))
            return
        }
        try bytes.require(Self.snapLength, .llc)
        let organization = bytes.uint32(at: 2) & 0xFF_FFFF
        let number = bytes.uint16(at: 6)
        self =
            organization == 0 || organization == Self.bridgeTunnel
            ? .etherType(number, offset: Self.snapLength)
            : .snap(organization: organization, protocol: number)
    }
}
