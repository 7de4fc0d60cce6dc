/// The header of a DNS message (RFC 1035 §4.1.1, RFC 4035 §3 for `AD` and `CD`).
public struct DNSHeader: Hashable, Sendable {
    public struct Flags: OptionSet, Hashable, Sendable {
        /// As the bits stand in the header's second 16-bit word.
        public let rawValue: UInt16

        public init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        /// `QR`: an answer.
        public static let response = Flags(rawValue: 0x8000)
        public static let authoritative = Flags(rawValue: 0x0400)
        /// `TC`: what did not fit was left out; the whole answer is had over TCP.
        public static let truncated = Flags(rawValue: 0x0200)
        public static let recursionDesired = Flags(rawValue: 0x0100)
        public static let recursionAvailable = Flags(rawValue: 0x0080)
        public static let authenticData = Flags(rawValue: 0x0020)
        public static let checkingDisabled = Flags(rawValue: 0x0010)

        static let mask: UInt16 = 0x87B0
    }

    public var id: UInt16
    public var flags: Flags
    /// Four bits: 0 query, 4 notify, 5 update.
    public var opcode: UInt8
    /// The lower four bits; EDNS may hold eight more.
    public var responseCode: DNSResponseCode
    public var questionCount: UInt16
    public var answerCount: UInt16
    public var authorityCount: UInt16
    public var additionalCount: UInt16

    public static let length = 12

    public init(
        id: UInt16,
        flags: Flags = [],
        opcode: UInt8 = 0,
        responseCode: DNSResponseCode = .noError,
        questionCount: UInt16 = 0,
        answerCount: UInt16 = 0,
        authorityCount: UInt16 = 0,
        additionalCount: UInt16 = 0
    ) {
        self.id = id
        self.flags = flags
        self.opcode = opcode
        self.responseCode = responseCode
        self.questionCount = questionCount
        self.answerCount = answerCount
        self.authorityCount = authorityCount
        self.additionalCount = additionalCount
    }

    /// - Throws: fewer than 12 bytes.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.length, .dns)
        let word = bytes.uint16(at: 2)
        id = bytes.uint16(at: 0)
        flags = Flags(rawValue: word & Flags.mask)
        opcode = UInt8(truncatingIfNeeded: word >> 11) & 15
        responseCode = DNSResponseCode(rawValue: word & 15)
        questionCount = bytes.uint16(at: 4)
        answerCount = bytes.uint16(at: 6)
        authorityCount = bytes.uint16(at: 8)
        additionalCount = bytes.uint16(at: 10)
    }

    public var isResponse: Bool { flags.contains(.response) }
    public var isTruncated: Bool { flags.contains(.truncated) }

    func write(to writer: inout ByteWriter) {
        writer.put(id)
        writer.put(flags.rawValue & Flags.mask | UInt16(opcode & 15) << 11 | responseCode.rawValue & 15)
        writer.put(questionCount)
        writer.put(answerCount)
        writer.put(authorityCount)
        writer.put(additionalCount)
    }
}
