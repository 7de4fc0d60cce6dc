import Model

/// The links' outages that are open, as the next run finds them: it goes on with them, and what its absence hid is blind time.
struct OpenOutages: Equatable, Sendable {
    /// When each began, by link.
    var starts: [String: WallTime]
    /// The last moment that was watched.
    var seenAt: WallTime

    /// After so long an absence it is another outage.
    static let memory: Duration = .seconds(3600)
    private static let mostLinks = 10_000

    init(starts: [String: WallTime], seenAt: WallTime) {
        self.starts = starts
        self.seenAt = seenAt
    }

    /// Reads what `bytes` wrote; nil where that is something else.
    init?(_ bytes: [UInt8]) {
        guard let document = try? JSONValue(parsing: bytes), document["version"]?.asInteger == 1,
            let seen = document["seen_ns"]?.asInteger, let links = document["links"]?.asObject,
            links.count <= Self.mostLinks
        else { return nil }
        seenAt = WallTime(nanoseconds: seen)
        starts = [:]
        for (link, start) in links { starts[link] = start.asInteger.map(WallTime.init(nanoseconds:)) }
    }

    var bytes: [UInt8] {
        let links = starts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.integer($0.value.nanoseconds)) }
        let document: JSONValue = .object([
            ("version", 1), ("seen_ns", .integer(seenAt.nanoseconds)), ("links", .object(links)),
        ])
        return document.bytes()
    }

    /// Those that may be gone on with; a wall clock that was set back, or a file of long ago, tells nothing.
    func resumable(at clock: ClockReading) -> (starts: [String: MonotonicTime], seenUntil: MonotonicTime)? {
        let absence = clock.wall - seenAt
        guard absence >= .zero, absence <= Self.memory else { return nil }
        let seen = clock.monotonic - absence
        let kept = starts.filter { $0.value <= seenAt && seenAt - $0.value <= .seconds(30 * 86_400) }
        return kept.isEmpty ? nil : (kept.mapValues { seen - (seenAt - $0) }, seen)
    }
}
