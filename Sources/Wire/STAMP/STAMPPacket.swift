/// What a STAMP session-sender sends, unauthenticated (RFC 8762 §4.2.1).
public struct STAMPTest: Hashable, Sendable {
    public var sequence: UInt32
    public var timestamp: NTPTimestamp
    public var errorEstimate: STAMPErrorEstimate
    /// Session identifier (RFC 8972 §3); 0 where none is used.
    public var sessionID: UInt16

    /// Without TLVs; the same for both directions, so that no answer is larger than its question.
    public static let length = 44

    public init(sequence: UInt32, timestamp: NTPTimestamp, errorEstimate: STAMPErrorEstimate, sessionID: UInt16 = 0) {
        self.sequence = sequence
        self.timestamp = timestamp
        self.errorEstimate = errorEstimate
        self.sessionID = sessionID
    }

    /// What follows the 44 bytes (TLVs, padding) is left to the caller.
    /// - Throws: fewer than 44 bytes.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.length, .stamp)
        sequence = bytes.uint32(at: 0)
        timestamp = NTPTimestamp(rawValue: bytes.uint64(at: 4))
        errorEstimate = STAMPErrorEstimate(rawValue: bytes.uint16(at: 12))
        sessionID = bytes.uint16(at: 14)
    }

    /// - Returns: 44.
    @discardableResult
    public func write(into buffer: UnsafeMutableRawBufferPointer) throws(WireError) -> Int {
        var writer = try unsafe ByteWriter(buffer, room: Self.length, .stamp)
        writer.put(sequence)
        writer.put(timestamp.rawValue)
        writer.put(errorEstimate.rawValue)
        writer.put(sessionID)
        writer.putZeros(28)
        return writer.count
    }
}

/// What a STAMP session-reflector answers, unauthenticated (RFC 8762 §4.3.1).
public struct STAMPReflection: Hashable, Sendable {
    /// Counted by the reflector itself, or a copy of the sender's where it is stateless (RFC 8762 §4).
    public var sequence: UInt32
    /// When the answer left (T3).
    public var timestamp: NTPTimestamp
    public var errorEstimate: STAMPErrorEstimate
    public var sessionID: UInt16
    /// When the question came (T2).
    public var receiveTimestamp: NTPTimestamp
    public var senderSequence: UInt32
    /// T1, as the sender wrote it.
    public var senderTimestamp: NTPTimestamp
    public var senderErrorEstimate: STAMPErrorEstimate
    /// TTL or hop limit with which the question came.
    public var senderTTL: UInt8

    public static let length = STAMPTest.length

    public init(
        to test: STAMPTest,
        sequence: UInt32,
        received: NTPTimestamp,
        sent: NTPTimestamp,
        errorEstimate: STAMPErrorEstimate,
        senderTTL: UInt8
    ) {
        self.sequence = sequence
        timestamp = sent
        self.errorEstimate = errorEstimate
        sessionID = test.sessionID
        receiveTimestamp = received
        senderSequence = test.sequence
        senderTimestamp = test.timestamp
        senderErrorEstimate = test.errorEstimate
        self.senderTTL = senderTTL
    }

    /// - Throws: fewer than 44 bytes.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.length, .stamp)
        sequence = bytes.uint32(at: 0)
        timestamp = NTPTimestamp(rawValue: bytes.uint64(at: 4))
        errorEstimate = STAMPErrorEstimate(rawValue: bytes.uint16(at: 12))
        sessionID = bytes.uint16(at: 14)
        receiveTimestamp = NTPTimestamp(rawValue: bytes.uint64(at: 16))
        senderSequence = bytes.uint32(at: 24)
        senderTimestamp = NTPTimestamp(rawValue: bytes.uint64(at: 28))
        senderErrorEstimate = STAMPErrorEstimate(rawValue: bytes.uint16(at: 36))
        senderTTL = bytes.uint8(at: 40)
    }

    /// - Returns: 44.
    @discardableResult
    public func write(into buffer: UnsafeMutableRawBufferPointer) throws(WireError) -> Int {
        var writer = try unsafe ByteWriter(buffer, room: Self.length, .stamp)
        writer.put(sequence)
        writer.put(timestamp.rawValue)
        writer.put(errorEstimate.rawValue)
        writer.put(sessionID)
        writer.put(receiveTimestamp.rawValue)
        writer.put(senderSequence)
        writer.put(senderTimestamp.rawValue)
        writer.put(senderErrorEstimate.rawValue)
        writer.put(UInt16(0))
        writer.put(senderTTL)
        writer.putZeros(3)
        return writer.count
    }
}
