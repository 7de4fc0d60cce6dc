/// An ARP packet of Ethernet and IPv4 (RFC 826).
public struct ARPPacket: Hashable, Sendable {
    public struct Operation: Hashable, Sendable, RawRepresentable {
        public let rawValue: UInt16

        public init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        public static let request = Operation(rawValue: 1)
        public static let reply = Operation(rawValue: 2)
    }

    public var operation: Operation
    public var senderHardware: MACAddress
    public var sender: IPv4Address
    /// 0 in a request.
    public var targetHardware: MACAddress
    public var target: IPv4Address

    public static let length = 28

    public init(
        operation: Operation,
        senderHardware: MACAddress,
        sender: IPv4Address,
        targetHardware: MACAddress = MACAddress(rawValue: 0),
        target: IPv4Address
    ) {
        self.operation = operation
        self.senderHardware = senderHardware
        self.sender = sender
        self.targetHardware = targetHardware
        self.target = target
    }

    /// Trailer bytes of the frame are ignored.
    /// - Throws: fewer than 28 bytes; other hardware than Ethernet, another protocol than IPv4, addresses of other length.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(8, .arp)
        guard bytes.uint16(at: 0) == 1 else { throw WireError.invalid(.arp, .hardwareType, bytes.uint16(at: 0)) }
        guard bytes.uint16(at: 2) == 0x0800 else { throw WireError.invalid(.arp, .protocolType, bytes.uint16(at: 2)) }
        guard bytes.uint16(at: 4) == 0x0604 else { throw WireError.invalid(.arp, .addressLength, bytes.uint16(at: 4)) }
        try bytes.require(Self.length, .arp)
        operation = Operation(rawValue: bytes.uint16(at: 6))
        senderHardware = bytes.macAddress(at: 8)
        sender = IPv4Address(rawValue: bytes.uint32(at: 14))
        targetHardware = bytes.macAddress(at: 18)
        target = IPv4Address(rawValue: bytes.uint32(at: 24))
    }

    /// Asks whether an address is free, without claiming it (RFC 5227 §1.1).
    public var isProbe: Bool { operation == .request && sender.rawValue == 0 }

    /// Tells of its sender's own address, as a router does that has taken over (RFC 5227 §1.1).
    public var isAnnouncement: Bool { sender == target && sender.rawValue != 0 }

    /// - Returns: 28.
    @discardableResult
    public func write(into buffer: UnsafeMutableRawBufferPointer) throws(WireError) -> Int {
        var writer = try unsafe ByteWriter(buffer, room: Self.length, .arp)
        writer.put(UInt16(1))
        writer.put(UInt16(0x0800))
        writer.put(UInt16(0x0604))
        writer.put(operation.rawValue)
        writer.put(senderHardware)
        writer.put(sender.rawValue)
        writer.put(targetHardware)
        writer.put(target.rawValue)
        return writer.count
    }
}
