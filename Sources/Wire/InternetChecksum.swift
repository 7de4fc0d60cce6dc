/// The Internet checksum (RFC 1071): ones' complement sum of big-endian 16-bit words, complemented.
///
/// Parts may be added in any number; a part of odd length is continued, not padded, by the next one.
public struct InternetChecksum: Hashable, Sendable {
    /// Cannot overflow before 2^48 words.
    private var sum: UInt64 = 0
    private var isOdd = false

    public init() {}

    /// The pseudo-header of UDP, TCP (RFC 768, RFC 9293) or of any protocol over IPv6 (RFC 8200 §8.1).
    /// Both addresses are of one family; `length` counts header and data of the upper layer.
    public init(source: IPAddress, destination: IPAddress, protocol number: IPProtocol, length: Int) {
        add(source)
        add(destination)
        add(UInt32(truncatingIfNeeded: length))
        add(UInt16(number.rawValue))
    }

    /// The checksum as it stands in the header, in host order.
    public var value: UInt16 { ~Self.folded(sum) }

    /// True when what was added holds its own valid checksum.
    public var isValid: Bool { Self.folded(sum) == 0xFFFF }

    public mutating func add(_ value: UInt16) {
        sum &+= UInt64(isOdd ? value.byteSwapped : value)
    }

    public mutating func add(_ value: UInt32) {
        add(UInt16(truncatingIfNeeded: value >> 16))
        add(UInt16(truncatingIfNeeded: value))
    }

    public mutating func add(_ address: IPAddress) {
        switch address {
        case .v4(let address): add(address.rawValue)
        case .v6(let address):
            add(UInt32(truncatingIfNeeded: address.high >> 32))
            add(UInt32(truncatingIfNeeded: address.high))
            add(UInt32(truncatingIfNeeded: address.low >> 32))
            add(UInt32(truncatingIfNeeded: address.low))
        }
    }

    public mutating func add(_ bytes: RawSpan) {
        var part: UInt64 = 0
        let words = bytes.byteCount / 2
        for index in 0..<words {
            part &+= UInt64(bytes.uint16(at: index * 2))
        }
        if bytes.byteCount % 2 == 1 {
            part &+= UInt64(bytes.uint8(at: bytes.byteCount - 1)) << 8
        }
        let word = Self.folded(part)
        sum &+= UInt64(isOdd ? word.byteSwapped : word)
        if bytes.byteCount % 2 == 1 { isOdd.toggle() }
    }

    /// A checksum after one 16-bit word of the data changed (RFC 1624, equation 3).
    public static func updated(_ checksum: UInt16, replacing old: UInt16, with new: UInt16) -> UInt16 {
        ~folded(UInt64(~checksum) + UInt64(~old) + UInt64(new))
    }

    private static func folded(_ value: UInt64) -> UInt16 {
        var value = value
        while value >> 16 != 0 { value = (value & 0xFFFF) &+ (value >> 16) }
        return UInt16(truncatingIfNeeded: value)
    }
}
