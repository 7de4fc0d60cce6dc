/// One histogram of durations: classic buckets, native buckets, sum and count, all from one `record`.
struct HistogramState: Sendable {
    /// Upper bounds in nanoseconds, rising; shared by all series of the family.
    let bounds: [Int64]
    /// Observations of each classic bucket, not cumulative; the last one is beyond all bounds.
    private(set) var counts: [UInt64]
    private(set) var native = NativeBuckets()
    private(set) var sumNanoseconds: UInt64 = 0

    init(bounds: [Int64]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    var count: UInt64 { counts.reduce(0, &+) }

    /// Seconds.
    var sum: Double { Double(sumNanoseconds) / 1e9 }

    /// A negative duration counts as zero.
    mutating func record(nanoseconds: Int64) {
        let value = max(nanoseconds, 0)
        counts[bucket(of: value)] &+= 1
        sumNanoseconds &+= UInt64(value)
        native.record(nanoseconds: value)
    }

    /// The first bucket whose upper bound is not below `value`. Counts instead of searching: a compare without a branch
    /// costs less than a branch that cannot be foreseen.
    private func bucket(of value: Int64) -> Int {
        var below = 0
        for bound in bounds { below &+= bound < value ? 1 : 0 }
        return below
    }
}
