/// How far a clock may be off (RFC 4656 §4.1.2, RFC 8762 §4.2.1).
public struct STAMPErrorEstimate: Hashable, Sendable, RawRepresentable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// - Parameters:
    ///   - isSynchronized: the clock follows UTC by an outside source.
    ///   - nanoseconds: the greatest error; rounded up, at least one unit of 2^-32 seconds, at most 4 s.
    public init(isSynchronized: Bool, nanoseconds: UInt64) {
        let bounded = min(nanoseconds, UInt64(UInt32.max))
        var units = ((bounded << 32) + 999_999_999) / 1_000_000_000
        units = max(1, units)
        var scale: UInt16 = 0
        while units > 255 {
            units = (units + 1) >> 1
            scale += 1
        }
        rawValue = (isSynchronized ? 0x8000 : 0) | scale << 8 | UInt16(units)
    }

    public var isSynchronized: Bool { rawValue & 0x8000 != 0 }

    /// Stamps are of IEEE 1588, not NTP (RFC 8186).
    public var isPTP: Bool { rawValue & 0x4000 != 0 }

    /// A multiplier of 0 is a packet to be discarded (RFC 4656 §4.1.2).
    public var isValid: Bool { rawValue & 0xFF != 0 }

    /// The greatest error in nanoseconds; clamped to 2^63 - 1.
    public var nanoseconds: Int64 {
        let multiplier = Double(rawValue & 0xFF)
        let scale = Int(rawValue >> 8 & 0x3F)
        var value = multiplier * 1e9 / 4_294_967_296
        for _ in 0..<scale { value *= 2 }
        return value >= 9.2e18 ? .max : Int64(value.rounded(.up))
    }
}
