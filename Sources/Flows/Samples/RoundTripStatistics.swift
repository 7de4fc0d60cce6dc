/// Count, sum and limits of round trips in nanoseconds.
public struct RoundTripStatistics: Sendable, Equatable, BitwiseCopyable {
    public private(set) var count: UInt64 = 0
    public private(set) var sum: Int64 = 0
    /// What the minimum lacks to the largest number, so that zeros are the start.
    private var lack: Int64 = 0
    public private(set) var maximum: Int64 = 0

    public init() {}

    @inline(__always)
    mutating func add(_ value: Int64) {
        count &+= 1
        sum &+= value
        lack = max(lack, Int64.max &- value)
        maximum = max(maximum, value)
    }

    mutating func merge(_ other: Self) {
        count &+= other.count
        sum &+= other.sum
        lack = max(lack, other.lack)
        maximum = max(maximum, other.maximum)
    }

    /// The largest number without round trips.
    public var minimum: Int64 { Int64.max &- lack }

    public var mean: Int64 { count == 0 ? 0 : sum / Int64(clamping: count) }
}
