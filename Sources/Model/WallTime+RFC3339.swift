extension WallTime {
    /// RFC 3339 in UTC with milliseconds: `2026-12-05T01:00:00.250Z`. Moments beyond the years 1 to 9999 are clamped.
    public var rfc3339: String {
        let (second, nanosecond) = Self.floorDivide(nanoseconds, 1_000_000_000)
        let (day, time) = Self.floorDivide(second, 86_400)
        let (year, month, dayOfMonth) = Self.civil(day: day)
        let clock = "\(Self.two(time / 3600)):\(Self.two(time / 60 % 60)):\(Self.two(time % 60))"
        let millisecond = String(nanosecond / 1_000_000 + 1000).dropFirst()
        let yearText = String(10_000 + min(max(year, 1), 9999)).dropFirst()
        return "\(yearText)-\(Self.two(month))-\(Self.two(dayOfMonth))T\(clock).\(millisecond)Z"
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = value % divisor
        return remainder < 0 ? (value / divisor - 1, remainder + divisor) : (value / divisor, remainder)
    }

    /// The proleptic Gregorian date of a day counted from 1970-01-01.
    private static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(day + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
