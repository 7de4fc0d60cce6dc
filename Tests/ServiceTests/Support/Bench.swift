import Alerting
import Links
import Logging
import Metering
import Model
import Probing
import Scheduling
import Sockets
import Synchronization
import TestSupport
import Wire

@testable import Service

/// A monitor's turn on a bench: everything around it is recorded, time is what the test says.
struct Bench {
    /// What the monitor asked of its surroundings, last value or all of them.
    final class Record: Sendable {
        struct State: Sendable {
            var tasks: [ProbeTask] = []
            var asked: [ProbeID] = []
            var watched: [WatchedRoute] = []
            var names: [String] = []
            var hurried: [String] = []
            var passedBy: [String] = []
            var networkChanges = 0
            var outages: [OpenOutages] = []
        }

        let state = Mutex(State())

        var now: State { state.withLock { $0 } }
    }

    let record = Record()
    let log = LogBook()
    let board: MetricsBoard
    let views: Views
    let alerts: AlertEngine
    var turn: MonitorTurn
    private var sequences: [ProbeID: UInt64] = [:]

    init(
        _ topology: Topology = Sample.topology(),
        targets: [ProbeSpec] = [],
        interfaces: Set<String>? = nil,
        strict: Set<String> = [],
        formerOutages: OpenOutages? = nil,
        stateDirectory: String? = nil
    ) {
        let alertSettings = AlertSettings(topology: topology, stateDirectory: stateDirectory)
        let settings = RunSettings(topology: topology, targets: targets, alerts: alertSettings, text: "first")
        board = MetricsBoard(version: "1.0", site: topology.site)
        views = Views(settings: settings)
        alerts = AlertEngine(settings: alertSettings, logger: log.logger)
        let record = record
        let parts = Monitor.Parts(
            board: board,
            views: views,
            alerts: alerts,
            logger: log.logger,
            probes: { tasks in record.state.withLock { $0.tasks = tasks } },
            requests: { _ in },
            probeNow: { id, _ in record.state.withLock { $0.asked.append(id) } },
            watch: { routes in record.state.withLock { $0.watched = routes } },
            networkChanged: { record.state.withLock { $0.networkChanges += 1 } },
            follow: { names in record.state.withLock { $0.names = names } },
            hurry: { name in record.state.withLock { $0.hurried.append(name) } },
            passBy: { name, _ in record.state.withLock { $0.passedBy.append(name) } },
            hasInterface: { interfaces?.contains($0) ?? true },
            lacking: { _ in [] },
            strictInterface: { path, egress in
                (path.pin.interface ?? egress).flatMap { strict.contains($0) ? $0 : nil }
            },
            formerOutages: formerOutages,
            keepOutages: { outages in record.state.withLock { $0.outages.append(outages) } }
        )
        turn = MonitorTurn(settings: settings, parts: parts, at: Sample.clock(0), portSeed: 0)
    }

    @discardableResult
    mutating func run(_ messages: [Monitor.Message] = [], at seconds: Double) -> Bool {
        turn.run(messages, at: Sample.clock(seconds))
    }

    /// The numbers of the tasks towards a host, over an interface where one is named.
    func ids(to host: String, over interface: String? = nil) -> [ProbeID] {
        record.now.tasks
            .filter { $0.destination.description == host && (interface == nil || $0.pin.interface == interface) }
            .map(\.id)
    }

    /// One settled probe of a stream.
    mutating func outcome(_ id: ProbeID, _ result: Outcome.Result, at seconds: Double) -> Outcome {
        let sequence = sequences[id, default: 0]
        sequences[id] = sequence + 1
        let moment = Sample.clock(seconds).monotonic
        let sent: MonotonicTime
        if case .answered(let roundTrip, _) = result {
            sent = moment - roundTrip
        } else {
            sent = moment - .milliseconds(800)
        }
        return Outcome(probe: id, sequence: sequence, sentAt: sent, settledAt: moment, result: result)
    }

    /// Every stream settles one probe: failed where its interface is among `dead`, answered elsewhere.
    mutating func round(at seconds: Double, dead: Set<String> = []) {
        var batch = ProbeBatch()
        for task in record.now.tasks {
            let fails = task.pin.interface.map(dead.contains) ?? false
            let result: Outcome.Result =
                fails ? .failed(.timeout) : .answered(roundTrip: .milliseconds(3), clock: .kernel)
            batch.outcomes.append(outcome(task.id, result, at: seconds))
        }
        run([.batch(batch)], at: seconds)
    }

    /// Routes of all flows lead over `interface`.
    mutating func route(over interface: String, at seconds: Double) {
        let moment = Sample.clock(seconds).monotonic
        let reports = record.now.watched.map { route in
            RouteReport(
                route: route,
                observation: RouteObservation(verdict: .route(interface: interface, gateway: nil, source: nil)),
                at: moment
            )
        }
        run([.routes(reports)], at: seconds)
    }

    func metrics() -> Exposition {
        let bytes = board.render(.text, alerts: alerts)
        return Exposition(String(decoding: bytes, as: UTF8.self))
    }

    var link: LinkStatus? { views.current.snapshot?.links.first }
    func state(of path: PathID) -> PathState? { link?.paths.first { $0.path == path }?.state }

    /// The log's lines that hold `text`.
    func lines(with text: String) -> [String] { log.lines.filter { $0.contains(text) } }

    static func settings(_ topology: Topology, text: String = "next") -> RunSettings {
        RunSettings(topology: topology, alerts: AlertSettings(topology: topology), text: text)
    }
}

extension Bench {
    /// All paths have answered for some rounds and the flows are on the first connection.
    static func healthy(rounds: Int = 12) -> Bench {
        var bench = Bench()
        for round in 1...rounds {
            bench.route(over: "er0", at: Double(round) - 0.5)
            bench.round(at: Double(round))
        }
        return bench
    }
}
