/// A UDP header (RFC 768).
public struct UDPHeader: Hashable, Sendable {
    public var source: UInt16
    public var destination: UInt16
    /// Header and data.
    public var length: UInt16
    public var checksum: UInt16

    public static let length = 8

    /// - Throws: fewer than eight bytes, a length below 8.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.length, .udp)
        source = bytes.uint16(at: 0)
        destination = bytes.uint16(at: 2)
        length = bytes.uint16(at: 4)
        checksum = bytes.uint16(at: 6)
        guard length >= Self.length else { throw WireError.invalid(.udp, .length, length) }
    }

    /// Writes header and payload with the checksum over the pseudo-header of the two addresses.
    /// - Returns: 8 and the payload.
    @discardableResult
    public static func write(
        from source: (address: IPAddress, port: UInt16),
        to destination: (address: IPAddress, port: UInt16),
        payload: RawSpan,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        let total = Self.length + payload.byteCount
        guard let length = UInt16(exactly: total) else {
            throw WireError.invalid(.udp, .payloadLength, payload.byteCount)
        }
        var writer = try unsafe ByteWriter(buffer, room: total, .udp)
        writer.put(source.port)
        writer.put(destination.port)
        writer.put(length)
        writer.put(UInt16(0))
        writer.put(payload)
        let pseudo = InternetChecksum(
            source: source.address,
            destination: destination.address,
            protocol: .udp,
            length: total
        )
        let checksum = writer.checksum(adding: pseudo)
        // 0 would mean "none" (RFC 768); its other form in ones' complement is all ones.
        writer.patch(checksum == 0 ? 0xFFFF : checksum, at: 6)
        return writer.count
    }
}
