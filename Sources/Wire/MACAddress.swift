/// An IEEE 802 address of 48 bits; `rawValue` is in host order, so that `02:00:00:00:00:01` is `0x0200_0000_0001`.
public struct MACAddress: Hashable, Comparable, Sendable, RawRepresentable {
    public let rawValue: UInt64

    /// Bits above the 48th are dropped.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue & 0xFFFF_FFFF_FFFF
    }

    public static let broadcast = MACAddress(rawValue: .max)

    /// For a group of stations, broadcast included.
    public var isGroup: Bool { rawValue >> 40 & 1 != 0 }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension MACAddress: CustomStringConvertible {
    /// `00:00:5e:00:53:01`.
    public var description: String {
        stride(from: UInt64(40), through: 0, by: -8).map { shift in
            let byte = UInt8(truncatingIfNeeded: rawValue >> shift)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined(separator: ":")
    }
}

extension RawSpan {
    @inline(__always)
    func macAddress(at offset: Int) -> MACAddress {
        MACAddress(rawValue: UInt64(uint16(at: offset)) << 32 | UInt64(uint32(at: offset + 2)))
    }
}

extension ByteWriter {
    mutating func put(_ address: MACAddress) {
        put(UInt16(truncatingIfNeeded: address.rawValue >> 32))
        put(UInt32(truncatingIfNeeded: address.rawValue))
    }
}
