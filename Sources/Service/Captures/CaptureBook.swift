import Links
import Logging
import Model

/// What the monitor knows of the captures: drops, BFD sessions, and by what packets belong to paths. Pure.
struct CaptureBook {
    /// What a piece of news means.
    struct Finding {
        var sessions: [BFDSessions.Change] = []
        var sentence: (text: String, level: Logger.Level)?
    }

    private var sessions = BFDSessions()
    /// When the kernel last dropped packets of an interface.
    private var drops: [String: MonotonicTime] = [:]
    /// The states of BFD sessions that are known.
    private(set) var states: [PathID: Links.BFDState] = [:]

    /// So long after the last drop its interface counts as overloaded.
    static let memory: Duration = .seconds(30)

    mutating func note(_ news: CaptureNews, at now: MonotonicTime) -> Finding {
        switch news {
        case .opened(let interface, let clock):
            return Finding(sentence: ("\(interface) is captured, with stamps of the \(clock)", .info))
        case .closed(let interface, let reason, let isMissing):
            let then = isMissing ? "; it is captured when it is there" : ""
            return Finding(sentence: ("\(interface) is not captured: \(reason)\(then)", .warning))
        case .dropped(let interface, let packets):
            let isFirst = drops[interface].map { now - $0 > Self.memory } ?? true
            drops[interface] = now
            guard isFirst else { return Finding() }
            let text = "this host is too slow for the packets of \(interface): the kernel dropped \(packets)"
            return Finding(sentence: (text, .warning))
        case .bfd(let sightings):
            return Finding(sessions: keep(sessions.note(sightings, at: now)))
        }
    }

    /// What time alone changes.
    mutating func tick(at now: MonotonicTime) -> [BFDSessions.Change] { keep(sessions.judge(at: now)) }

    private mutating func keep(_ changes: [BFDSessions.Change]) -> [BFDSessions.Change] {
        for change in changes { states[change.path] = change.state }
        return changes
    }

    mutating func forget(allBut topology: Topology) {
        let paths = Set(topology.paths.map(\.id))
        sessions.keep(paths)
        states = states.filter { paths.contains($0.key) }
    }

    /// Why what was captured cannot be trusted now, for people; nil when it can.
    func overload(at now: MonotonicTime) -> String? {
        let recent = drops.filter { now - $0.value < Self.memory }
        return recent.isEmpty ? nil : "packets of " + recent.keys.sorted().joined(separator: ", ")
    }
}
