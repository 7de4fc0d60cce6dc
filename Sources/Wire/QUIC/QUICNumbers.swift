/// A QUIC version (RFC 9000 §15, RFC 9369 §3.1).
public struct QUICVersion: Hashable, Sendable, RawRepresentable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// In the place of a version: a version negotiation packet.
    public static let negotiation = QUICVersion(rawValue: 0)
    public static let v1 = QUICVersion(rawValue: 1)
    public static let v2 = QUICVersion(rawValue: 0x6B33_43CF)
    /// Drafts 22 and later have the packets of version 1, whatever else differs.
    static let drafts: ClosedRange<UInt32> = 0xFF00_0016...0xFF00_0022

    /// Long headers, packet types and the spin bit are those of versions 1 and 2.
    public var isKnown: Bool { self == .v1 || self == .v2 || Self.drafts.contains(rawValue) }
}

/// A connection ID of at most 20 bytes, held without allocation (RFC 9000 §17.2).
public struct QUICConnectionID: Hashable, Sendable {
    public static let maximumLength = 20

    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt32 = 0
    public private(set) var count: UInt8 = 0

    public init() {}

    /// `bytes` are all of it.
    /// - Throws: more than 20 bytes.
    public init(decoding bytes: RawSpan) throws(WireError) {
        guard bytes.byteCount <= Self.maximumLength else {
            throw WireError.invalid(.quic, .connectionIDLength, bytes.byteCount)
        }
        for index in 0..<bytes.byteCount {
            let byte = bytes.uint8(at: index)
            switch index {
            case 0..<8: first |= UInt64(byte) << UInt64(56 - index * 8)
            case 8..<16: second |= UInt64(byte) << UInt64(120 - index * 8)
            default: third |= UInt32(byte) << UInt32(152 - index * 8)
            }
        }
        count = UInt8(bytes.byteCount)
    }

    public var isEmpty: Bool { count == 0 }

    subscript(index: Int) -> UInt8 {
        switch index {
        case 0..<8: UInt8(truncatingIfNeeded: first >> UInt64(56 - index * 8))
        case 8..<16: UInt8(truncatingIfNeeded: second >> UInt64(120 - index * 8))
        default: UInt8(truncatingIfNeeded: third >> UInt32(152 - index * 8))
        }
    }
}

extension QUICConnectionID: CustomStringConvertible {
    /// Hexadecimal digits.
    public var description: String {
        var text = ""
        for index in 0..<Int(count) {
            let byte = self[index]
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return text
    }
}

/// A number of 1, 2, 4 or 8 bytes whose first two bits tell which (RFC 9000 §16).
enum QUICVariableInteger {
    /// Reads the number at `position` and moves behind it.
    static func read(at position: inout Int, in bytes: RawSpan) throws(WireError) -> UInt64 {
        try bytes.require(position + 1, .quic)
        let first = bytes.uint8(at: position)
        let size = 1 << Int(first >> 6)
        try bytes.require(position + size, .quic)
        var value = UInt64(first & 0x3F)
        for index in position + 1..<position + size { value = value << 8 | UInt64(bytes.uint8(at: index)) }
        position += size
        return value
    }
}
