/// A whole DNS message, decoded on demand: it allocates. The path of every packet uses `DNSTransaction`.
public struct DNSMessage: Hashable, Sendable {
    public var id: UInt16
    public var flags: DNSHeader.Flags
    public var opcode: UInt8
    /// With the upper bits of EDNS where they are.
    public var responseCode: DNSResponseCode
    public var questions: [DNSQuestion]
    public var answers: [DNSRecord]
    public var authorities: [DNSRecord]
    /// Without the `OPT` record.
    public var additionals: [DNSRecord]
    public var edns: DNSExtension?

    /// What fits a 16-bit length: no message is longer.
    public static let maximumLength = 65535

    public init(
        id: UInt16,
        flags: DNSHeader.Flags = [],
        opcode: UInt8 = 0,
        responseCode: DNSResponseCode = .noError,
        questions: [DNSQuestion] = [],
        answers: [DNSRecord] = [],
        authorities: [DNSRecord] = [],
        additionals: [DNSRecord] = [],
        edns: DNSExtension? = nil
    ) {
        self.id = id
        self.flags = flags
        self.opcode = opcode
        self.responseCode = responseCode
        self.questions = questions
        self.answers = answers
        self.authorities = authorities
        self.additionals = additionals
        self.edns = edns
    }

    /// Reads one message from its first byte. Of a message that says it is truncated (`TC`) what is whole is kept.
    /// Bytes behind the last record are ignored.
    /// - Throws: fewer questions or records than the header counts, data that contradict their type, a bad name, more
    ///   than one `OPT` record (RFC 6891 §6.1.1).
    public init(decoding bytes: RawSpan) throws(WireError) {
        let bytes = bytes.extracting(0..<min(bytes.byteCount, Self.maximumLength))
        let header = try DNSHeader(decoding: bytes)
        self.init(id: header.id, flags: header.flags, opcode: header.opcode, responseCode: header.responseCode)
        do throws(WireError) {
            try read(header, in: bytes)
        } catch {
            guard header.isTruncated, case .short = error.fault else { throw error }
        }
        if let edns {
            let upper = UInt16(edns.extendedResponseCode) << 4
            responseCode = DNSResponseCode(rawValue: upper | header.responseCode.rawValue)
        }
    }

    private mutating func read(_ header: DNSHeader, in bytes: RawSpan) throws(WireError) {
        var position = DNSHeader.length
        for _ in 0..<header.questionCount {
            questions.append(try DNSQuestion(at: &position, in: bytes))
        }
        for _ in 0..<header.answerCount {
            answers.append(try DNSRecord(at: &position, in: bytes))
        }
        for _ in 0..<header.authorityCount {
            authorities.append(try DNSRecord(at: &position, in: bytes))
        }
        for _ in 0..<header.additionalCount {
            try readAdditional(at: &position, in: bytes)
        }
    }

    private mutating func readAdditional(at position: inout Int, in bytes: RawSpan) throws(WireError) {
        var peek = try DNSNameWalk.skip(at: position, in: bytes)
        let fields = try DNSRecordFields(at: &peek, in: bytes)
        guard fields.type == .opt else {
            additionals.append(try DNSRecord(at: &position, in: bytes))
            return
        }
        guard edns == nil else { throw WireError.invalid(.dns, .count, 2) }
        edns = try DNSExtension(fields, in: bytes)
        position = peek
    }

    public var isResponse: Bool { flags.contains(.response) }
    public var isTruncated: Bool { flags.contains(.truncated) }

    /// Bytes that `write` needs.
    public var encodedLength: Int {
        let records = answers + authorities + additionals
        return DNSHeader.length + questions.reduce(0) { $0 + $1.encodedLength }
            + records.reduce(0) { $0 + $1.encodedLength } + (edns?.encodedLength ?? 0)
    }

    /// Writes the message without compression.
    /// - Returns: `encodedLength`.
    /// - Throws: too little room, a message or a section that is too long for its 16-bit field.
    @discardableResult
    public func write(into buffer: UnsafeMutableRawBufferPointer) throws(WireError) -> Int {
        let length = encodedLength
        guard length <= Self.maximumLength else { throw WireError.invalid(.dns, .length, length) }
        var writer = try unsafe ByteWriter(buffer, room: length, .dns)
        // None is truncated: a record has eleven bytes, and the length was checked.
        DNSHeader(
            id: id,
            flags: flags,
            opcode: opcode,
            responseCode: responseCode,
            questionCount: UInt16(truncatingIfNeeded: questions.count),
            answerCount: UInt16(truncatingIfNeeded: answers.count),
            authorityCount: UInt16(truncatingIfNeeded: authorities.count),
            additionalCount: UInt16(truncatingIfNeeded: additionals.count + (edns == nil ? 0 : 1))
        ).write(to: &writer)
        for question in questions { question.write(to: &writer) }
        for record in answers { record.write(to: &writer) }
        for record in authorities { record.write(to: &writer) }
        for record in additionals { record.write(to: &writer) }
        edns?.write(to: &writer)
        return writer.count
    }
}

extension DNSMessage {
    /// A query for one name, with EDNS unless `edns` is nil.
    public static func query(
        id: UInt16,
        _ name: DNSName,
        _ type: DNSRecordType,
        recursionDesired: Bool = true,
        edns: DNSExtension? = DNSExtension()
    ) -> DNSMessage {
        DNSMessage(
            id: id,
            flags: recursionDesired ? .recursionDesired : [],
            questions: [DNSQuestion(name: name, type: type)],
            edns: edns
        )
    }

    /// True when this is a response to `query`: id, opcode and question are its own (RFC 5452 §9.1). A server that
    /// refuses may leave the question out (RFC 1035 §4.1.1 `FORMERR`).
    public func isAnswer(to query: DNSMessage) -> Bool {
        guard isResponse, !query.isResponse, id == query.id, opcode == query.opcode else { return false }
        return questions == query.questions || (questions.isEmpty && responseCode != .noError)
    }
}
