import Alerting
import Links
import Model

/// Path model, rules and life of alerts as in production, over a stretch of time second by second.
struct Watch {
    private var model: LinksModel
    private let settings = AlertSettings(topology: Site.topology)
    private let scope = AlertScope(topology: Site.topology)
    private var book = AlertBook(site: "seoul", vantage: "probe-a")
    private let numbers: [Int]
    private var plays: [StreamPlay]
    private(set) var fired: [AlertName: Int] = [:]
    private(set) var falls = 0
    private(set) var isQuiet = true

    static let streams = Site.streams.enumerated().map { index, stream in
        ExtraProbes.Stream(
            probe: ProbeID(rawValue: Int32(index)),
            role: stream.key.role,
            link: stream.key.link,
            interval: .seconds(1)
        )
    }

    /// In seconds; references are near.
    static func roundTrip(_ stream: Int) -> Double { Site.streams[stream].path == nil ? 0.000_3 : 0.005 }

    init() {
        let model = LinksModel(topology: Site.topology, at: MonotonicTime(nanoseconds: 0))
        self.model = model
        numbers = Site.streams.map { model.stream(of: $0.key) ?? -1 }
        plays = []
        skip()
    }

    /// Time has passed in which every probe was answered or lost alone, and nothing was open.
    mutating func skip() {
        plays = Self.streams.enumerated().map { StreamPlay($1, roundTrip: Self.roundTrip($0)) }
    }

    mutating func run(_ second: Int64, _ processes: [LossProcess]) {
        let base = second * 1_000_000_000
        var settled: [(stream: Int, result: StreamPlay.Settled)] = []
        for index in processes.indices {
            settled += plays[index].run(second, processes[index]).map { (index, $0) }
        }
        if !isQuiet { sayRoutes(at: MonotonicTime(nanoseconds: base)) }
        settled.sort { $0.result.at < $1.result.at }
        for (stream, result) in settled {
            let sent = MonotonicTime(nanoseconds: Int64(result.sent * 1e9))
            let time = Duration.seconds(result.isLost ? StreamPlay.timeout : Self.roundTrip(stream))
            let outcome = Outcome(
                probe: Self.streams[stream].probe,
                sequence: UInt64(result.sent * 1e9),
                sentAt: sent,
                settledAt: MonotonicTime(nanoseconds: Int64(result.at * 1e9)),
                result: result.isLost ? .failed(.timeout) : .answered(roundTrip: time, clock: .kernel)
            )
            apply(.outcome(stream: numbers[stream], outcome))
        }
        let end = MonotonicTime(nanoseconds: base + 1_000_000_000)
        apply(.tick(at: end))
        if !isQuiet { evaluate(end) }
    }

    private mutating func sayRoutes(at moment: MonotonicTime) {
        for flow in 0..<Site.flows {
            let route = Site.route(over: Site.path(ofFlow: flow))
            apply(.route(link: Site.link, target: Site.service, flow: flow, route, at: moment))
        }
        apply(.route(link: Site.link, target: Site.other, flow: 0, Site.route(over: Site.primary), at: moment))
        apply(.routesSettled(at: moment))
    }

    private mutating func apply(_ event: LinksEvent) {
        let changes = model.apply(event)
        guard !changes.isEmpty else { return }
        for change in changes {
            if case .path(_, _, _, .down, _, _) = change { falls += 1 }
        }
        let isNews = changes.contains { if case .suspicion = $0 { false } else { true } }
        if isNews, let moment = event.moment { evaluate(moment) }
    }

    private mutating func evaluate(_ moment: MonotonicTime) {
        let snapshot = model.snapshot()
        let clock = ClockReading(monotonic: moment, wall: WallTime(nanoseconds: moment.nanoseconds))
        let judgement = AlertRules.judge(
            NetworkFacts(snapshot),
            report: SelfReport(),
            settings: settings,
            scope: scope,
            clock: clock
        )
        for notice in book.apply(judgement, at: clock).notices where notice.kind == .fired {
            fired[notice.identity.name, default: 0] += 1
        }
        let isOpen = book.active(at: clock).contains {
            $0.identity.name != .watchdog && $0.identity.name != .pathDegraded
        }
        isQuiet =
            !isOpen
            && snapshot.links.allSatisfy { link in
                link.paths.allSatisfy { $0.state.isUp }
                    && link.workloads.allSatisfy { $0.lostFlows.isEmpty && $0.state == .up }
            }
    }
}

extension LinksEvent {
    fileprivate var moment: MonotonicTime? {
        switch self {
        case .outcome(_, let outcome): outcome.settledAt
        case .tick(let at), .routesSettled(let at): at
        default: nil
        }
    }
}
