/// The 64-bit NTP timestamp (RFC 5905 §6): seconds since 1900 and their fraction.
public struct NTPTimestamp: Hashable, Sendable, RawRepresentable {
    /// Seconds in the upper half, 2^-32 seconds in the lower.
    public let rawValue: UInt64

    /// From 1900 to 1970 (RFC 868).
    private static let secondsTo1970: Int64 = 2_208_988_800
    private static let nanosecondsPerSecond: Int64 = 1_000_000_000

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// - Parameter nanoseconds: since 1970. What lies outside 1968 to 2104 comes back shifted by eras of 136 years.
    public init(nanosecondsSince1970 nanoseconds: Int64) {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: Self.nanosecondsPerSecond)
        let isBefore = remainder < 0
        let seconds = quotient + (isBefore ? -1 : 0) + Self.secondsTo1970
        let rest = UInt64(isBefore ? remainder + Self.nanosecondsPerSecond : remainder)
        let fraction = (rest << 32) / UInt64(Self.nanosecondsPerSecond)
        rawValue = UInt64(UInt32(truncatingIfNeeded: seconds)) << 32 | fraction
    }

    /// Nanoseconds since 1970, to the nearest one. Seconds below 2^31 are of the era that starts in 2036 (RFC 4330 §3).
    public var nanosecondsSince1970: Int64 {
        let field = Int64(rawValue >> 32)
        let seconds = (field < (1 << 31) ? field + (1 << 32) : field) - Self.secondsTo1970
        let fraction = rawValue & 0xFFFF_FFFF
        let rest = (fraction * UInt64(Self.nanosecondsPerSecond) + (1 << 31)) >> 32
        return seconds * Self.nanosecondsPerSecond + Int64(rest)
    }
}
