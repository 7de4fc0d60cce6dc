import Links
import Model
import Wire

/// A model fed by hand: each line of a test says what one probe showed, one interval after the last.
struct Hand {
    var model: LinksModel
    var changes: [LinksChange] = []
    var seconds = 0.0
    let step: Double

    init(_ options: Site.Options = Site.Options()) { self.init(Site.topology(options), step: options.interval.seconds) }

    init(_ topology: Topology, step: Double = 0.1) {
        model = LinksModel(topology: topology, at: at(0))
        self.step = step
    }

    static func edge(_ path: PathID) -> ProbeKey {
        ProbeKey(path: path.rawValue, role: .edge, target: Site.edges[path] ?? Site.vpnEdge)
    }

    static func through(_ path: PathID) -> ProbeKey {
        ProbeKey(link: Site.link, path: path.rawValue, role: .through, target: Site.through)
    }

    static func flow(_ flow: Int, of target: Target = Site.service) -> ProbeKey {
        ProbeKey(link: Site.link, role: .workload, target: target, flow: flow)
    }

    static let references = [Site.router, Site.resolver].map { ProbeKey(role: .reference, target: $0) }

    /// One probe of each stream: `+` answered, `-` lost, `x` could not leave, `?` spoiled; each character is one interval.
    mutating func play(_ rows: [ProbeKey: String]) {
        let length = rows.values.map(\.count).max() ?? 0
        let keys = rows.keys.sorted { ("\($0)") < ("\($1)") }
        for column in 0..<length {
            for key in keys {
                guard let row = rows[key], column < row.count else { continue }
                say(key, row[row.index(row.startIndex, offsetBy: column)])
            }
            seconds += step
            changes += model.apply(.tick(at: at(seconds)))
        }
    }

    mutating func say(_ key: ProbeKey, _ result: Character, roundTrip: Double = 0.005) {
        guard let stream = model.stream(of: key) else { return }
        let sent = at(seconds)
        let settled: MonotonicTime
        let outcome: Outcome.Result
        switch result {
        case "+":
            (settled, outcome) = (at(seconds + roundTrip), .answered(roundTrip: .seconds(roundTrip), clock: .kernel))
        case "-": (settled, outcome) = (at(seconds + step * 0.9), .failed(.timeout))
        case "x": (settled, outcome) = (sent, .failed(.noRoute))
        default: (settled, outcome) = (at(seconds + step * 0.9), .invalid(.overload))
        }
        changes += model.apply(
            .outcome(
                stream: stream,
                Outcome(
                    probe: ProbeID(rawValue: Int32(stream)),
                    sequence: 0,
                    sentAt: sent,
                    settledAt: settled,
                    result: outcome
                )
            )
        )
    }

    mutating func apply(_ event: LinksEvent) { changes += model.apply(event) }

    /// All streams answer for a while.
    mutating func warmUp(_ count: Int = 12) {
        let keys = World.probes(of: model.topology).map(\.0)
        play(Dictionary(keys.map { ($0, String(repeating: "+", count: count)) }) { first, _ in first })
    }

    var link: LinkStatus? { model.snapshot().links.first }
    func path(_ id: PathID) -> PathStatus? { link?.paths.first { $0.path == id } }
    func state(_ id: PathID) -> PathState? { path(id)?.state }
}
