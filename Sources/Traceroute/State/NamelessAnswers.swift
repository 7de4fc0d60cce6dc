internal import Model

/// Answers of the target that do not say which probe they answer: in a session acknowledgements without D-SACK, as of hosts that
/// do not offer it (RFC 2883) or wait for data before they know the connection. Each proves that the target got one probe.
///
/// Where one probe alone can have caused it, that one is answered, with its time. Else the number of answers counts: what
/// goes farthest gets as far as the target first, so they are given to the highest TTLs, without a time.
struct NamelessAnswers: Hashable {
    /// More at once say nothing new: a round has 255 probes at most.
    private static let most = 255

    /// Not given to a probe yet.
    private var waiting: [TraceAnswer] = []

    mutating func take(_ answer: TraceAnswer) {
        if waiting.count < Self.most { waiting.append(answer) }
    }

    /// Number of the one probe that can have caused the answer; nil where several can, or answers wait already.
    func owner(of answer: TraceAnswer, _ probes: [TraceProbe], patience: Duration) -> Int? {
        guard waiting.isEmpty else { return nil }
        let open = Self.open(probes, at: answer.receivedAt, patience)
        return open.count == 1 ? open.first : nil
    }

    /// Gives the waiting answers to probes of rounds that are sent as a whole; what belongs to none is forgotten.
    /// - Parameter isComplete: no more answers to those rounds will come; else they are awaited, but for as many as there
    ///   are probes.
    mutating func settle(
        _ probes: [TraceProbe],
        before round: Int,
        isComplete: Bool,
        patience: Duration
    ) -> [(number: Int, answer: TraceAnswer)] {
        guard let last = waiting.last else { return [] }
        let open = Self.open(probes, at: last.receivedAt, patience)
        // Probes of the round that is being sent may be the cause: its end is awaited.
        guard open.allSatisfy({ probes[$0].round < round }), isComplete || waiting.count >= open.count else {
            return []
        }
        let order = open.sorted { left, right in
            (probes[left].ttl, probes[left].round) > (probes[right].ttl, probes[right].round)
        }
        defer { waiting = [] }
        return zip(order, waiting).map { number, answer in
            var answer = answer
            answer.isTimed = false
            return (number, answer)
        }
    }

    /// Numbers of the probes that are neither answered nor old, behind the last router of this way.
    private static func open(_ probes: [TraceProbe], at now: MonotonicTime, _ patience: Duration) -> [Int] {
        let router = probes.lazy.filter { $0.answer?.kind == .ttlExceeded }.map(\.ttl).max() ?? 0
        return probes.indices.filter { index in
            let probe = probes[index]
            return probe.fate == .waiting && probe.ttl > router && probe.sentAt <= now
                && now - probe.sentAt <= patience
        }
    }
}
