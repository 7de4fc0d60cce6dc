/// State of a BFD session as its sender sees it (RFC 5880 §4.1).
public enum BFDState: UInt8, CaseIterable, Sendable {
    case adminDown = 0
    case down = 1
    case initializing = 2
    case up = 3
}

/// Why the sender's session last left the state Up (RFC 5880 §4.1); unknown numbers are kept.
public struct BFDDiagnostic: Hashable, Sendable, RawRepresentable {
    /// Five bits.
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let none = BFDDiagnostic(rawValue: 0)
    public static let detectionTimeExpired = BFDDiagnostic(rawValue: 1)
    public static let echoFunctionFailed = BFDDiagnostic(rawValue: 2)
    public static let neighborSignaledDown = BFDDiagnostic(rawValue: 3)
    public static let forwardingPlaneReset = BFDDiagnostic(rawValue: 4)
    public static let pathDown = BFDDiagnostic(rawValue: 5)
    public static let concatenatedPathDown = BFDDiagnostic(rawValue: 6)
    public static let administrativelyDown = BFDDiagnostic(rawValue: 7)
    public static let reverseConcatenatedPathDown = BFDDiagnostic(rawValue: 8)
}

extension BFDDiagnostic: CustomStringConvertible {
    /// The RFC's words.
    public var description: String {
        switch rawValue {
        case 0: "no diagnostic"
        case 1: "control detection time expired"
        case 2: "echo function failed"
        case 3: "neighbor signaled session down"
        case 4: "forwarding plane reset"
        case 5: "path down"
        case 6: "concatenated path down"
        case 7: "administratively down"
        case 8: "reverse concatenated path down"
        default: "diagnostic \(rawValue)"
        }
    }
}

/// Where BFD runs (RFC 5881 §4, RFC 5883 §5).
public enum BFDPort {
    public static let control: UInt16 = 3784
    public static let echo: UInt16 = 3785
    public static let multihop: UInt16 = 4784
    /// Of a single hop every packet arrives with this TTL or hop limit, else it came from elsewhere (RFC 5881 §5).
    public static let ttl: UInt8 = 255
    /// One port of these for all packets of a session.
    public static let sources: ClosedRange<UInt16> = 49152...65535
}

/// A BFD control packet (RFC 5880 §4.1).
public struct BFDPacket: Hashable, Sendable {
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        public static let poll = Flags(rawValue: 0x20)
        public static let final = Flags(rawValue: 0x10)
        /// The sender's BFD does not share the fate of its control plane.
        public static let controlPlaneIndependent = Flags(rawValue: 0x08)
        public static let demand = Flags(rawValue: 0x02)
    }

    public var diagnostic: BFDDiagnostic
    public var state: BFDState
    public var flags: Flags
    /// Packets that may be missed in a row.
    public var detectMultiplier: UInt8
    public var myDiscriminator: UInt32
    /// What the receiver calls the session; 0 while the sender does not know.
    public var yourDiscriminator: UInt32
    /// Microseconds, like all intervals.
    public var desiredMinimumTransmitInterval: UInt32
    /// 0: the sender wants no control packets.
    public var requiredMinimumReceiveInterval: UInt32
    /// 0: the sender returns no echoes.
    public var requiredMinimumEchoReceiveInterval: UInt32
    /// Type of the authentication section (RFC 5880 §4.1), which is not verified; nil where there is none.
    public var authenticationType: UInt8?

    /// Without authentication section.
    public static let length = 24

    public init(
        diagnostic: BFDDiagnostic = .none,
        state: BFDState,
        flags: Flags = [],
        detectMultiplier: UInt8,
        myDiscriminator: UInt32,
        yourDiscriminator: UInt32,
        desiredMinimumTransmitInterval: UInt32,
        requiredMinimumReceiveInterval: UInt32,
        requiredMinimumEchoReceiveInterval: UInt32 = 0
    ) {
        self.diagnostic = diagnostic
        self.state = state
        self.flags = flags
        self.detectMultiplier = detectMultiplier
        self.myDiscriminator = myDiscriminator
        self.yourDiscriminator = yourDiscriminator
        self.desiredMinimumTransmitInterval = desiredMinimumTransmitInterval
        self.requiredMinimumReceiveInterval = requiredMinimumReceiveInterval
        self.requiredMinimumEchoReceiveInterval = requiredMinimumEchoReceiveInterval
        authenticationType = nil
    }

    /// `bytes` are the UDP payload. The checks are those of RFC 5880 §6.8.6 that need no session.
    /// - Throws: fewer bytes than the length says; another version; a length below 24, or below 26 with authentication;
    ///   an authentication section that is not as long as it says; a detect multiplier or own discriminator of 0; the
    ///   multipoint bit; no foreign discriminator in a state that cannot be reached without one.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.length, .bfd)
        let (first, second) = (bytes.uint8(at: 0), bytes.uint8(at: 1))
        guard first >> 5 == 1 else { throw WireError.invalid(.bfd, .version, first >> 5) }
        let length = Int(bytes.uint8(at: 3))
        let isAuthenticated = second & 0x04 != 0
        guard length >= (isAuthenticated ? 26 : Self.length) else { throw WireError.invalid(.bfd, .length, length) }
        try bytes.require(length, .bfd)
        guard second & 0x01 == 0 else { throw WireError.invalid(.bfd, .multipoint, 1) }
        diagnostic = BFDDiagnostic(rawValue: first & 31)
        state = BFDState(rawValue: second >> 6) ?? .adminDown
        flags = Flags(rawValue: second & 0x3A)
        detectMultiplier = bytes.uint8(at: 2)
        guard detectMultiplier != 0 else { throw WireError.invalid(.bfd, .detectMultiplier, 0) }
        myDiscriminator = bytes.uint32(at: 4)
        yourDiscriminator = bytes.uint32(at: 8)
        guard myDiscriminator != 0 else { throw WireError.invalid(.bfd, .discriminator, 0) }
        if yourDiscriminator == 0, state == .up || state == .initializing {
            throw WireError.invalid(.bfd, .discriminator, 0)
        }
        desiredMinimumTransmitInterval = bytes.uint32(at: 12)
        requiredMinimumReceiveInterval = bytes.uint32(at: 16)
        requiredMinimumEchoReceiveInterval = bytes.uint32(at: 20)
        authenticationType = isAuthenticated ? bytes.uint8(at: 24) : nil
        if isAuthenticated {
            let section = Int(bytes.uint8(at: 25))
            guard section >= 2, section == length - Self.length else {
                throw WireError.invalid(.bfd, .authenticationLength, section)
            }
        }
    }

    /// Writes the packet without authentication.
    /// - Returns: 24.
    @discardableResult
    public func write(into buffer: UnsafeMutableRawBufferPointer) throws(WireError) -> Int {
        var writer = try unsafe ByteWriter(buffer, room: Self.length, .bfd)
        writer.put(UInt8(1 << 5) | diagnostic.rawValue & 31)
        writer.put(state.rawValue << 6 | flags.rawValue & 0x3A)
        writer.put(detectMultiplier)
        writer.put(UInt8(Self.length))
        writer.put(myDiscriminator)
        writer.put(yourDiscriminator)
        writer.put(desiredMinimumTransmitInterval)
        writer.put(requiredMinimumReceiveInterval)
        writer.put(requiredMinimumEchoReceiveInterval)
        return writer.count
    }

    /// How long a receiver waits for the next packet of this sender before it declares the session down, in
    /// microseconds (RFC 5880 §6.8.4, asynchronous mode).
    /// - Parameter interval: the receiver's own required minimum receive interval, in microseconds.
    public func detectionTime(requiredMinimumReceiveInterval interval: UInt32) -> UInt64 {
        UInt64(detectMultiplier) * UInt64(max(interval, desiredMinimumTransmitInterval))
    }
}
