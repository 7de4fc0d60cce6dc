import Alerting
import Links
import Model

/// Path model, rules and life of alerts as in production, over a stretch of time second by second.
struct Watch {
    private var model: LinksModel
    private let settings = AlertSettings(topology: Site.topology)
    private let scope = AlertScope(topology: Site.topology)
    private var book = AlertBook(site: "seoul", vantage: "probe-a")
    private let streams: [(number: Int, roundTrip: Int64)]
    private var pending: [(stream: Int, outcome: Outcome)] = []
    private(set) var fired: [AlertName: Int] = [:]
    private(set) var falls = 0
    private(set) var isQuiet = true

    static let timeout: Int64 = 800_000_000

    init() {
        let model = LinksModel(topology: Site.topology, at: MonotonicTime(nanoseconds: 0))
        self.model = model
        streams = Site.streams.map { stream in
            (model.stream(of: stream.key) ?? -1, stream.path == nil ? 300_000 : 5_000_000)
        }
    }

    /// Time has passed in which every probe was answered or lost alone, and nothing was open.
    mutating func skip() { pending = [] }

    mutating func run(_ second: Int64, _ processes: [LossProcess]) {
        let base = second * 1_000_000_000
        for index in processes.indices {
            let sent = MonotonicTime(nanoseconds: base + Int64(processes[index].phase * 1e9))
            let isLost = processes[index].isLost(second)
            let time = isLost ? Self.timeout : streams[index].roundTrip
            let result: Outcome.Result =
                isLost ? .failed(.timeout) : .answered(roundTrip: .nanoseconds(time), clock: .kernel)
            let outcome = Outcome(
                probe: ProbeID(rawValue: Int32(index)),
                sequence: UInt64(second),
                sentAt: sent,
                settledAt: sent + .nanoseconds(time),
                result: result
            )
            pending.append((index, outcome))
        }
        let end = MonotonicTime(nanoseconds: base + 1_000_000_000)
        if !isQuiet { sayRoutes(at: MonotonicTime(nanoseconds: base)) }
        pending.sort { $0.outcome.settledAt < $1.outcome.settledAt }
        let due = pending.firstIndex { $0.outcome.settledAt >= end } ?? pending.count
        for item in pending[..<due] { apply(.outcome(stream: streams[item.stream].number, item.outcome)) }
        pending.removeFirst(due)
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
