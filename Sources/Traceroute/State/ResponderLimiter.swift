internal import Model
internal import Wire

/// Keeps the probes that one responder has to answer below a number per second.
struct ResponderLimiter: Sendable {
    private static let window: Duration = .seconds(1)

    private let limit: Int
    /// Departures of the last second, oldest first; at most `limit` each.
    private var departures: [IPAddress: [MonotonicTime]] = [:]

    init(limit: Int) {
        self.limit = limit
    }

    /// When a probe to this responder may leave; nil: now. An unknown responder is not limited.
    func wait(for responder: IPAddress?, at now: MonotonicTime) -> MonotonicTime? {
        guard let responder, let times = departures[responder], times.count >= limit else { return nil }
        let free = times[times.count - limit] + Self.window
        return now < free ? free : nil
    }

    mutating func record(_ responder: IPAddress?, at now: MonotonicTime) {
        guard let responder else { return }
        var times = departures[responder] ?? []
        if times.count >= limit { times.removeFirst(times.count - limit + 1) }
        times.append(now)
        departures[responder] = times
    }
}
