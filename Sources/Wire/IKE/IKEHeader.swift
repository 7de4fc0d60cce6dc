/// The header of an IKE message (RFC 7296 §3.1; the same fields in RFC 2408 §3.1).
public struct IKEHeader: Hashable, Sendable {
    public struct Exchange: Hashable, Sendable, RawRepresentable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Of IKEv1 (RFC 2408 §3.1, RFC 2409 §5).
        public static let identityProtectionV1 = Exchange(rawValue: 2)
        public static let aggressiveV1 = Exchange(rawValue: 4)
        /// Answers of such a peer come in it.
        public static let informationalV1 = Exchange(rawValue: 5)
        public static let quickModeV1 = Exchange(rawValue: 32)
        public static let saInit = Exchange(rawValue: 34)
        public static let auth = Exchange(rawValue: 35)
        public static let createChildSA = Exchange(rawValue: 36)
        public static let informational = Exchange(rawValue: 37)
        /// RFC 5723.
        public static let sessionResume = Exchange(rawValue: 38)
        /// RFC 9242.
        public static let intermediate = Exchange(rawValue: 43)
    }

    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Of IKEv1: the payloads are encrypted.
        public static let encryptionV1 = Flags(rawValue: 0x01)
        public static let initiator = Flags(rawValue: 0x08)
        public static let version = Flags(rawValue: 0x10)
        public static let response = Flags(rawValue: 0x20)
    }

    public var initiatorSPI: UInt64
    public var responderSPI: UInt64
    public var nextPayload: UInt8
    public var majorVersion: UInt8
    public var minorVersion: UInt8
    public var exchange: Exchange
    public var flags: Flags
    public var messageID: UInt32
    /// Header and payloads.
    public var length: Int

    public static let length = 28

    init(initiatorSPI: UInt64, responderSPI: UInt64, nextPayload: UInt8, flags: Flags, length: Int) {
        self.initiatorSPI = initiatorSPI
        self.responderSPI = responderSPI
        self.nextPayload = nextPayload
        majorVersion = 2
        minorVersion = 0
        exchange = .saInit
        self.flags = flags
        messageID = 0
        self.length = length
    }

    /// - Throws: fewer than 28 bytes, a length below 28 or beyond what is there.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try self.init(decodingStartOf: bytes)
        try bytes.require(length, .ike)
    }

    /// The header of a message that is not whole, as a capture or a first fragment holds it.
    /// - Throws: fewer than 28 bytes, a length below 28.
    public init(decodingStartOf bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.length, .ike)
        initiatorSPI = bytes.uint64(at: 0)
        responderSPI = bytes.uint64(at: 8)
        nextPayload = bytes.uint8(at: 16)
        majorVersion = bytes.uint8(at: 17) >> 4
        minorVersion = bytes.uint8(at: 17) & 15
        exchange = Exchange(rawValue: bytes.uint8(at: 18))
        flags = Flags(rawValue: bytes.uint8(at: 19))
        messageID = bytes.uint32(at: 20)
        let declared = bytes.uint32(at: 24)
        guard declared >= UInt32(Self.length) else { throw WireError.invalid(.ike, .length, declared) }
        length = Int(declared)
    }

    /// A peer of RFC 2409: other exchanges, payloads and flags, and no message numbers that count.
    public var isVersion1: Bool { majorVersion == 1 }

    /// In IKEv1 the flag does not exist.
    public var isResponse: Bool { !isVersion1 && flags.contains(.response) }

    func write(to writer: inout ByteWriter) {
        writer.put(initiatorSPI)
        writer.put(responderSPI)
        writer.put(nextPayload)
        writer.put(majorVersion << 4 | minorVersion)
        writer.put(exchange.rawValue)
        writer.put(flags.rawValue)
        writer.put(messageID)
        writer.put(UInt32(truncatingIfNeeded: length))
    }
}

extension IKEHeader.Exchange: CustomStringConvertible {
    /// The name in its RFC; `EXCHANGE_n` of an unknown one.
    public var description: String {
        switch rawValue {
        case 2: "IDENTITY_PROTECTION"
        case 4: "AGGRESSIVE"
        case 5: "INFORMATIONAL_V1"
        case 32: "QUICK_MODE"
        case 34: "IKE_SA_INIT"
        case 35: "IKE_AUTH"
        case 36: "CREATE_CHILD_SA"
        case 37: "INFORMATIONAL"
        case 38: "IKE_SESSION_RESUME"
        case 43: "IKE_INTERMEDIATE"
        default: "EXCHANGE_\(rawValue)"
        }
    }
}

/// On UDP 4500 four zero bytes go before an IKE message, where ESP would have its SPI (RFC 3948 §2.2).
public enum NonESPMarker {
    public static let length = 4

    /// Where the IKE message starts in a datagram of port 4500; nil when it is ESP or a keep-alive.
    public static func messageOffset(in bytes: RawSpan) -> Int? {
        bytes.byteCount >= length && bytes.uint32(at: 0) == 0 ? length : nil
    }
}
