import Model

/// Losses over the last minute, in buckets of one second.
struct LossWindow: Sendable, Equatable {
    private struct Bucket: Sendable, Equatable {
        var second: Int64 = .min
        var settled: Int32 = 0
        var lost: Int32 = 0
        /// Of these losses those that belong to a fall.
        var fallen: Int32 = 0
    }

    static let seconds: Int64 = 60
    /// So many settled probes judge as well as a whole minute.
    static let enough = 300

    private var buckets = [Bucket](repeating: Bucket(), count: Int(seconds))
    private var first: Int64?

    mutating func record(isLost: Bool, at moment: MonotonicTime) {
        let second = Self.second(moment)
        if first == nil { first = second }
        let index = Int(((second % Self.seconds) + Self.seconds) % Self.seconds)
        if buckets[index].second != second { buckets[index] = Bucket(second: second) }
        buckets[index].settled += 1
        if isLost { buckets[index].lost += 1 }
    }

    private static func second(_ moment: MonotonicTime) -> Int64 { moment.nanoseconds / 1_000_000_000 }

    /// - Parameter start: counts from the second of it on; nil: the whole window.
    func totals(at moment: MonotonicTime, since start: MonotonicTime? = nil) -> (settled: Int, lost: Int) {
        let now = Self.second(moment)
        let first = max(now - Self.seconds + 1, start.map(Self.second) ?? .min)
        var settled = 0
        var lost = 0
        for bucket in buckets where bucket.second >= first && bucket.second <= now {
            settled += Int(bucket.settled)
            lost += Int(bucket.lost)
        }
        return (settled, lost)
    }

    /// From 0 to 1; nil without a settled probe.
    func ratio(at moment: MonotonicTime) -> Double? {
        let (settled, lost) = totals(at: moment)
        return settled == 0 ? nil : Double(lost) / Double(settled)
    }

    /// Whether the window may judge: a minute has passed, or enough probes have settled.
    func isFull(at moment: MonotonicTime) -> Bool {
        guard let first else { return false }
        return Self.second(moment) - first >= Self.seconds || totals(at: moment).settled >= Self.enough
    }

    /// The newest losses, a run that has ended, belong to a fall.
    mutating func markFall(losses count: Int) {
        var rest = Int32(clamping: count)
        for index in buckets.indices.sorted(by: { buckets[$0].second > buckets[$1].second }) where rest > 0 {
            let part = min(rest, buckets[index].lost - buckets[index].fallen)
            buckets[index].fallen += part
            rest -= part
        }
    }

    /// Forgets the losses of falls, as if they had not been probed.
    mutating func forgetFalls() {
        for index in buckets.indices {
            buckets[index].settled -= buckets[index].fallen
            buckets[index].lost -= buckets[index].fallen
            buckets[index].fallen = 0
        }
    }

    /// The losses of falls so far are losses like others.
    mutating func unmarkFalls() {
        for index in buckets.indices { buckets[index].fallen = 0 }
    }

    mutating func removeAll() { self = LossWindow() }
}
