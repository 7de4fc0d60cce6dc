internal import Model

/// Round trips of one hop or of the target. Durations are whole nanoseconds, so that all outputs show the same.
public struct HopStatistics: Hashable, Sendable {
    public var sent = 0
    public var received = 0
    /// All nil without an answer that has a time.
    public var last: Duration?
    public var best: Duration?
    public var average: Duration?
    public var worst: Duration?
    /// Of the sample (divided by n - 1); nil below two answers.
    public var deviation: Duration?
    /// Mean of the differences of answers that follow each other; nil below two answers.
    public var jitter: Duration?
    /// The smoothed jitter of RFC 3550 §6.4.1 after the last answer, a sixteenth of each difference; nil below two.
    public var interarrivalJitter: Duration?
    /// The value that so many percent do not exceed (nearest rank).
    public var median: Duration?
    public var percentile90: Duration?
    public var percentile99: Duration?

    public init() {}

    /// - Parameters:
    ///   - received: answers, those without a time included; nil: all have one.
    ///   - roundTrips: in the order of sending; each not negative.
    public init(sent: Int, received: Int? = nil, roundTrips: [Duration]) {
        self.sent = sent
        self.received = received ?? roundTrips.count
        guard let first = roundTrips.first else { return }
        let values = roundTrips.map(\.nanoseconds)
        last = roundTrips.last
        best = roundTrips.min()
        worst = roundTrips.max()
        // Differences from the first value: sums of large round trips stay exact.
        let origin = first.nanoseconds
        let mean = values.reduce(0.0) { $0 + Double($1 - origin) } / Double(values.count)
        average = .nanoseconds(origin + Int64(mean.rounded()))
        let sorted = values.sorted()
        func percentile(_ percent: Int) -> Duration {
            .nanoseconds(sorted[max(0, (sorted.count * percent + 99) / 100 - 1)])
        }
        (median, percentile90, percentile99) = (percentile(50), percentile(90), percentile(99))
        guard values.count > 1 else { return }
        let squares = values.reduce(0.0) { sum, value in
            let difference = Double(value - origin) - mean
            return sum + difference * difference
        }
        deviation = .nanoseconds(Int64((squares / Double(values.count - 1)).squareRoot().rounded()))
        let steps = zip(values, values.dropFirst()).reduce(0.0) { $0 + Double(abs($1.1 - $1.0)) }
        jitter = .nanoseconds(Int64((steps / Double(values.count - 1)).rounded()))
        let smoothed = zip(values, values.dropFirst()).reduce(0.0) { $0 + (Double(abs($1.1 - $1.0)) - $0) / 16 }
        interarrivalJitter = .nanoseconds(Int64(smoothed.rounded()))
    }

    /// From 0 to 1; 0 when nothing was sent.
    public var loss: Double { sent == 0 ? 0 : Double(sent - received) / Double(sent) }
}
