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

    /// When so many packets to this responder may leave; nil: now. An unknown responder is not limited.
    func wait(for responder: IPAddress?, packets: Int = 1, at now: MonotonicTime) -> MonotonicTime? {
        guard let responder, let times = departures[responder], times.count + packets > limit else { return nil }
        let free = times[min(times.count - limit + packets, times.count) - 1] + Self.window
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
