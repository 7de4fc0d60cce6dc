import Model

/// Holds the outcomes of connections until the capture has shown their packets, and puts the wire's stamps in the place
/// of the process's. The order of each stream stays. Pure.
struct OutcomeStamps {
    private var waiting: [(outcome: Outcome, until: MonotonicTime)] = []

    /// A block of captured packets is delivered after 10 ms at the latest; the rest is for the thread that takes it.
    static let patience: Duration = .milliseconds(40)

    mutating func hold(_ outcome: Outcome, at now: MonotonicTime) {
        waiting.append((outcome, now + Self.patience))
    }

    /// Those whose time has come.
    /// - Parameter stamps: what was seen of a connection.
    mutating func due(at now: MonotonicTime, _ stamps: (UInt64) -> WireStamps?) -> [Outcome] {
        guard let first = waiting.first, first.until <= now else { return [] }
        let ready = waiting.prefix { $0.until <= now }
        defer { waiting.removeFirst(ready.count) }
        return ready.map { entry in
            guard let ticket = entry.outcome.detail?.wireTicket, let seen = stamps(ticket) else { return entry.outcome }
            return entry.outcome.stamped(by: seen)
        }
    }
}

extension Outcome {
    /// The same with what crossed the wire: the handshake, and what was sent again. Where the wire leaves something open,
    /// what the process measured stays.
    func stamped(by seen: WireStamps) -> Outcome {
        guard var detail else { return self }
        var outcome = self
        detail.retransmissions = seen.retransmissions
        if let handshake = seen.handshake {
            let isMereHandshake = detail.request == nil
            for index in detail.phases.indices where detail.phases[index].name.isConnecting {
                detail.phases[index].duration = handshake
            }
            if case .answered(let roundTrip, _) = result {
                outcome.result = .answered(roundTrip: isMereHandshake ? handshake : roundTrip, clock: .capture)
            }
            // Of what is encrypted, or said to a proxy first, the wire does not show which byte answers which question.
            let isPlain = detail.request.map { $0.handshake == nil && $0.proxy == nil } ?? false
            if isPlain, let response = seen.response {
                for index in detail.phases.indices where detail.phases[index].name == .firstByte {
                    detail.phases[index].duration = response
                }
            }
        }
        outcome.detail = detail
        return outcome
    }
}

extension PhaseName {
    fileprivate var isConnecting: Bool { self == .connect || self == .proxyConnect }
}
