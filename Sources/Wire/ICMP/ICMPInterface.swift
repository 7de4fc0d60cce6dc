/// An interface or next hop that a router names in an ICMP error (RFC 5837 §4).
public struct ICMPInterface: Hashable, Sendable {
    public enum Role: UInt8, Sendable {
        /// The datagram arrived here.
        case incoming = 0
        /// The part of an aggregate on which it arrived.
        case incomingMember = 1
        /// The datagram would have left here.
        case outgoing = 2
        /// Where it would have gone.
        case nextHop = 3
    }

    public var role: Role
    /// `ifIndex` of the router's MIB.
    public var index: UInt32?
    public var address: IPAddress?
    /// At most 63 bytes of UTF-8; those above 15 cost an allocation.
    public var name: String?
    /// Bytes.
    public var mtu: UInt32?

    /// - Parameters:
    ///   - type: the object's C-type, which says what is there.
    ///   - bytes: the object without its header.
    /// - Returns: nil where what should be there is cut short or of an unknown form.
    init?(type: UInt8, decoding bytes: RawSpan) {
        guard let role = Role(rawValue: type >> 6) else { return nil }
        self.role = role
        var position = 0
        func has(_ count: Int) -> Bool { bytes.byteCount - position >= count }
        if type & 0x08 != 0 {
            guard has(4) else { return nil }
            index = bytes.uint32(at: position)
            position += 4
        }
        if type & 0x04 != 0 {
            guard has(4) else { return nil }
            switch bytes.uint16(at: position) {
            case 1 where has(8):
                address = .v4(IPv4Address(rawValue: bytes.uint32(at: position + 4)))
                position += 8
            case 2 where has(20):
                address = .v6(bytes.ipv6Address(at: position + 4))
                position += 20
            default: return nil
            }
        }
        if type & 0x02 != 0 {
            // The length counts itself; it is a multiple of four, at most 64, padded with zeros.
            guard has(1) else { return nil }
            let length = Int(bytes.uint8(at: position))
            guard length >= 1, length <= 64, has(length) else { return nil }
            name = Self.text(bytes.extracting(position + 1..<position + length))
            position += length
        }
        if type & 0x01 != 0 {
            guard has(4) else { return nil }
            mtu = bytes.uint32(at: position)
        }
    }

    private static func text(_ bytes: RawSpan) -> String {
        var end = 0
        while end < bytes.byteCount, bytes.uint8(at: end) != 0 { end += 1 }
        return unsafe bytes.extracting(0..<end).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
