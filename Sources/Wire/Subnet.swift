/// A prefix in CIDR notation; its host bits are zero.
public struct Subnet: Hashable, Sendable {
    public let address: IPAddress
    public let prefixLength: Int

    /// Nil when the length does not fit the family or host bits are set.
    public init?(address: IPAddress, prefixLength: Int) {
        guard (0...address.bitWidth).contains(prefixLength) else { return nil }
        guard Self.masked(address, to: prefixLength) == address else { return nil }
        self.address = address
        self.prefixLength = prefixLength
    }

    public func contains(_ other: IPAddress) -> Bool {
        other.bitWidth == address.bitWidth && Self.masked(other, to: prefixLength) == address
    }

    /// The `index`-th address of the subnet; nil when that lies outside.
    public func address(at index: UInt32) -> IPAddress? {
        let hostBits = address.bitWidth - prefixLength
        guard hostBits >= 32 || UInt64(index) < UInt64(1) << UInt64(hostBits) else { return nil }
        switch address {
        case .v4(let base): return .v4(IPv4Address(rawValue: base.rawValue + index))
        case .v6(let base): return .v6(IPv6Address(high: base.high, low: base.low + UInt64(index)))
        }
    }

    /// `address` with all bits behind `length` zero; a length outside the family's is clamped.
    public static func masked(_ address: IPAddress, to length: Int) -> IPAddress {
        let length = min(max(length, 0), address.bitWidth)
        switch address {
        case .v4(let value):
            let mask = length == 0 ? 0 : UInt32.max << UInt32(32 - length)
            return .v4(IPv4Address(rawValue: value.rawValue & mask))
        case .v6(let value):
            let highMask = length == 0 ? 0 : UInt64.max << UInt64(max(0, 64 - length))
            let lowMask = length <= 64 ? 0 : UInt64.max << UInt64(128 - length)
            return .v6(IPv6Address(high: value.high & highMask, low: value.low & lowMask))
        }
    }
}

extension Subnet: LosslessStringConvertible {
    public init?(_ text: some StringProtocol) { self.init(reading: Substring(text)) }

    init?(reading text: Substring) {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")),
            let address = IPAddress(reading: text[..<slash]),
            let length = Self.length(text[text.utf8.index(after: slash)...])
        else { return nil }
        self.init(address: address, prefixLength: length)
    }

    /// Digits alone, without leading zeros.
    private static func length(_ text: Substring) -> Int? {
        let isDecimal = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isDecimal, text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0") else { return nil }
        return UInt8(text).map(Int.init)
    }

    public var description: String { "\(address)/\(prefixLength)" }
}
