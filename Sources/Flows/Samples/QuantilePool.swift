/// Small histograms for single flows: four buckets in each power of two, 16 bits each. A bucket that is full halves all of
/// its block, which keeps the quantiles.
@safe
struct QuantilePool: ~Copyable {
    private static var buckets: LogBuckets { LogBuckets(bits: 2) }
    private var storage: ZeroedMemory<UInt16>
    private var capacity: Int
    private let limit: Int
    private var used = 1
    private var free: [UInt32] = []

    init(blocks: Int, limit: Int) {
        capacity = max(blocks, 2)
        self.limit = max(limit, capacity)
        storage = ZeroedMemory(capacity * Self.buckets.count)
    }

    func withMemory(_ body: (UnsafeMutableRawPointer, Int) -> Void) { unsafe storage.withMemory(body) }

    /// Counts `value` in the statistics of a flow and in its block. Two values are known by their limits, so the block, which
    /// most flows never need, is made with the third, where there is room.
    @inline(__always)
    mutating func add(_ value: Int64, to statistics: inout RoundTripStatistics, _ block: inout UInt32) {
        statistics.add(value)
        guard statistics.count > 2 else { return }
        if block == 0 {
            begin(&block, statistics)
        } else {
            count(value, block)
        }
    }

    @inline(__always)
    private mutating func count(_ value: Int64, _ block: UInt32) {
        let position = Int(block) &* Self.buckets.count &+ Self.buckets.index(of: value)
        unsafe storage[position].pointee &+= 1
        if unsafe storage[position].pointee == .max { halve(block) }
    }

    /// Of three values the one that is no limit is what is left of their sum; of more, in a pool that was full, nothing is
    /// known.
    @inline(never)
    private mutating func begin(_ block: inout UInt32, _ statistics: RoundTripStatistics) {
        guard statistics.count == 3 else { return }
        block = allocate()
        guard block != 0 else { return }
        let (low, high) = (statistics.minimum, statistics.maximum)
        for value in [low, statistics.sum &- low &- high, high] { count(value, block) }
    }

    /// Adds what is known of a flow's round trips to `counts`, which has `bucketCount` places.
    func read(_ statistics: RoundTripStatistics, _ block: UInt32, into counts: inout [UInt64]) {
        guard block != 0 else {
            if statistics.count == 1 || statistics.count == 2 {
                counts[Self.buckets.index(of: statistics.minimum)] += 1
            }
            if statistics.count == 2 { counts[Self.buckets.index(of: statistics.maximum)] += 1 }
            return
        }
        let start = Int(block) * Self.buckets.count
        for index in 0..<Self.buckets.count { unsafe counts[index] += UInt64(storage[start + index].pointee) }
    }

    static var bucketCount: Int { buckets.count }

    /// The value below which the share `quantile` of `counts` lies.
    static func quantile(_ quantile: Double, _ statistics: RoundTripStatistics, _ counts: [UInt64]) -> Int64 {
        guard statistics.count > 0 else { return 0 }
        let total = counts.reduce(0, &+)
        guard total > 0 else { return statistics.mean }
        let limits = statistics.minimum...statistics.maximum
        return buckets.quantile(quantile, total: total, limits: limits) { counts[$0] }
    }

    mutating func release(_ block: inout UInt32) {
        if block != 0 { free.append(block) }
        block = 0
    }

    @inline(never)
    private mutating func allocate() -> UInt32 {
        let block: UInt32
        if let last = free.popLast() {
            block = last
            let start = unsafe storage[Int(block) * Self.buckets.count]
            unsafe start.initialize(repeating: 0, count: Self.buckets.count)
        } else {
            if used == capacity {
                guard capacity < limit else { return 0 }
                grow()
            }
            block = UInt32(truncatingIfNeeded: used)
            used += 1
        }
        return block
    }

    private mutating func grow() {
        let larger = min(capacity * 2, limit)
        let next = ZeroedMemory<UInt16>(larger * Self.buckets.count)
        unsafe next[0].update(from: storage[0], count: used * Self.buckets.count)
        storage = next
        capacity = larger
    }

    private func halve(_ block: UInt32) {
        let start = Int(block) * Self.buckets.count
        for position in start..<start + Self.buckets.count { unsafe storage[position].pointee /= 2 }
    }
}
