internal import Model

/// How many ICMP errors a host sends: a bucket of a few, refilled at about one a second (Linux: six, and one a second to
/// each peer; RFC 1812 §4.3.2.8, RFC 4443 §2.4). A target of UDP answers by such errors alone, and what it leaves
/// unanswered for that reason is no loss.
enum ErrorAllowance {
    /// Answers that a full bucket gives at once, with one that the time before has added.
    private static let burst = 7.0
    private static let perSecond = 2.0

    /// The silence of the target can be its allowance: it answers by errors alone, at first no more than a full bucket gives,
    /// and after its first miss no more than is refilled.
    /// - Parameter probes: that the target had to answer, of all flows.
    static func explains(_ probes: [TraceProbe]) -> Bool {
        let ordered = probes.sorted { $0.sentAt < $1.sentAt }
        let answers = ordered.compactMap(\.answer)
        guard !answers.isEmpty, answers.allSatisfy({ $0.kind == .reply(.portUnreachable) }),
            let first = ordered.first, let last = ordered.last,
            let miss = ordered.firstIndex(where: { $0.answer == nil })
        else { return false }
        let before = seconds(ordered[miss].sentAt - first.sentAt)
        let after = seconds(last.sentAt - ordered[miss].sentAt)
        return Double(miss) <= burst + perSecond * before
            && Double(answers.count - miss) <= 1 + perSecond * after
    }

    private static func seconds(_ time: Duration) -> Double { Double(time.nanoseconds) / 1e9 }
}

extension MultipathState {
    /// The target answers less than it is asked because it limits its errors: loss cannot be told then. Flows that do not
    /// get as far as the target say nothing of it.
    public var isTargetLimited: Bool {
        let cutOff = cutOffFlows
        return ErrorAllowance.explains(
            flows.indices.filter { !cutOff.contains($0) }.flatMap { flows[$0].targetProbes }
        )
    }

    /// Places of the flows that end at a black parallel link.
    var cutOffFlows: Set<Int> { flows.count > 1 ? CutOffFlows(flows).members : [] }
}
