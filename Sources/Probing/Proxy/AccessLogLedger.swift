public import Model

/// What a proxy's log says of its users: answers, and of the 407s those that belong to a handshake apart from those after
/// which nothing came. Pure.
public struct AccessLogLedger: Sendable {
    /// What became known, to be added to counters.
    public enum Event: Sendable, Hashable {
        case response(status: Int, result: String)
        /// A 407 after which the same client reached the same host.
        case handshake
        /// A 407 after which it did not.
        case failure(client: String)
        case unparsed
    }

    private struct Key: Hashable {
        var client: String
        var host: String
    }

    private struct Pending {
        var count: Int
        /// A client that goes on and on must not put off what is to be said of it.
        var first: MonotonicTime
    }

    private var pending: [Key: Pending] = [:]

    /// A handshake is over so long after its first 407.
    public static let patience: Duration = .seconds(10)
    static let mostPending = 4096

    public init() {}

    /// Takes one line, read at `now`.
    public mutating func take(_ text: some StringProtocol, at now: MonotonicTime) -> [Event] {
        guard let line = AccessLogLine(text) else { return [.unparsed] }
        let key = Key(client: line.client, host: line.host)
        var events = [Event.response(status: line.status, result: line.result)]
        if line.status == 407 {
            if pending[key] == nil, pending.count >= Self.mostPending { events += giveUpOldest() }
            pending[key, default: Pending(count: 0, first: now)].count += 1
        } else if line.status != 0, let waiting = pending.removeValue(forKey: key) {
            // Whatever the answer is now: the proxy knows who asks.
            events += Array(repeating: .handshake, count: waiting.count)
        }
        return events
    }

    /// The 407s after which nothing came in time.
    public mutating func expire(at now: MonotonicTime) -> [Event] {
        var events: [Event] = []
        for (key, waiting) in pending where now - waiting.first >= Self.patience {
            pending[key] = nil
            // The rounds of one attempt are one failure; so are the attempts of one such time.
            events.append(.failure(client: key.client))
        }
        return events
    }

    private mutating func giveUpOldest() -> [Event] {
        guard let oldest = pending.min(by: { $0.value.first < $1.value.first })?.key else { return [] }
        pending[oldest] = nil
        return [.failure(client: oldest.client)]
    }
}
