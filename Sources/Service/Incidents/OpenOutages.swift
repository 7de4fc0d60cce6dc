import Links
import Model

/// The links' outages that are open, as the next run finds them: it goes on with them, and what its absence hid is blind time.
struct OpenOutages: Equatable, Sendable {
    /// When each began, by link.
    var starts: [String: WallTime]
    /// What was hidden since the first of them began, earlier absences included.
    var blindTimes: [Span]
    /// The last moment that was watched.
    var seenAt: WallTime

    struct Span: Hashable, Sendable {
        var from: WallTime
        var to: WallTime
    }

    /// After so long an absence it is another outage.
    static let memory: Duration = .seconds(3600)
    private static let mostLinks = 10_000
    private static let mostBlindTimes = 1_000
    /// Of `seen_ns`, so that a difference to any clock fits. All other times are held against it before they are computed with.
    private static let moments: ClosedRange<Int64> = 0...Int64.max / 2

    init(starts: [String: WallTime], blindTimes: [Span] = [], seenAt: WallTime) {
        self.starts = starts
        self.blindTimes = blindTimes
        self.seenAt = seenAt
    }

    static let version: Int64 = 1

    enum Unreadable: Error, Equatable {
        case newer(version: Int64)
        case damaged
    }

    /// Reads what `bytes` wrote.
    init(_ bytes: [UInt8]) throws(Unreadable) {
        guard let document = try? JSONValue(parsing: bytes), let version = document["version"]?.asInteger
        else { throw .damaged }
        guard version <= Self.version else { throw .newer(version: version) }
        guard version == Self.version, let seen = document["seen_ns"]?.asInteger, Self.moments.contains(seen),
            let links = document["links"]?.asObject, links.count <= Self.mostLinks
        else { throw .damaged }
        seenAt = WallTime(nanoseconds: seen)
        starts = [:]
        for (link, start) in links { starts[link] = start.asInteger.map(WallTime.init(nanoseconds:)) }
        blindTimes = (document["blind_ns"]?.asArray ?? []).prefix(Self.mostBlindTimes).compactMap { span in
            let ends = (span.asArray ?? []).compactMap(\.asInteger).map(WallTime.init(nanoseconds:))
            return ends.count == 2 && ends[0] < ends[1] ? Span(from: ends[0], to: ends[1]) : nil
        }
    }

    var bytes: [UInt8] {
        let links = starts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.integer($0.value.nanoseconds)) }
        let hidden = blindTimes.map { span in
            JSONValue.array([.integer(span.from.nanoseconds), .integer(span.to.nanoseconds)])
        }
        let document: JSONValue = .object([
            ("version", .integer(Self.version)), ("seen_ns", .integer(seenAt.nanoseconds)), ("links", .object(links)),
            ("blind_ns", .array(hidden)),
        ])
        return document.bytes()
    }

    /// Those that may be gone on with; a wall clock that was set back, or a file of long ago, tells nothing.
    func resumable(at clock: ClockReading) -> Resumable? {
        let absence = clock.wall - seenAt
        guard absence >= .zero, absence <= Self.memory else { return nil }
        let seen = clock.monotonic - absence
        let oldest = seenAt + .seconds(-30 * 86_400)
        let kept = starts.filter { (oldest...seenAt).contains($0.value) }
        guard !kept.isEmpty else { return nil }
        func here(_ moment: WallTime) -> MonotonicTime { seen - (seenAt - moment) }
        let hidden = blindTimes.filter { $0.from >= oldest && $0.to <= seenAt }
        return Resumable(
            starts: kept.mapValues(here),
            blindTimes: hidden.map { BlindTime(from: here($0.from), to: here($0.to)) },
            seenUntil: seen
        )
    }

    /// The same by this run's monotonic clock.
    struct Resumable: Equatable {
        var starts: [String: MonotonicTime]
        var blindTimes: [BlindTime]
        var seenUntil: MonotonicTime
    }
}
