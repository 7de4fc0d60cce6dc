/// Round trips of one method and direction, in nanoseconds.
public struct RoundTrips: Sendable, Equatable {
    public internal(set) var statistics = RoundTripStatistics()
    private var counts: [UInt64] = []

    public init() {}

    /// The value below which the share `quantile` lies, within 12 %; 0 without samples.
    public func quantile(_ quantile: Double) -> Int64 { QuantilePool.quantile(quantile, statistics, counts) }

    mutating func merge(_ other: RoundTripStatistics, block: UInt32, _ pool: borrowing QuantilePool) {
        guard other.count > 0 else { return }
        statistics.merge(other)
        if counts.isEmpty { counts = [UInt64](repeating: 0, count: QuantilePool.bucketCount) }
        pool.read(other, block, into: &counts)
    }

    mutating func merge(_ other: RoundTrips) {
        statistics.merge(other.statistics)
        if counts.isEmpty {
            counts = other.counts
        } else {
            for (index, number) in other.counts.enumerated() { counts[index] += number }
        }
    }

    mutating func merge(single value: Int64) {
        guard value >= 0 else { return }
        statistics.add(value)
    }
}
