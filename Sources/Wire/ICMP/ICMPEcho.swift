/// An echo request or reply (RFC 792, RFC 4443 §4).
public struct ICMPEcho: Hashable, Sendable {
    public enum Kind: Sendable { case request, reply }

    public var identifier: UInt16
    public var sequence: UInt16
    public var checksum: UInt16

    /// Bytes before the data.
    public static let headerLength = 8

    public init(identifier: UInt16, sequence: UInt16, checksum: UInt16 = 0) {
        self.identifier = identifier
        self.sequence = sequence
        self.checksum = checksum
    }

    /// Reads the fixed eight bytes; the type was judged before.
    @inline(__always)
    init(fields bytes: RawSpan) {
        identifier = bytes.uint16(at: 4)
        sequence = bytes.uint16(at: 6)
        checksum = bytes.uint16(at: 2)
    }

    /// Writes one message with its checksum.
    ///
    /// - Parameters:
    ///   - payload: the data. With `balanced`, its first two bytes are replaced by the complement of the sequence
    ///     number, so that the checksum is the same for all sequence numbers: routers that hash the first four bytes
    ///     of ICMP keep all probes on one path (the method of Paris traceroute).
    ///   - addresses: source and destination; needed for a right ICMPv6 checksum. Nil leaves it 0 there: the kernel
    ///     fills it in on raw and on ping sockets.
    /// - Returns: the number of bytes written: 8 and the payload.
    /// - Throws: too little room; a payload under two bytes with `balanced`.
    @discardableResult
    public static func write(
        _ kind: Kind,
        family: IPFamily,
        identifier: UInt16,
        sequence: UInt16,
        payload: RawSpan,
        balanced: Bool = false,
        addresses: (source: IPAddress, destination: IPAddress)? = nil,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        let layer = family == .v4 ? WireError.Layer.icmp : .icmpv6
        guard !balanced || payload.byteCount >= 2 else {
            throw WireError.invalid(layer, .payloadLength, payload.byteCount)
        }
        let length = headerLength + payload.byteCount
        var writer = try unsafe ByteWriter(buffer, room: length, layer)
        writer.put(type(kind, family))
        writer.put(UInt8(0))
        writer.put(UInt16(0))
        writer.put(identifier)
        writer.put(sequence)
        writer.put(payload)
        if balanced { writer.patch(~sequence, at: headerLength) }
        if family == .v4 {
            writer.patch(writer.checksum(), at: 2)
        } else if let addresses {
            let pseudo = InternetChecksum(
                source: addresses.source,
                destination: addresses.destination,
                protocol: .icmpv6,
                length: length
            )
            writer.patch(writer.checksum(adding: pseudo), at: 2)
        }
        return writer.count
    }

    private static func type(_ kind: Kind, _ family: IPFamily) -> UInt8 {
        switch (kind, family) {
        case (.request, .v4): ICMPType.v4EchoRequest
        case (.reply, .v4): ICMPType.v4EchoReply
        case (.request, .v6): ICMPType.v6EchoRequest
        case (.reply, .v6): ICMPType.v6EchoReply
        }
    }
}
