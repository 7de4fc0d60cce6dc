import Links
import Model

/// The incidents since the start: changes of the path model in, incidents out; bounded in every direction.
struct IncidentBook: Sendable {
    private struct LinkMemory: Sendable {
        /// Where the traffic went while nothing happened.
        var place = Incident.Place()
        /// What was told of late, for an incident that is not known yet.
        var recent: [(at: MonotonicTime, note: Incident.Note)] = []
        /// Number of the incident that lasts.
        var current: Int?
        var lastMoment = MonotonicTime(nanoseconds: 0)
        var hasOutage = false
    }

    /// A moment that wants traces.
    struct Call: Sendable, Hashable {
        var incident: Int
        var link: String
        var moment: Incident.Moment
    }

    /// Incidents, notes of one, and traces of one that are kept.
    static let limit = 32
    static let noteLimit = 32
    static let traceLimit = 32
    /// What was told of a link so long before an incident belongs to it: a path falls before the outage is known.
    static let memory: Duration = .seconds(30)
    /// So long after its last moment an incident takes what comes; a new outage is a new one then.
    static let settling: Duration = .seconds(10)
    /// A move that is told so shortly after the end of an outage is what ended it: the traces of the end show it.
    static let sameMoment: Duration = .milliseconds(250)

    /// Oldest first.
    private(set) var incidents: [Incident] = []
    /// The latest moment of each link that has one.
    private(set) var calls: [Call] = []
    private var links: [String: LinkMemory] = [:]
    private var count = 0

    /// Takes what a turn of the model has changed, and how all stands now.
    /// - Returns: whether there is a new call.
    mutating func note(_ changes: [LinksChange], _ snapshot: Snapshot, _ clock: ClockReading) -> Bool {
        let names = Set(snapshot.links.map(\.name))
        links = links.filter { names.contains($0.key) }
        calls.removeAll { !names.contains($0.link) }
        var isCalled = false
        for change in changes {
            guard let link = change.link, names.contains(link) else { continue }
            if take(change, of: link, clock) { isCalled = true }
            if let sentence = Narrator.tell(change) { keep(sentence.text, of: link, clock) }
        }
        for status in snapshot.links { look(at: status, clock) }
        return isCalled
    }

    mutating func attach(_ traces: [IncidentTrace], to number: Int) {
        guard let index = incidents.firstIndex(where: { $0.number == number }) else { return }
        let room = max(0, Self.traceLimit - incidents[index].traces.count)
        incidents[index].traces += traces.prefix(room)
        incidents[index].dropped += max(0, traces.count - room)
    }

    // MARK: Changes

    private mutating func take(_ change: LinksChange, of link: String, _ clock: ClockReading) -> Bool {
        switch change {
        case .outageOpened(_, let start, _), .outageResumed(_, let start, _):
            let index = open(.outage, link, at: clock.wallTime(of: start), clock)
            incidents[index].startedAt = min(incidents[index].startedAt, clock.wallTime(of: start))
            incidents[index].endedAt = nil
            links[link]?.hasOutage = true
            return call(.began, index, clock)
        case .failover(_, let from, let to, let at, _):
            let index = open(to > from ? .failover : .failback, link, at: clock.wallTime(of: at), clock)
            let origin = incidents[index].from.tier ?? from
            incidents[index].from.tier = origin
            let hasOutage = links[link]?.hasOutage == true || incidents[index].outage != nil
            // All moves together: what is back where it was has only been away.
            if to != origin {
                incidents[index].kind = to > origin ? .failover : .failback
            } else if hasOutage {
                incidents[index].kind = .outage
            }
            if !hasOutage { incidents[index].endedAt = clock.wallTime(of: at) }
            return call(.moved, index, clock)
        case .outageClosed(_, let outage):
            let index = open(.outage, link, at: clock.wallTime(of: outage.start), clock)
            incidents[index].startedAt = min(incidents[index].startedAt, clock.wallTime(of: outage.start))
            incidents[index].outage = (incidents[index].outage ?? .zero) + outage.duration
            incidents[index].endedAt = clock.wallTime(of: outage.end)
            links[link]?.hasOutage = false
            return call(.ended, index, clock)
        default:
            return false
        }
    }

    /// The incident of the link that lasts, or a new one.
    private mutating func open(
        _ kind: Incident.Kind,
        _ link: String,
        at start: WallTime,
        _ clock: ClockReading
    ) -> Int {
        var memory = links[link] ?? LinkMemory()
        if let index = incidents.firstIndex(where: { $0.number == memory.current }) { return index }
        count += 1
        var incident = Incident(
            number: count,
            link: link,
            kind: kind,
            startedAt: start,
            from: memory.place,
            to: Incident.Place()
        )
        incident.notes = memory.recent.filter { clock.monotonic - $0.at <= Self.memory }.map(\.note)
        memory.current = count
        memory.recent = []
        links[link] = memory
        incidents.append(incident)
        if incidents.count > Self.limit { incidents.removeFirst(incidents.count - Self.limit) }
        return incidents.count - 1
    }

    /// - Returns: whether traces are asked for.
    private mutating func call(_ moment: Incident.Moment, _ index: Int, _ clock: ClockReading) -> Bool {
        let (link, number) = (incidents[index].link, incidents[index].number)
        let hasEnded = calls.contains { $0.incident == number && $0.moment == .ended }
        if moment == .moved, hasEnded, let last = links[link]?.lastMoment, clock.monotonic - last <= Self.sameMoment {
            return false
        }
        links[link]?.lastMoment = clock.monotonic
        calls.removeAll { $0.link == link }
        calls.append(Call(incident: number, link: link, moment: moment))
        return true
    }

    private mutating func keep(_ text: String, of link: String, _ clock: ClockReading) {
        let note = Incident.Note(at: clock.wall, text: text)
        var memory = links[link] ?? LinkMemory()
        if let index = incidents.firstIndex(where: { $0.number == memory.current }) {
            if incidents[index].notes.count < Self.noteLimit {
                incidents[index].notes.append(note)
            } else {
                incidents[index].dropped += 1
            }
        } else {
            memory.recent.append((clock.monotonic, note))
            if memory.recent.count > Self.noteLimit / 2 { memory.recent.removeFirst() }
        }
        links[link] = memory
    }

    private mutating func look(at status: LinkStatus, _ clock: ClockReading) {
        var memory = links[status.name] ?? LinkMemory()
        let place = status.activePaths.map { Incident.Place(tier: status.activeTier, paths: $0.sorted()) }
        if let index = incidents.firstIndex(where: { $0.number == memory.current }) {
            if let place, !place.paths.isEmpty { incidents[index].to = place }
            if !memory.hasOutage, clock.monotonic - memory.lastMoment >= Self.settling {
                incidents[index].isClosed = true
                memory.current = nil
                memory.place = place.flatMap { $0.paths.isEmpty ? nil : $0 } ?? memory.place
                calls.removeAll { $0.link == status.name }
            }
        } else if let place, !place.paths.isEmpty {
            memory.place = place
        }
        links[status.name] = memory
    }
}

extension LinksChange {
    /// Nil for what is of the whole site.
    var link: String? {
        switch self {
        case .path(let link, _, _, _, _, _), .link(let link, _, _, _, _), .failover(let link, _, _, _, _),
            .shift(let link, _, _, _), .outageOpened(let link, _, _), .outageResumed(let link, _, _),
            .outageClosed(let link, _),
            .flowLost(let link, _, _, _), .flowRestored(let link, _, _, _), .blind(let link, _):
            link
        case .isolated, .reconnected, .suspicion: nil
        }
    }
}
