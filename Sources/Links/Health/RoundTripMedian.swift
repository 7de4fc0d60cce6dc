import Model

/// Two medians of the round trips of one stream: of the last ones, and the usual one over a long time.
struct RoundTripMedian: Sendable, Equatable {
    static let recentCount = 32
    /// Steps of the long histogram: eight an octave, so the usual median is exact to 9 %.
    private static let stepsPerOctave = 8
    private static let halveAt: UInt32 = 8192

    private var recent: [Int64] = []
    private var next = 0
    private var counts = [UInt32](repeating: 0, count: 41 * stepsPerOctave)
    private var total: UInt32 = 0

    mutating func record(nanoseconds: Int64) {
        if recent.count < Self.recentCount {
            recent.append(nanoseconds)
        } else {
            recent[next] = nanoseconds
            next = (next + 1) % Self.recentCount
        }
        counts[Self.step(nanoseconds)] += 1
        total += 1
        guard total >= Self.halveAt else { return }
        total = 0
        for index in counts.indices {
            counts[index] /= 2
            total += counts[index]
        }
    }

    private static func step(_ nanoseconds: Int64) -> Int {
        let value = UInt64(max(1, nanoseconds))
        let octave = 63 - value.leadingZeroBitCount
        let fraction = octave >= 3 ? Int((value >> UInt64(octave - 3)) & 7) : Int((value << UInt64(3 - octave)) & 7)
        return min(octave * stepsPerOctave + fraction, 41 * stepsPerOctave - 1)
    }

    /// The middle of a step, in nanoseconds.
    private static func value(of step: Int) -> Int64 {
        let octave = step / stepsPerOctave
        let base = Double(UInt64(1) << UInt64(octave))
        return Int64(base * (1 + (Double(step % stepsPerOctave) + 0.5) / Double(stepsPerOctave)))
    }

    /// Of the last round trips; nil before there are enough of them.
    var recentMedian: Int64? {
        recent.count < Self.recentCount ? nil : recent.sorted()[Self.recentCount / 2]
    }

    /// Nil before the first hundred.
    var usualMedian: Int64? {
        guard total >= 100 else { return nil }
        var sum: UInt32 = 0
        for (step, count) in counts.enumerated() {
            sum += count
            if sum * 2 >= total { return Self.value(of: step) }
        }
        return nil
    }
}
