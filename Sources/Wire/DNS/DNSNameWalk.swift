/// Walks the labels of a name in a message, compressed or not (RFC 1035 §4.1.4), without allocation.
///
/// It ends for any input: a pointer must lead to before the labels it stands behind, as every encoder that can only
/// point at what it has already written makes them, and a name has at most 255 octets.
struct DNSNameWalk {
    static let maximumLength = 255

    private var position: Int
    /// A pointer must lead below this.
    private var lowest: Int
    private var octets = 1
    /// Where the message goes on behind the name; known after the walk.
    private(set) var end: Int?

    init(at position: Int) {
        self.position = position
        lowest = position
    }

    /// Where the next label's bytes lie, without its length; nil at the root.
    /// - Throws: a name that leaves the message, a label type other than length and pointer, a pointer that leads
    ///   forward or in a circle, more than 255 octets.
    mutating func next(in bytes: RawSpan) throws(WireError) -> Range<Int>? {
        while true {
            try bytes.require(position + 1, .dns)
            let length = bytes.uint8(at: position)
            switch length >> 6 {
            case 0:
                let start = position + 1
                if length == 0 {
                    end = end ?? start
                    return nil
                }
                try bytes.require(start + Int(length), .dns)
                octets += 1 + Int(length)
                guard octets <= Self.maximumLength else { throw WireError.invalid(.dns, .nameLength, octets) }
                position = start + Int(length)
                return start..<position
            case 3:
                try bytes.require(position + 2, .dns)
                let target = Int(bytes.uint16(at: position) & 0x3FFF)
                guard target >= DNSHeader.length, target < lowest else {
                    throw WireError.invalid(.dns, .compressionPointer, target)
                }
                end = end ?? position + 2
                lowest = target
                position = target
            default: throw WireError.invalid(.dns, .label, length)
            }
        }
    }

    /// Where the message goes on behind the name at `position`.
    static func skip(at position: Int, in bytes: RawSpan) throws(WireError) -> Int {
        var walk = DNSNameWalk(at: position)
        while try walk.next(in: bytes) != nil {}
        return walk.end ?? position
    }
}

@inline(__always)
func foldedASCII(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
}
