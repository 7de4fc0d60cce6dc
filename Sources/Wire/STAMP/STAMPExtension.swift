/// One extension behind a STAMP packet (RFC 8972 §4).
public struct STAMPExtension: Hashable, Sendable {
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// The sender sets it, a reflector that knows the type clears it.
        public static let unrecognized = Flags(rawValue: 0x80)
        public static let malformed = Flags(rawValue: 0x40)
        public static let integrityFailed = Flags(rawValue: 0x20)
    }

    public var flags: Flags
    /// 1: extra padding; IANA "STAMP TLV Types".
    public var type: UInt8
    /// Where the value lies in the packet.
    public var value: Range<Int>

    static let headerLength = 4
}

/// Walks the extensions behind the 44 bytes of a packet. Padding of zeros, which senders of before RFC 8972 add, reads as
/// empty extensions of the reserved type 0.
public struct STAMPExtensionWalk: Hashable, Sendable {
    private var position: Int

    public init() {
        position = STAMPTest.length
    }

    /// The next extension; nil at the end.
    /// - Throws: one that leads out of the packet. What comes before it is good: padding of any bytes does no harm.
    public mutating func next(in bytes: RawSpan) throws(WireError) -> STAMPExtension? {
        guard position < bytes.byteCount else { return nil }
        let start = position + STAMPExtension.headerLength
        try bytes.require(start, .stamp)
        let end = start + Int(bytes.uint16(at: position + 2))
        try bytes.require(end, .stamp)
        let found = STAMPExtension(
            flags: STAMPExtension.Flags(rawValue: bytes.uint8(at: position) & 0xE0),
            type: bytes.uint8(at: position + 1),
            value: start..<end
        )
        position = end
        return found
    }
}
