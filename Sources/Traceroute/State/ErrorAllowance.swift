internal import Model

/// How many ICMP errors a host sends: a bucket of a few, refilled at about one a second (Linux: six, and one a second to
/// each peer; RFC 1812 §4.3.2.8, RFC 4443 §2.4). A target of UDP answers by such errors alone, and what it leaves
/// unanswered for that reason is no loss.
enum ErrorAllowance {
    /// Answers that a full bucket gives at once, with one that the time before has added.
    private static let burst = 7.0
    private static let perSecond = 2.0
    /// What is refilled once a second is not silent for so long.
    private static let longestSilence: Duration = .milliseconds(2_500)

    /// The silence of the target can be its allowance: it answers by errors alone, at first no more than a full bucket gives,
    /// and after its first miss no more than is refilled.
    /// - Parameter probes: that the target had to answer, of all flows.
    static func explains(_ probes: [TraceProbe]) -> Bool {
        let answers = probes.compactMap(\.answer)
        return answers.allSatisfy { $0.kind == .reply(.portUnreachable) } && fits(probes)
    }

    /// As many answers as such a bucket gives, whatever they are; false where none is missing, or all are.
    static func fits(_ probes: [TraceProbe]) -> Bool {
        let ordered = probes.sorted { $0.sentAt < $1.sentAt }
        guard let first = ordered.first, let last = ordered.last,
            let miss = ordered.firstIndex(where: { $0.answer == nil }),
            let latest = ordered.last(where: { $0.answer != nil })
        else { return false }
        let answers = ordered.count { $0.answer != nil }
        let before = seconds(ordered[miss].sentAt - first.sentAt)
        let after = seconds(last.sentAt - ordered[miss].sentAt)
        return Double(miss) <= burst + perSecond * before
            && Double(answers - miss) <= 1 + perSecond * after
            && last.sentAt - latest.sentAt <= longestSilence
    }

    private static func seconds(_ time: Duration) -> Double { Double(time.nanoseconds) / 1e9 }
}
