/// The flags of a TCP header (RFC 9293 §3.1).
public struct TCPFlags: OptionSet, Hashable, Sendable, BitwiseCopyable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let fin = TCPFlags(rawValue: 1)
    public static let syn = TCPFlags(rawValue: 2)
    public static let rst = TCPFlags(rawValue: 4)
    public static let psh = TCPFlags(rawValue: 8)
    public static let ack = TCPFlags(rawValue: 16)
    public static let urg = TCPFlags(rawValue: 32)
    public static let ece = TCPFlags(rawValue: 64)
    public static let cwr = TCPFlags(rawValue: 128)
}

/// A TCP header with the options that a probe or a capture needs (RFC 9293).
public struct TCPHeader: Hashable, Sendable {
    public var source: UInt16
    public var destination: UInt16
    public var sequence: UInt32
    public var acknowledgement: UInt32
    /// Header and options; 20 to 60 bytes.
    public var headerLength: Int
    public var flags: TCPFlags
    /// Before scaling.
    public var window: UInt16
    public var checksum: UInt16
    public var options: TCPOptions

    public static let minimumLength = 20

    public init(
        source: UInt16,
        destination: UInt16,
        sequence: UInt32,
        acknowledgement: UInt32 = 0,
        flags: TCPFlags,
        window: UInt16 = 64240,
        options: TCPOptions = TCPOptions()
    ) {
        self.source = source
        self.destination = destination
        self.sequence = sequence
        self.acknowledgement = acknowledgement
        headerLength = Self.minimumLength + options.encodedLength
        self.flags = flags
        self.window = window
        checksum = 0
        self.options = options
    }

    /// Options that a capture cut off are absent; the header itself must be there.
    /// - Throws: fewer than 20 bytes, a header length below 20.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.minimumLength, .tcp)
        source = bytes.uint16(at: 0)
        destination = bytes.uint16(at: 2)
        sequence = bytes.uint32(at: 4)
        acknowledgement = bytes.uint32(at: 8)
        headerLength = Int(bytes.uint8(at: 12) >> 4) * 4
        flags = TCPFlags(rawValue: bytes.uint8(at: 13))
        window = bytes.uint16(at: 14)
        checksum = bytes.uint16(at: 16)
        guard headerLength >= Self.minimumLength else {
            throw WireError.invalid(.tcp, .headerLength, headerLength)
        }
        options = TCPOptions(decoding: bytes.extracting(Self.minimumLength..<min(headerLength, bytes.byteCount)))
    }

    /// Writes the header without data, with the checksum over the pseudo-header of the two addresses.
    /// - Returns: `headerLength`.
    @discardableResult
    public func write(
        from sourceAddress: IPAddress,
        to destinationAddress: IPAddress,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        let length = Self.minimumLength + options.encodedLength
        var writer = try unsafe ByteWriter(buffer, room: length, .tcp)
        writer.put(source)
        writer.put(destination)
        writer.put(sequence)
        writer.put(acknowledgement)
        writer.put(UInt8(length / 4) << 4)
        writer.put(flags.rawValue)
        writer.put(window)
        writer.put(UInt16(0))
        writer.put(UInt16(0))
        options.write(to: &writer)
        let pseudo = InternetChecksum(
            source: sourceAddress,
            destination: destinationAddress,
            protocol: .tcp,
            length: length
        )
        writer.patch(writer.checksum(adding: pseudo), at: 16)
        return writer.count
    }
}
