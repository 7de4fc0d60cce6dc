internal import Model

/// What a trace sends and when: the numbers that its state machine runs on.
public struct TracePlan: Hashable, Sendable {
    /// Rounds, each with one probe per hop.
    public var count: Int
    /// Between the starts of two rounds.
    public var interval: Duration
    public var maxHops: Int
    /// All probes of the first round leave within this time, whatever their number.
    public var firstRoundSpread: Duration = .milliseconds(50)
    /// Probes that one responder may have to answer within any second after the first round.
    public var responderLimit = 20
    /// Bounds of the wait for answers: four times the worst round trip, but within these.
    public var shortestWait: Duration = .milliseconds(300)
    public var longestWait: Duration = .seconds(1)

    public init(count: Int = 10, interval: Duration = .milliseconds(100), maxHops: Int = 30) {
        self.count = count
        self.interval = interval
        self.maxHops = maxHops
    }

    /// Why the plan cannot be run; nil when it can. Every probe needs a sequence number of its own.
    public var problem: String? {
        guard (1...255).contains(maxHops) else { return "max-hops is \(maxHops); allowed: 1 to 255" }
        let most = 65_535 / maxHops
        guard (1...most).contains(count) else {
            return "count is \(count); allowed with \(maxHops) hops: 1 to \(most)"
        }
        guard interval >= .milliseconds(1), interval <= .seconds(60) else {
            return "interval is \(interval.text); allowed: 1ms to 60s"
        }
        return nil
    }

    func wait(worst: Duration?) -> Duration {
        guard let worst else { return longestWait }
        return min(max(worst * 4, shortestWait), longestWait)
    }
}
