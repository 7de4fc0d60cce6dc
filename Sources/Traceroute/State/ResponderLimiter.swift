internal import Model
internal import Wire

/// Keeps the probes that one responder has to answer below a number per second.
struct ResponderLimiter: Sendable {
    /// A second, and what lies between this decision and the wire.
    private static let window: Duration = .milliseconds(1_020)

    private let limit: Int
    /// Departures of the last second, oldest first; at most `limit` each.
    private var departures: [IPAddress: [MonotonicTime]] = [:]
    private var forgetsAt: MonotonicTime?

    init(limit: Int) {
        self.limit = limit
    }

    /// When so many packets to this responder may leave; nil: now. An unknown responder is not limited.
    func wait(for responder: IPAddress?, packets: Int = 1, at now: MonotonicTime) -> MonotonicTime? {
        guard let responder, let times = departures[responder], times.count + packets > limit else { return nil }
        let free = times[min(times.count - limit + packets, times.count) - 1] + Self.window
        return now < free ? free : nil
    }

    /// - Parameter time: when the last of these packets leaves at the latest; it may lie ahead.
    mutating func record(_ responder: IPAddress?, packets: Int = 1, at time: MonotonicTime) {
        guard let responder else { return }
        var times = departures[responder] ?? []
        let place = times.lastIndex { $0 <= time }.map { $0 + 1 } ?? 0
        times.insert(contentsOf: repeatElement(time, count: packets), at: place)
        departures[responder] = times.suffix(limit)
    }

    /// Forgets, once a second, whom nothing has left to within the last one: traces that go on for days meet ever more routers.
    mutating func forget(at now: MonotonicTime) {
        if let forgetsAt, now < forgetsAt { return }
        forgetsAt = now + Self.window
        departures = departures.filter { _, times in times.last.map { now < $0 + Self.window } ?? false }
    }

    /// How many responders it remembers.
    var known: Int { departures.count }
}
