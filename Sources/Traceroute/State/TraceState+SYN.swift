internal import Model
internal import Wire

/// Which SYN an answer of the target tells of.
extension TraceState {
    /// Of a SYN-ACK after the one before, with room for a kernel that is early.
    private static let firstRepetition: Duration = .milliseconds(950)

    /// A target that misses the end of a handshake sends its SYN-ACK again, first after a second (RFC 6298 §2): where others come
    /// within a round trip, such a one says that the first was lost.
    func isRepeated(_ answer: TraceAnswer, _ number: Int) -> Bool {
        guard answer.kind == .reply(.synAck), let best = bestConnect else { return false }
        return answer.receivedAt - probes[number].sentAt >= best + Self.firstRepetition
    }

    /// The place of the first round's SYN to this TTL where the target has answered a later one of the same ports in its stead, as
    /// round trips that differ by more than what lay between the two allow.
    func overtaken(_ ttl: Int) -> Int? {
        guard plan.sharesPorts, hint == nil,
            let index = probes.firstIndex(where: { $0.ttl == ttl && $0.round == 0 }), probes[index].fate == .waiting,
            let later = probes.first(where: { probe in
                probe.round == 0 && probe.ttl > ttl && probe.answer?.kind == .reply(.synAck)
            }),
            // A router that never answers is no target: the next round tells.
            probes.first(where: { $0.ttl == ttl && $0.round > 0 && $0.fate != .waiting })?.round
                == probes.first(where: { $0.ttl == ttl && $0.round > 0 })?.round
        else { return nil }
        let times = probes.compactMap { $0.isAnsweredByTarget ? $0.roundTrip?.time : nil }
        guard let best = times.min(), let worst = times.max() else { return nil }
        return worst - best >= later.sentAt - probes[index].sentAt ? index : nil
    }
}
