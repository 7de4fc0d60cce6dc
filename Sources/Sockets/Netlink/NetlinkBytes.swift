internal import Wire

/// One attribute (`struct rtattr`): its type without flag bits, and where its payload lies in the message.
struct NetlinkAttribute: Equatable {
    var type: UInt16
    var payload: Range<Int>
}

/// Walks the attributes that fill a range of a message (linux/rtnetlink.h, 4-byte alignment).
struct NetlinkAttributes {
    private var offset: Int
    private let end: Int

    init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    /// The next attribute; nil at the end.
    mutating func next(in bytes: RawSpan) throws(NetlinkError) -> NetlinkAttribute? {
        guard offset < end else { return nil }
        guard end - offset >= 4 else { throw .malformed(part: "attribute header", offset: offset) }
        let length = Int(try bytes.hostInteger(UInt16.self, at: offset))
        let type = try bytes.hostInteger(UInt16.self, at: offset + 2)
        guard length >= 4, length <= end - offset else { throw .malformed(part: "attribute \(type)", offset: offset) }
        let payload = offset + 4..<offset + length
        offset += (length + 3) & ~3
        return NetlinkAttribute(type: type & 0x3FFF, payload: payload)
    }
}

extension RawSpan {
    /// An integer in host order, wherever it lies.
    func hostInteger<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type,
        at offset: Int
    ) throws(NetlinkError) -> T {
        guard offset >= 0, byteCount >= MemoryLayout<T>.size, offset <= byteCount - MemoryLayout<T>.size else {
            throw .malformed(part: "field of \(MemoryLayout<T>.size) bytes", offset: offset)
        }
        return unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self)
    }

    /// An integer that fills an attribute exactly or begins it.
    func hostInteger<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type,
        of attribute: NetlinkAttribute
    ) throws(NetlinkError) -> T {
        guard attribute.payload.count >= MemoryLayout<T>.size else {
            throw .malformed(part: "attribute \(attribute.type)", offset: attribute.payload.lowerBound)
        }
        return try hostInteger(type, at: attribute.payload.lowerBound)
    }

    /// An address of 4 or 16 bytes in network order.
    func address(in range: Range<Int>) throws(NetlinkError) -> IPAddress {
        switch range.count {
        case 4:
            let raw = UInt32(bigEndian: try hostInteger(UInt32.self, at: range.lowerBound))
            return .v4(IPv4Address(rawValue: raw))
        case 16:
            let high = UInt64(bigEndian: try hostInteger(UInt64.self, at: range.lowerBound))
            let low = UInt64(bigEndian: try hostInteger(UInt64.self, at: range.lowerBound + 8))
            return .v6(IPv6Address(high: high, low: low))
        default:
            throw .malformed(part: "address of \(range.count) bytes", offset: range.lowerBound)
        }
    }

    /// A text up to its NUL.
    func text(in range: Range<Int>) throws(NetlinkError) -> String {
        var bytes: [UInt8] = []
        for offset in range {
            let byte = try hostInteger(UInt8.self, at: offset)
            guard byte != 0 else { break }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
