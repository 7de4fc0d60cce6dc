internal import Glibc

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

    /// A trace through a lossy link has so many routers that chance makes look limited.
    private static let mistakes = 0.05
    /// Chance may take three of ten where nothing of ten behind is lost; so few answer less than a whole round.
    private static let mistakesWhereNothingIsLost = 0.11
    /// When losses come late, that counts as well, but not alone: an outage is late too.
    private static let needed = 0.1

    /// - Parameters:
    ///   - own: what a router answered.
    ///   - leading: how many probes it answered before the first that it did not, as a bucket of tokens does; 0: not known.
    ///   - behind: hops and target behind it that are not known to limit themselves.
    ///   - before: routers before it.
    static func isBelow(_ own: Count, leading: Int = 0, behind: [Count], before: [Count] = []) -> Bool {
        let behind = behind.filter { $0.received > 0 }
        let before = before.filter { $0.received > 0 }
        guard own.received > 0, own.lost >= 2, !behind.isEmpty else { return false }
        let all = behind.reduce(Count(sent: 0, received: 0), +)
        let chance = chance(own, all)
        if all.lost == 0, own.lost >= 3, chance <= mistakesWhereNothingIsLost,
            before.allSatisfy({ $0.lost == 0 }) || leading * 2 >= own.sent
        {
            return true
        }
        let bound = mistakes / Double(behind.count + before.count + 1)
        if chance < bound { return true }
        // Fisher's method for two tests of one thing.
        let both = chance * chanceOfOrder(own, leading)
        if chance < needed, both > 0, both * (1 - log(both)) < bound { return true }
        // Others behind it may limit themselves too.
        return behind.contains { self.chance(own, $0) < bound / Double(behind.count) }
    }

    /// How likely it is that of the losses of both so many or more are its own.
    private static func chance(_ own: Count, _ other: Count) -> Double {
        LossComparison.tail(of: own.lost, own: own.sent, rest: other.sent, lost: own.lost + other.lost)
    }

    /// How likely it is that losses at random leave so many probes at the beginning alone.
    private static func chanceOfOrder(_ own: Count, _ leading: Int) -> Double {
        (0..<own.lost).reduce(1) { $0 * Double(max(0, own.sent - leading - $1)) / Double(own.sent - $1) }
    }
}

extension RateLimits.Count {
    init(_ statistics: HopStatistics) {
        self.init(sent: statistics.sent, received: statistics.received)
    }
}
