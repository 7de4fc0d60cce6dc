/// As much of a message as matches answers to queries, without allocation: what the path of every packet needs.
public struct DNSTransaction: Hashable, Sendable {
    public var header: DNSHeader
    /// A hash of the first question: name in lower case, type, class. 0 where there is none. Ids alone repeat quickly;
    /// with it a stranger's answer with the right id is hardly taken.
    public var questionHash: UInt64
    /// Type of the first question.
    public var type: DNSRecordType?

    /// - Throws: fewer than 12 bytes; a first question that is cut short or has a bad name.
    public init(decoding bytes: RawSpan) throws(WireError) {
        header = try DNSHeader(decoding: bytes)
        questionHash = 0
        type = nil
        guard header.questionCount > 0 else { return }
        // FNV-1a over the labels.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var walk = DNSNameWalk(at: DNSHeader.length)
        while let label = try walk.next(in: bytes) {
            add(UInt8(truncatingIfNeeded: label.count))
            for index in label { add(foldedASCII(bytes.uint8(at: index))) }
        }
        let end = walk.end ?? DNSHeader.length
        try bytes.require(end + 4, .dns)
        for index in end..<end + 4 { add(bytes.uint8(at: index)) }
        questionHash = hash == 0 ? 1 : hash
        type = DNSRecordType(rawValue: bytes.uint16(at: end))
    }
}

/// Messages in a TCP stream: each behind its length in two bytes (RFC 1035 §4.2.2, RFC 7766 §8).
public enum DNSStream {
    public static let prefixLength = 2

    /// Where the message lies whose length stands at `offset`; nil while it is not whole.
    /// - Throws: a length that holds no header.
    public static func message(at offset: Int, in bytes: RawSpan) throws(WireError) -> Range<Int>? {
        guard offset >= 0, bytes.byteCount - offset >= prefixLength else { return nil }
        let length = Int(bytes.uint16(at: offset))
        guard length >= DNSHeader.length else { throw WireError.invalid(.dns, .length, length) }
        let start = offset + prefixLength
        return bytes.byteCount - start >= length ? start..<start + length : nil
    }
}
