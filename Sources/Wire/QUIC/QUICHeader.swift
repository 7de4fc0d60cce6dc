/// What a packet with a long header is (RFC 9000 §17.2, RFC 9369 §3.2).
public enum QUICPacketType: Hashable, Sendable {
    case initial
    case zeroRTT
    case handshake
    case retry
    case versionNegotiation
    /// Of a version that is not known: only what RFC 8999 promises can be read.
    case unknown
}

/// A long header: the invariants of all versions (RFC 8999 §5.1), and for versions 1 and 2 type and extent.
public struct QUICLongHeader: Hashable, Sendable {
    public var version: QUICVersion
    public var type: QUICPacketType
    public var destination: QUICConnectionID
    public var source: QUICConnectionID
    /// Bytes of the packet; in one datagram the next one may follow (RFC 9000 §12.2). What has no length field reaches to
    /// the end of the datagram.
    public var packetLength: Int
    /// Of a version negotiation: how many versions the server offers.
    public var offeredVersionCount: Int

    /// The second bit is 0 only where the peer asked for it (RFC 9287), and in a version negotiation.
    public var isFixedBitSet: Bool

    /// What a version negotiation offers. `bytes` are those that were decoded.
    /// - Returns: nil beyond `offeredVersionCount`.
    public func offeredVersion(at index: Int, in bytes: RawSpan) -> QUICVersion? {
        guard index >= 0, index < offeredVersionCount else { return nil }
        let offset = 7 + Int(destination.count) + Int(source.count) + index * 4
        guard offset + 4 <= bytes.byteCount else { return nil }
        return QUICVersion(rawValue: bytes.uint32(at: offset))
    }

    /// `bytes` reach to the end of the datagram.
    /// - Throws: a short header; fewer bytes than the fields need or the length says; a connection ID of over 20 bytes,
    ///   which versions 1 and 2 never have; a list of versions that is empty or no multiple of four bytes.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(1, .quic)
        let first = bytes.uint8(at: 0)
        guard first & 0x80 != 0 else { throw WireError.invalid(.quic, .headerForm, 0) }
        try bytes.require(7, .quic)
        version = QUICVersion(rawValue: bytes.uint32(at: 1))
        var position = 5
        destination = try Self.connectionID(at: &position, in: bytes)
        source = try Self.connectionID(at: &position, in: bytes)
        isFixedBitSet = first & 0x40 != 0
        type = Self.type(of: first, version)
        packetLength = bytes.byteCount
        offeredVersionCount = 0
        switch type {
        case .versionNegotiation:
            let list = bytes.byteCount - position
            guard list > 0, list % 4 == 0 else { throw WireError.invalid(.quic, .payloadLength, list) }
            offeredVersionCount = list / 4
        case .retry: try bytes.require(position + 16, .quic)
        case .unknown: break
        case .initial, .zeroRTT, .handshake:
            if type == .initial {
                let token = try QUICVariableInteger.read(at: &position, in: bytes)
                try Self.advance(&position, by: token, in: bytes)
            }
            let rest = try QUICVariableInteger.read(at: &position, in: bytes)
            try Self.advance(&position, by: rest, in: bytes)
            packetLength = position
        }
    }

    private static func connectionID(at position: inout Int, in bytes: RawSpan) throws(WireError) -> QUICConnectionID {
        try bytes.require(position + 1, .quic)
        let count = Int(bytes.uint8(at: position))
        guard count <= QUICConnectionID.maximumLength else {
            throw WireError.invalid(.quic, .connectionIDLength, count)
        }
        let start = position + 1
        try bytes.require(start + count, .quic)
        position = start + count
        return try QUICConnectionID(decoding: bytes.extracting(start..<position))
    }

    private static func advance(_ position: inout Int, by count: UInt64, in bytes: RawSpan) throws(WireError) {
        // A number has up to 62 bits: no sum overflows.
        let end = position + Int(truncatingIfNeeded: count)
        try bytes.require(end, .quic)
        position = end
    }

    private static func type(of first: UInt8, _ version: QUICVersion) -> QUICPacketType {
        guard version != .negotiation else { return .versionNegotiation }
        guard version.isKnown else { return .unknown }
        // Version 2 turns the numbers by one, so that nothing on the way comes to rely on them.
        return switch (first >> 4 &- (version == .v2 ? 1 : 0)) & 3 {
        case 0: .initial
        case 1: .zeroRTT
        case 2: .handshake
        default: .retry
        }
    }
}

/// A short header: what everything after the handshake has (RFC 9000 §17.3.1).
public struct QUICShortHeader: Hashable, Sendable {
    /// The latency spin bit (RFC 9000 §17.4).
    public var spin: Bool
    /// Its length is not on the wire: it must be known from the handshake.
    public var destination: QUICConnectionID
    /// False where the peer asked for it (RFC 9287), or where this is no QUIC.
    public var isFixedBitSet: Bool

    /// - Parameter connectionIDLength: bytes, 0 to 20; 0 where only the spin bit is wanted.
    /// - Throws: a long header; fewer bytes than the connection ID and the smallest protected payload need (RFC 9001
    ///   §5.4.2).
    public init(decoding bytes: RawSpan, connectionIDLength: Int = 0) throws(WireError) {
        guard (0...QUICConnectionID.maximumLength).contains(connectionIDLength) else {
            throw WireError.invalid(.quic, .connectionIDLength, connectionIDLength)
        }
        try bytes.require(1, .quic)
        let first = bytes.uint8(at: 0)
        guard first & 0x80 == 0 else { throw WireError.invalid(.quic, .headerForm, 1) }
        try bytes.require(1 + connectionIDLength + Self.minimumRest, .quic)
        spin = first & 0x20 != 0
        isFixedBitSet = first & 0x40 != 0
        destination = try QUICConnectionID(decoding: bytes.extracting(1..<1 + connectionIDLength))
    }

    /// Packet number, payload and tag: four bytes before the sample of header protection, sixteen of it.
    private static let minimumRest = 20
}

/// The packets of one datagram (RFC 9000 §12.2).
public enum QUICPacket: Hashable, Sendable {
    case long(QUICLongHeader)
    case short(QUICShortHeader)

    /// - Parameter connectionIDLength: of short headers, in bytes.
    /// - Throws: what either header throws.
    public init(decoding bytes: RawSpan, connectionIDLength: Int = 0) throws(WireError) {
        try bytes.require(1, .quic)
        self =
            bytes.uint8(at: 0) & 0x80 != 0
            ? .long(try QUICLongHeader(decoding: bytes))
            : .short(try QUICShortHeader(decoding: bytes, connectionIDLength: connectionIDLength))
    }
}
