/// Count, sum and limits of round trips in nanoseconds.
public struct RoundTripStatistics: Sendable, Equatable, BitwiseCopyable {
    public private(set) var count: UInt64 = 0
    public private(set) var sum: Int64 = 0
    public private(set) var minimum: Int64 = .max
    public private(set) var maximum: Int64 = 0

    public init() {}

    @inline(__always)
    mutating func add(_ value: Int64) {
        count &+= 1
        sum &+= value
        if value < minimum { minimum = value }
        if value > maximum { maximum = value }
    }

    mutating func merge(_ other: Self) {
        count &+= other.count
        sum &+= other.sum
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
    }

    public var mean: Int64 { count == 0 ? 0 : sum / Int64(clamping: count) }
}
