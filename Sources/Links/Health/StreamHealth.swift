import Model

/// What one stream of probes has shown so far. Invalid outcomes leave no trace in it.
struct StreamHealth: Sendable, Equatable {
    private(set) var hasResult = false
    private(set) var everAnswered = false
    private(set) var lossRun = 0
    private(set) var answerRun = 0
    /// Sending of the last answered probe, or the end of a blind time after it.
    private(set) var lastGood: MonotonicTime?
    private(set) var lastAnswerSettled: MonotonicTime?
    /// Sending of the first lost probe of the current run.
    private(set) var firstLoss: MonotonicTime?
    private(set) var lastSent: MonotonicTime?
    private(set) var lastReason: Reason?
    private(set) var lossRunSettled: MonotonicTime?
    private(set) var window = LossWindow()
    private(set) var roundTrips: RoundTripMedian?

    init(keepsRoundTrips: Bool) {
        roundTrips = keepsRoundTrips ? RoundTripMedian() : nil
    }

    mutating func record(_ outcome: Outcome) {
        switch outcome.result {
        case .answered(let roundTrip, _):
            hasResult = true
            everAnswered = true
            lossRun = 0
            answerRun += 1
            lastGood = outcome.sentAt
            lastAnswerSettled = outcome.settledAt
            firstLoss = nil
            lastSent = outcome.sentAt
            window.record(isLost: false, at: outcome.settledAt)
            roundTrips?.record(nanoseconds: roundTrip.nanoseconds)
        case .failed(let reason):
            hasResult = true
            lossRun += 1
            answerRun = 0
            lastReason = reason
            if firstLoss == nil { firstLoss = outcome.sentAt }
            lastSent = outcome.sentAt
            lossRunSettled = outcome.settledAt
            window.record(isLost: true, at: outcome.settledAt)
        case .invalid:
            break
        }
    }

    /// What happened until `end` was not seen: an outage cannot have been proved to begin before it.
    mutating func hide(until end: MonotonicTime) {
        if lossRun == 0, let last = lastGood, last < end { lastGood = end }
    }

    /// Losses that a fault of this host explains count to nobody.
    mutating func forgetLosses() {
        lossRun = 0
        firstLoss = nil
        window.removeAll()
    }

    func isDown(after count: Int) -> Bool { everAnswered && lossRun >= count }
}
