import Glibc

/// SplitMix64: the same seed gives the same years everywhere.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// Evenly from 0 up to, not including, 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// What the network does to probes.
struct Weather: Sendable {
    /// Chance of each probe to be lost on its own.
    var loss = 0.01
    /// Everything on one path is lost for so many seconds …
    var burst = 0.3
    /// … once in so many seconds on average, on each path by itself.
    var burstEvery = 60.0
}

/// The lost probes of one stream that sends one probe a second, and some in between.
struct LossProcess {
    /// Part of the second at which the stream sends.
    let phase: Double
    /// Seconds of the lost probes, rising; all from the start of the part of time in hand.
    private(set) var lost: [Int64] = []
    private var next: Int64
    private let scale: Double
    /// Its runs are looked for. Of other streams each probe is drawn when it is played.
    private let isDrawn: Bool
    private let salt: UInt64
    private let loss: Double
    private let burst: Double
    /// Starts of the bursts of the part of time in hand, rising.
    private var bursts: [Double] = []

    init(phase: Double, isDrawn: Bool, weather: Weather, generator: inout SeededGenerator) {
        self.phase = phase
        self.isDrawn = isDrawn
        salt = generator.next()
        loss = weather.loss
        burst = weather.burst
        // Gaps between independent losses are geometric: drawing them equals drawing every probe.
        scale = 1 / Glibc.log(1 - weather.loss)
        next = 0
        next = gap(&generator)
    }

    private func gap(_ generator: inout SeededGenerator) -> Int64 {
        Int64(Glibc.log(1 - generator.unit()) * scale)
    }

    /// Goes on to `end`: draws its own losses, adds those of the bursts, forgets what lies before `start`.
    mutating func extend(
        from start: Int64,
        to end: Int64,
        bursts: [Double],
        weather: Weather,
        _ generator: inout SeededGenerator
    ) {
        lost.removeFirst(lost.firstIndex { $0 >= start } ?? lost.count)
        self.bursts.removeFirst(self.bursts.firstIndex { $0 >= Double(start) - burst } ?? self.bursts.count)
        self.bursts += bursts
        while isDrawn, next < end {
            lost.append(next)
            next += 1 + gap(&generator)
        }
        // Of one probe a second at most one lies in a burst.
        let hit = bursts.compactMap { burst -> Int64? in
            let second = Int64((burst - phase).rounded(.up))
            return Double(second) + phase < burst + weather.burst ? second : nil
        }
        if !hit.isEmpty { lost = Self.merge(lost, hit) }
    }

    private static func merge(_ left: [Int64], _ right: [Int64]) -> [Int64] {
        var merged: [Int64] = []
        merged.reserveCapacity(left.count + right.count)
        var first = 0
        var second = 0
        while first < left.count || second < right.count {
            let isLeft = second == right.count || (first < left.count && left[first] <= right[second])
            let value = isLeft ? left[first] : right[second]
            if isLeft { first += 1 } else { second += 1 }
            if merged.last != value { merged.append(value) }
        }
        return merged
    }

    /// Seconds of lost probes, from `start` to `end`, which the next regular probe or a confirming one may follow as
    /// second of a run.
    /// - Parameter confirmation: from a lost probe to the first that confirms it, in seconds.
    func suspects(from start: Int64, to end: Int64, confirmation: Double, into found: inout [Int64]) {
        for index in lost.indices where lost[index] >= start && lost[index] < end {
            let isFollowed = index + 1 < lost.count && lost[index + 1] == lost[index] + 1
            if isFollowed || isLost(between: Double(lost[index]) + phase + confirmation) { found.append(lost[index]) }
        }
    }

    private func isDrawnLost(_ key: UInt64) -> Bool {
        var own = SeededGenerator(seed: salt ^ key &* 0xD6E8_FEB8_6659_FD93)
        return own.unit() < loss
    }

    /// A probe between the regular ones, sent at this second.
    func isLost(between moment: Double) -> Bool {
        if isDrawnLost(moment.bitPattern) { return true }
        var low = 0
        var high = bursts.count
        while low < high {
            let middle = (low + high) / 2
            if bursts[middle] <= moment { low = middle + 1 } else { high = middle }
        }
        return low > 0 && moment < bursts[low - 1] + burst
    }

    func isLost(_ second: Int64) -> Bool {
        if !isDrawn, isDrawnLost(UInt64(bitPattern: second)) { return true }
        var low = 0
        var high = lost.count
        while low < high {
            let middle = (low + high) / 2
            if lost[middle] < second { low = middle + 1 } else { high = middle }
        }
        return low < lost.count && lost[low] == second
    }
}
