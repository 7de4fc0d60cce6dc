/// Whether the loop ran when it had to. Time comes in as readings of the monotonic clock.
///
/// A gap is a time in which something was due and the loop did not run: a late wake-up, a stopped process, or work
/// that took too long. What had its end in a gap cannot be judged as lost.
struct OverloadMonitor {
    let limit: Int64
    /// The last gap: nothing ran after `start` until `end`.
    private(set) var start = Int64.max
    private(set) var end = Int64.min
    /// The gap was not reported yet.
    private var isNew = false

    init(limit: Int64 = Cadence.leastTolerance) {
        self.limit = limit
    }

    /// The loop runs at `now` and should have run at `expected` at the latest.
    mutating func observe(expected: Int64, now: Int64) {
        guard now - expected > limit else { return }
        // Two gaps with hardly any run between them are one: nothing could be judged in between.
        if start > end || expected > end + limit { start = expected }
        start = min(start, expected)
        end = now
        isNew = true
    }

    /// Whether a probe whose time ended at `deadline` was spoiled by the last gap.
    func spoils(deadline: Int64) -> Bool {
        deadline > start && deadline <= end
    }

    /// The same of an exchange that needs turns to come to its end: also where its deadline itself was what the loop was late for.
    func spoils(exchangeUntil deadline: Int64) -> Bool {
        spoils(deadline: deadline) || deadline == start
    }

    /// The gap, once.
    mutating func takeReport() -> (start: Int64, end: Int64)? {
        guard isNew else { return nil }
        isNew = false
        return (start, end)
    }
}
