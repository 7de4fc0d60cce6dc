/// The radiotap header that a capture puts before an IEEE 802.11 frame (radiotap.org). Unlike all else here its numbers
/// are little-endian.
public struct RadiotapHeader: Hashable, Sendable {
    /// Where the frame starts.
    public var length: Int
    /// Microseconds of the card's clock when the first bit arrived (field `TSFT`).
    public var timestamp: UInt64?
    /// The frame ends with its checksum.
    public var hasFCS: Bool
    /// The frame's header is padded to a multiple of four bytes.
    public var isPadded: Bool
    /// The card found the checksum wrong.
    public var isDamaged: Bool

    private static let minimumLength = 8

    /// - Throws: fewer bytes than the header says, another version than 0, a length that cannot hold the fields which the
    ///   header announces as far as they are read.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.minimumLength, .radiotap)
        guard bytes.uint8(at: 0) == 0 else { throw WireError.invalid(.radiotap, .version, bytes.uint8(at: 0)) }
        length = Int(bytes.uint16(at: 2).byteSwapped)
        guard length >= Self.minimumLength else { throw WireError.invalid(.radiotap, .headerLength, length) }
        try bytes.require(length, .radiotap)
        // The top bit of each word of "present" bits announces one more.
        let present = bytes.uint32(at: 4).byteSwapped
        var position = 8
        var word = present
        while word & 0x8000_0000 != 0 {
            guard position + 4 <= length else { throw WireError.invalid(.radiotap, .headerLength, length) }
            word = bytes.uint32(at: position).byteSwapped
            position += 4
        }
        var flags: UInt8 = 0
        if present & 1 != 0 {
            // Fields are aligned to their size, counted from the header's start.
            position = (position + 7) & ~7
            guard position + 8 <= length else { throw WireError.invalid(.radiotap, .headerLength, length) }
            timestamp = bytes.uint64(at: position).byteSwapped
            position += 8
        }
        if present & 2 != 0 {
            guard position < length else { throw WireError.invalid(.radiotap, .headerLength, length) }
            flags = bytes.uint8(at: position)
        }
        hasFCS = flags & 0x10 != 0
        isPadded = flags & 0x20 != 0
        isDamaged = flags & 0x40 != 0
    }
}
