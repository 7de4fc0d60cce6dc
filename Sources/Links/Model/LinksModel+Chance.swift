import Model

/// A black link among several loses the same flows all the time; losses at random hit now these and now those.
extension LinksModel {
    /// Once in so many times losses at random may be taken for a black link.
    private static let rarity = 1e-6
    /// A longer run says no more.
    private static let longestRun = 1_000

    /// Whether losses at random, as often as the flows that pass have had them since, would lose a flow so many times in a row
    /// less than once in a million times. Few probes of the others leave more to chance (half a loss is added to theirs).
    func isBeyondChance(_ flow: FlowRecord, of workload: WorkloadRecord) -> Bool {
        guard let fall = flow.lostSince else { return false }
        let since = flow.outageStart ?? fall
        var (settled, lost) = (0, 0)
        for other in workload.flows where !other.isDown {
            let totals = streams[other.stream].health.window.totals(at: now, since: since)
            settled += totals.settled
            lost += totals.lost
        }
        let share = (Double(lost) + 0.5) / (Double(settled) + 1)
        var chance = 1.0
        for _ in 0..<min(streams[flow.stream].health.lossRun, Self.longestRun) where chance > Self.rarity {
            chance *= share
        }
        return chance <= Self.rarity
    }
}
