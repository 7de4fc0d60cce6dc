/// Buckets whose width grows with the value: `2^bits` of equal width in each power of two, from 1.024 µs to 69 s.
struct LogBuckets {
    let bits: Int
    private static let lowest = 10
    private static let octaves = 26

    /// Below the lowest and above the highest octave is one bucket each.
    var count: Int { (Self.octaves << bits) + 2 }

    @inline(__always)
    func index(of value: Int64) -> Int {
        let value = UInt64(bitPattern: value)
        let exponent = 63 &- (value | 1).leadingZeroBitCount
        guard exponent >= Self.lowest else { return 0 }
        let octave = exponent &- Self.lowest
        guard octave < Self.octaves else { return count - 1 }
        let fraction =
            Int(truncatingIfNeeded: value >> UInt64(truncatingIfNeeded: exponent &- bits)) & ((1 << bits) &- 1)
        return (octave << bits) &+ fraction &+ 1
    }

    /// The smallest value of a bucket.
    func lowerBound(_ index: Int) -> Int64 {
        guard index > 0 else { return 0 }
        let octave = (index - 1) >> bits
        let fraction = Int64((index - 1) & ((1 << bits) - 1))
        let exponent = Int64(octave + Self.lowest)
        return (Int64(1) << exponent) + (fraction << (exponent - Int64(bits)))
    }

    /// The value below which the share `quantile` lies, with the values of a bucket spread evenly.
    func quantile(_ quantile: Double, total: UInt64, limits: ClosedRange<Int64>, counts: (Int) -> UInt64) -> Int64 {
        let rank = quantile * Double(total)
        var before: Double = 0
        for index in 0..<count {
            let here = Double(counts(index))
            guard here > 0, before + here >= rank else {
                before += here
                continue
            }
            let low = Double(lowerBound(index))
            let high = index + 1 < count ? Double(lowerBound(index + 1)) : Double(limits.upperBound)
            let value = low + (high - low) * max(0, rank - before) / here
            return min(max(Int64(value), limits.lowerBound), limits.upperBound)
        }
        return limits.upperBound
    }
}

/// The round trips of one method, of all flows: 32 buckets in each power of two, so quantiles are within 3 %.
public struct RoundTripHistogram: Sendable {
    public let statistics: RoundTripStatistics
    private let counts: [UInt64]
    static var buckets: LogBuckets { LogBuckets(bits: 5) }

    init(_ statistics: RoundTripStatistics, counts: [UInt64]) {
        self.statistics = statistics
        self.counts = counts
    }

    /// Nanoseconds; 0 without samples.
    public func quantile(_ quantile: Double) -> Int64 {
        guard statistics.count > 0 else { return 0 }
        return Self.buckets.quantile(
            quantile,
            total: statistics.count,
            limits: statistics.minimum...statistics.maximum
        ) { counts[$0] }
    }

    /// How many samples are at most `bound` nanoseconds, exact where `bound` is that of a bucket.
    public func count(upTo bound: Int64) -> UInt64 {
        let last = Self.buckets.index(of: bound)
        return counts[..<last].reduce(0, &+)
    }
}
