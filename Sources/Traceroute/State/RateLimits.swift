/// Which hops answer clearly less often than what lies behind them: they limit their ICMP, for what reaches the others has
/// passed them. Loss on the way takes the answers of all behind it alike, but for chance: each TTL is another packet.
enum RateLimits {
    struct Count: Hashable, Sendable {
        var sent: Int
        var received: Int

        var lost: Int { sent - received }

        static func + (left: Self, right: Self) -> Self {
            Count(sent: left.sent + right.sent, received: left.received + right.received)
        }
    }

    /// Standard deviations below all that answer behind it together: chance reaches it in about 3 of 100.
    private static let belowAll = 1.85
    /// Below the best one, which chance has favoured where it is one of many.
    private static let belowBest = 3.0

    /// - Parameter behind: hops and target; those that never answer say nothing.
    static func isBelow(_ own: Count, _ behind: [Count]) -> Bool {
        let answering = behind.filter { $0.received > 0 }
        // Nothing at all is lost behind it.
        if own.received > 0, own.lost >= 3, !answering.isEmpty, answering.allSatisfy({ $0.lost == 0 }) { return true }
        if deviations(own, below: answering.reduce(Count(sent: 0, received: 0), +)) >= belowAll { return true }
        return answering.contains { deviations(own, below: $0) >= belowBest }
    }

    /// The test of two proportions, with the correction for small numbers.
    static func deviations(_ own: Count, below other: Count) -> Double {
        guard own.sent > 0, other.sent > 0 else { return 0 }
        let (small, large) = (1 / Double(own.sent), 1 / Double(other.sent))
        let gap = Double(other.received) * large - Double(own.received) * small - (small + large) / 2
        let all = own + other
        let share = Double(all.received) / Double(all.sent)
        let variance = share * (1 - share) * (small + large)
        guard gap > 0, variance > 0 else { return 0 }
        return gap / variance.squareRoot()
    }
}
