internal import Model

/// When a stream sends: first `phase` after its start, then every interval; and some confirming probes in between.
struct Cadence {
    let interval: Int64
    /// Later than this after its time a probe is not sent: its slot has passed.
    let tolerance: Int64
    private(set) var nextRegular: Int64
    /// Times of the confirming probes, rising.
    private var extra: [Int64] = []

    /// The lateness below which nothing is called overload.
    static let leastTolerance: Int64 = 50_000_000

    /// - Parameter phase: from the start to the first probe; only its rest by the interval counts.
    init(interval: Int64, phase: Int64, now: Int64) {
        let interval = max(1_000_000, interval)
        self.interval = interval
        tolerance = max(Self.leastTolerance, interval / 4)
        nextRegular = now &+ ((phase % interval) + interval) % interval
    }

    /// The phase of a stream for which none was given: the golden ratio keeps any number of streams apart.
    static func phase(ofStream number: Int32, interval: Int64) -> Int64 {
        let fraction = UInt64(UInt32(bitPattern: number)) &* 0x9E37_79B9_7F4A_7C15
        return Int64(fraction.multipliedFullWidth(by: UInt64(max(1, interval))).high)
    }

    var next: Int64 {
        guard let first = extra.first else { return nextRegular }
        return min(first, nextRegular)
    }

    /// Adds probes between the regular ones. Those still to come are replaced.
    /// - Parameter delays: from `now` to each, rising; at most as many as a stream has room for are taken.
    mutating func addExtra(after delays: [Int64], now: Int64) {
        guard !delays.isEmpty else { return }
        extra = delays.prefix(Detection.mostExtraProbes).map { now + max(0, $0) }
    }

    /// Moves the next probe to `time`; confirming ones are given up.
    mutating func postpone(to time: Int64) {
        nextRegular = time
        extra = []
    }

    enum Step: Equatable {
        /// Nothing is due.
        case wait
        case send
        /// Slots were missed; the first of them was due at this time.
        case missed(since: Int64)
    }

    /// What to do when `now` has come; slots within `ahead` count as due already.
    mutating func advance(to now: Int64, ahead: Int64 = 0) -> Step {
        if let first = extra.first, first <= now + ahead {
            extra.removeFirst()
            // The distance to the next one is kept, also after a late one.
            if now > first { for index in extra.indices { extra[index] += now - first } }
            if nextRegular > now + ahead { return .send }
        }
        guard nextRegular <= now + ahead else { return .wait }
        let due = nextRegular
        let late = now - due
        let passed = late > 0 ? late / interval : 0
        nextRegular += (passed + 1) * interval
        return late > tolerance ? .missed(since: due) : .send
    }
}
