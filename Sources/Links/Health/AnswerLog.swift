import Model

/// Answered probes of the last seconds, of whatever stream: each proves this host well from its sending to its answer.
///
/// One answer is kept for each 10 ms; a forgotten one costs a little patience and never a wrong verdict.
struct AnswerLog: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        var sent: Int64 = .min
        var settled: Int64 = .min
    }

    private static let slot: Int64 = 10_000_000
    private static let count: Int64 = 1024

    private var entries = [Entry](repeating: Entry(), count: Int(count))
    private(set) var isEmpty = true
    /// The latest sending of an answered probe.
    private(set) var lastSent: MonotonicTime?

    mutating func record(sent: MonotonicTime, settled: MonotonicTime) {
        isEmpty = false
        lastSent = max(lastSent ?? sent, sent)
        entries[Self.index(sent.nanoseconds / Self.slot)] = Entry(sent: sent.nanoseconds, settled: settled.nanoseconds)
    }

    private static func index(_ slot: Int64) -> Int { Int(slot & (count - 1)) }

    /// Whether a fault of this host that took every probe of a run of losses would have taken an answered one too: one
    /// that was sent before `lastLoss` and answered after the first loss's answer was due.
    func disproves(due: MonotonicTime, lastLoss: MonotonicTime) -> Bool {
        let newest = lastLoss.nanoseconds / Self.slot
        let oldest = max(newest - Self.count + 1, due.nanoseconds / Self.slot - Self.count / 2)
        guard oldest <= newest else { return false }
        for slot in stride(from: newest, through: oldest, by: -1) {
            let entry = entries[Self.index(slot)]
            if entry.sent <= lastLoss.nanoseconds, entry.settled >= due.nanoseconds { return true }
        }
        return false
    }
}
