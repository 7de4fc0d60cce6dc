import Model

/// What one stream of probes has shown so far. Invalid outcomes leave no trace in it.
struct StreamHealth: Sendable, Equatable {
    private(set) var hasResult = false
    private(set) var everAnswered = false
    /// Some probe of it left this host.
    private(set) var hasLeft = false
    private(set) var lossRun = 0
    private(set) var answerRun = 0
    /// Sending of the last answered probe, or the end of a blind time after it.
    private(set) var lastGood: MonotonicTime?
    /// Sending of the last answered probe.
    private(set) var lastAnswered: MonotonicTime?
    /// Sending of the first lost probe of the current run.
    private(set) var firstLoss: MonotonicTime?
    /// When the answer to the first loss of the current run was due.
    private(set) var answerDue: MonotonicTime?
    /// When the current run became a fall.
    private(set) var fellAt: MonotonicTime?
    private(set) var lastSent: MonotonicTime?
    private(set) var lastReason: Reason?
    /// What the kernel said to the last loss, where it said more than the reason.
    private(set) var lastMessage: String?
    /// Sending of the first answer after the last fall.
    private(set) var steadySince: MonotonicTime?
    private(set) var window = LossWindow()
    private(set) var roundTrips: RoundTripMedian?
    private var lastRoundTrip: Int64 = 0
    /// Losses of the run that ended last and was no fall, until they are forgotten.
    private var lastRun = 0

    init(keepsRoundTrips: Bool) {
        roundTrips = keepsRoundTrips ? RoundTripMedian() : nil
    }

    /// Something was seen since the start, or since this host was cut off.
    var hasNews: Bool { answerRun > 0 || lossRun > 0 }

    /// - Parameter downAfter: so many losses in a row are a fall.
    mutating func record(_ outcome: Outcome, downAfter: Int) {
        switch outcome.result {
        case .answered(let roundTrip, _):
            if steadySince == nil || lossRun >= downAfter { steadySince = outcome.sentAt }
            if lossRun >= downAfter {
                window.markFall(losses: lossRun)
                lastRun = 0
            } else if lossRun > 0 {
                lastRun = lossRun
            }
            hasResult = true
            everAnswered = true
            hasLeft = true
            lossRun = 0
            answerRun += 1
            lastGood = outcome.sentAt
            lastAnswered = outcome.sentAt
            firstLoss = nil
            answerDue = nil
            fellAt = nil
            lastSent = outcome.sentAt
            lastRoundTrip = roundTrip.nanoseconds
            window.record(isLost: false, at: outcome.settledAt)
            roundTrips?.record(nanoseconds: roundTrip.nanoseconds)
        case .failed(let reason):
            hasResult = true
            if !hasLeft, !reason.isOfThisHost {
                // What could not leave before is no run of losses of what is beyond.
                hasLeft = true
                forgetLosses()
            }
            lossRun += 1
            answerRun = 0
            // A reload may have lowered the limit in the middle of a run.
            if lossRun == downAfter || (lossRun > downAfter && fellAt == nil) { fellAt = outcome.settledAt }
            lastReason = reason
            lastMessage = outcome.detail?.message
            if firstLoss == nil {
                firstLoss = outcome.sentAt
                let expected = MonotonicTime(nanoseconds: outcome.sentAt.nanoseconds + lastRoundTrip / 4 * 5)
                answerDue = min(expected, outcome.settledAt)
            }
            lastSent = outcome.sentAt
            // The loss of a packet that never left is no loss of the path.
            if !reason.isOfThisHost { window.record(isLost: true, at: outcome.settledAt) }
        case .invalid:
            break
        }
    }

    /// What happened until `end` was not seen: an outage cannot have been proved to begin before it.
    mutating func hide(until end: MonotonicTime) {
        if lossRun == 0, let last = lastGood, last < end { lastGood = end }
    }

    /// Losses that a fault of this host explains count to nobody; the next result is the first that counts.
    mutating func forgetLosses() {
        if lossRun > 0 { window.removeAll() }
        lossRun = 0
        answerRun = 0
        firstLoss = nil
        answerDue = nil
        fellAt = nil
    }

    /// The path fell for another reason than losses: answers in a row count from here.
    mutating func restartAnswers() {
        answerRun = 0
        window.unmarkFalls()
    }

    /// A path that comes up for the first time is judged by what comes now.
    mutating func forgetWindow() { window.removeAll() }

    /// A path that came up is not judged by the runs of losses that were its fall, nor by those that ended with the last answer,
    /// which may lie behind it.
    mutating func forgetFall() {
        window.markFall(losses: lastRun)
        window.forgetFalls()
        lastRun = 0
    }
}
