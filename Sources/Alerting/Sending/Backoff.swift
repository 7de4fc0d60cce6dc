import Model

/// Waiting between attempts: doubles from `first` to `most`, each time shortened by up to a half at random, so that
/// many senders do not come back together.
struct Backoff: Sendable {
    var first: Duration = .milliseconds(250)
    var most: Duration = .seconds(30)
    private(set) var failures = 0

    init(first: Duration = .milliseconds(250), most: Duration = .seconds(30)) {
        self.first = first
        self.most = most
    }

    /// - Parameter random: from 0 up to 1.
    mutating func next(random: Double) -> Duration {
        let doublings = min(failures, 20)
        failures += 1
        let full = min(first.nanoseconds << Int64(doublings), most.nanoseconds)
        return .nanoseconds(Int64(Double(full) * (1 - 0.5 * random)))
    }

    mutating func reset() {
        failures = 0
    }
}
