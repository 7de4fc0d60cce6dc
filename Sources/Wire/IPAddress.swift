/// An IPv4 address; `rawValue` is in host order, so that `10.0.0.1` is `0x0A00_0001`.
public struct IPv4Address: Hashable, Comparable, Sendable, RawRepresentable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        rawValue = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// An IPv6 address as two halves in host order.
public struct IPv6Address: Hashable, Comparable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}

/// An address of either family.
public enum IPAddress: Hashable, Comparable, Sendable {
    case v4(IPv4Address)
    case v6(IPv6Address)

    /// Number of bits in an address of this family.
    public var bitWidth: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    public var isIPv4: Bool {
        if case .v4 = self { true } else { false }
    }

    /// An address that one host can have: not unspecified, multicast, reserved or the limited broadcast (RFC 6890,
    /// RFC 4291 §2.4).
    public var isOfHost: Bool {
        switch self {
        case .v4(let address): (1..<224).contains(address.rawValue >> 24)
        case .v6(let address): address.high >> 56 != 0xFF && (address.high | address.low) != 0
        }
    }

    /// IPv4 where it is written as IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2): no packet bears such an address.
    public var unmapped: IPAddress {
        guard case .v6(let value) = self, value.high == 0, value.low >> 32 == 0xFFFF else { return self }
        return .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: value.low)))
    }

    /// fe80::/10: good on one link only (RFC 4291 §2.5.6). IPv4's own (RFC 3927) are not meant.
    public var isLinkLocal: Bool {
        if case .v6(let address) = self { address.high >> 54 == 0x3FA } else { false }
    }

    public var isLoopback: Bool {
        switch self {
        case .v4(let address): address.rawValue >> 24 == 127
        case .v6(let address): address.high == 0 && address.low == 1
        }
    }
}

extension IPv4Address: LosslessStringConvertible {
    /// Reads the dotted form of four decimal numbers, no leading zeros (RFC 6943 §3.1.1 "strict").
    public init?(_ text: some StringProtocol) { self.init(reading: Substring(text)) }

    /// One type of text, for which the compiler makes code of its own: tables hold hundreds of thousands of addresses.
    init?(reading text: Substring) {
        var value: UInt32 = 0
        var octet: UInt32?
        var dots = 0
        var leadingZero = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "."):
                guard let finished = octet, dots < 3 else { return nil }
                value = value << 8 | finished
                octet = nil
                leadingZero = false
                dots += 1
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard !leadingZero else { return nil }
                let next = (octet ?? 0) * 10 + UInt32(byte - UInt8(ascii: "0"))
                guard next <= 255 else { return nil }
                leadingZero = octet == nil && next == 0
                octet = next
            default:
                return nil
            }
        }
        guard let last = octet, dots == 3 else { return nil }
        rawValue = value << 8 | last
    }

    public var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
    }
}

extension IPv6Address: LosslessStringConvertible {
    /// Reads the forms of RFC 4291 §2.2, without zone.
    public init?(_ text: some StringProtocol) { self.init(reading: Substring(text)) }

    init?(reading text: Substring) {
        var groups: [UInt16] = []
        var gap: Int?
        var rest = text
        if rest.hasPrefix("::") {
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let end = rest.utf8.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
            let group = rest[..<end]
            if group.utf8.contains(UInt8(ascii: ".")) {
                guard end == rest.endIndex, let tail = IPv4Address(reading: group) else { return nil }
                groups.append(UInt16(tail.rawValue >> 16))
                groups.append(UInt16(truncatingIfNeeded: tail.rawValue))
                rest = rest[end...]
                break
            }
            let isHexadecimal = group.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
            guard (1...4).contains(group.utf8.count), isHexadecimal, let value = UInt16(group, radix: 16) else {
                return nil
            }
            groups.append(value)
            guard end != rest.endIndex else {
                rest = rest[end...]
                break
            }
            rest = rest[rest.utf8.index(after: end)...]
            if rest.utf8.first == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: [UInt16](repeating: 0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        high = groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }
        low = groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
    }

    /// The canonical form of RFC 5952.
    public var description: String {
        let groups = (0..<8).map { index -> UInt16 in
            let half = index < 4 ? high : low
            return UInt16(truncatingIfNeeded: half >> UInt64(16 * (3 - index % 4)))
        }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > best.count, end - start > 1 { best = start..<end }
            start = max(end, start + 1)
        }
        let text = { (range: Range<Int>) in
            range.map { String(groups[$0], radix: 16) }.joined(separator: ":")
        }
        if best.isEmpty { return text(0..<8) }
        if high == 0, low >> 32 == 0xFFFF {
            return "::ffff:\(IPv4Address(rawValue: UInt32(truncatingIfNeeded: low)))"
        }
        return text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
    }
}

extension IPAddress: LosslessStringConvertible {
    /// Reads either family; IPv6 without brackets and zone.
    public init?(_ text: some StringProtocol) { self.init(reading: Substring(text)) }

    init?(reading text: Substring) {
        if let address = IPv4Address(reading: text) {
            self = .v4(address)
        } else if let address = IPv6Address(reading: text) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}
