import Alerting
import Links
import Logging
import Model
import Probing
import Scheduling
import Sockets
import Wire

/// The state of the monitor's thread, and one turn of it.
struct MonitorTurn {
    let parts: Monitor.Parts
    var settings: RunSettings
    var book: TaskBook
    var model: LinksModel
    /// By number of the probe.
    var uses: [StreamUse] = []
    var isAskingHops = false
    /// The last word on each interface that is there; a path that a reload brings must not wait for the next.
    var interfaces: [String: InterfaceObservation] = [:]
    var changes: [LinksChange] = []
    private var lastEvaluation: MonotonicTime
    var clock: ClockReading
    var lastOverload: MonotonicTime?
    var lastSuspicion: MonotonicTime?
    var hasResults = false
    var extra = ExtraProbes()
    var services = ServiceBook()
    /// On disk, or on the way there.
    var keptOutages: [String: MonotonicTime] = [:]
    var outagesKeptAt: MonotonicTime
    var captures = CaptureBook()
    var stamps = OutcomeStamps()
    var attribution: PathAttribution?
    /// What names mean, for the attribution.
    var names: [String: [IPAddress]] = [:]
    var active: [String: Set<PathID>] = [:]
    /// What was said to be without a probe is not said again.
    private var targetsWithoutProbe: [Target] = []
    var linksWithoutHops: [String: Int] = [:]
    /// Names that resolve to something else need new tasks.
    var needsTasks = false

    /// So long after the last spoiled probe this host counts as overloaded.
    static let overloadMemory: Duration = .seconds(5)
    /// References are asked again at most so often.
    static let suspicionPause: Duration = .milliseconds(250)
    /// So late a turn was held up: this process was stopped, or had no processor.
    static let pause: Duration = .milliseconds(500)
    /// A change of the wall clock against the monotonic one that is worth a line.
    static let clockStep: Duration = .milliseconds(250)

    /// - Parameters:
    ///   - clock: when the turns begin.
    ///   - portSeed: where in their range the flows' source ports begin; random in production.
    init(settings: RunSettings, parts: Monitor.Parts, at clock: ClockReading, portSeed: UInt32) {
        self.parts = parts
        self.settings = settings
        self.clock = clock
        lastEvaluation = clock.monotonic - Monitor.period
        outagesKeptAt = clock.monotonic
        book = TaskBook(portSeed: portSeed)
        model = LinksModel(topology: settings.topology, at: clock.monotonic)
        adoptPlan()
        resumeOutages()
    }

    /// When the monitor must run even without a message.
    var nextDue: MonotonicTime { lastEvaluation + Monitor.period }

    /// Does everything that is there.
    /// - Returns: false when the thread is to end.
    mutating func run(_ messages: [Monitor.Message], at now: ClockReading) -> Bool {
        if now.monotonic - nextDue > Self.pause {
            changes += model.apply(.paused(from: nextDue, to: now.monotonic))
        }
        advance(to: now)
        var goesOn = true
        for message in messages {
            switch message {
            case .batch(let batch): take(batch)
            case .routes(let reports): take(reports)
            case .network(let event): take(event)
            case .name(let state): take(state)
            case .trace(let finding): take(finding)
            case .capture(let news): take(news)
            case .settings(let new): reload(new)
            case .stop: goesOn = false
            }
        }
        if needsTasks { sendTasks() }
        explainFalls()
        let unresolved = book.unresolvedOutcomes(at: clock.monotonic)
        if !unresolved.isEmpty { record(unresolved, []) }
        let isDue = clock.monotonic >= nextDue
        let stamped = stamps.due(at: clock.monotonic, parts.stamps)
        if !stamped.isEmpty { parts.board.record(stamped, [], clock: clock) }
        if isDue { follow(captures.tick(at: clock.monotonic)) }
        if isDue { changes += model.apply(.tick(at: clock.monotonic)) }
        changes.forEach { extra.note($0) }
        if isDue, extra.isSearching {
            let streams = book.index.streams.indices.lazy.compactMap { [book] in Self.stream($0, of: book) }
            extra.searches(among: streams, at: clock.monotonic, period: Monitor.period).forEach(send)
        }
        keepOutages(isLast: !goesOn)
        if isDue || changes.contains(where: \.isForAlerts) { evaluate() }
        return goesOn
    }

    private mutating func advance(to new: ClockReading) {
        let expected = clock.wallTime(of: new.monotonic)
        let step = new.wall - expected
        if step > Self.clockStep || step < .zero - Self.clockStep {
            parts.logger.warning(
                "the wall clock was stepped by \(step.secondsText) s; durations are not touched by it"
            )
        }
        clock = new
    }

    // MARK: Messages

    private mutating func take(_ state: NameState) {
        let former = book.resolved(state)
        names[state.name] = state.addresses
        if former.addresses != state.addresses { attribute() }
        needsTasks = true
        if let failure = state.failure {
            let known = state.addresses.map(\.description).joined(separator: ", ")
            let rest = known.isEmpty ? "" : "; what it last was is probed: \(known)"
            parts.logger.warning("'\(state.name)' does not resolve (\(failure))\(rest)")
        } else if former.failure != nil {
            let now = state.addresses.map(\.description).joined(separator: ", ")
            parts.logger.info("'\(state.name)' resolves \(former.addresses.isEmpty ? "now: \(now)" : "again")")
        } else if !former.addresses.isEmpty, former.addresses != state.addresses {
            parts.logger.info("'\(state.name)' is now \(state.addresses.map(\.description).joined(separator: ", "))")
        }
    }

    private mutating func take(_ finding: TraceFinding) {
        guard let bytes = finding.ownMTU else { return }
        changes += model.apply(
            .mtu(
                link: finding.key.link,
                path: PathID(rawValue: finding.key.path),
                target: finding.key.target,
                bytes: bytes,
                at: clock.monotonic
            )
        )
    }

    private mutating func reload(_ new: RunSettings) {
        forgetSessions(before: new.topology)
        settings = new
        model.reconfigure(topology: new.topology, at: clock.monotonic)
        parts.alerts.update(new.alerts)
        parts.views.replace(new)
        adoptPlan()
    }

    // MARK: The plan

    mutating func adoptPlan() {
        let plan = ProbePlan(
            topology: settings.topology,
            targets: settings.targets,
            services: settings.services.plan,
            hopEvidence: isAskingHops
        )
        services.configure(settings.services, at: clock, parts.board)
        _ = book.adopt(plan, alsoFollowed: gatewayNames)
        services.retain(book.index.streams)
        uses = book.index.streams.map { StreamUse($0, in: model) }
        adoptCaptures()
        parts.follow(followedNames)
        lookForSources()
        for path in settings.topology.paths {
            guard let name = path.pin.interface else { continue }
            let absent = InterfaceObservation(name: name, exists: false, isUp: false, hasCarrier: false)
            guard let last = interfaces[name] ?? (parts.hasInterface(name) ? nil : absent) else { continue }
            changes += model.apply(.interface(last, at: clock.monotonic))
        }
        for target in plan.withoutProbe where !targetsWithoutProbe.contains(target) {
            parts.logger.warning(
                "\(target): there is no probe for \(target.scheme.rawValue):// yet; it stays without result"
            )
        }
        targetsWithoutProbe = plan.withoutProbe
        tellWithoutHops(plan)
        sendTasks()
    }

    private mutating func sendTasks() {
        needsTasks = false
        parts.probes(book.tasks())
        parts.requests(book.requests(through: settings.services.proxies))
        parts.watch(book.watchedRoutes())
    }

    // MARK: Judging

    private mutating func evaluate() {
        lastEvaluation = clock.monotonic
        let told = changes
        changes = []
        var snapshot = model.snapshot()
        snapshot.nameLostFlows(book.sourcePort)
        noteActive(snapshot)
        let overload = lastOverload.flatMap { moment -> String? in
            clock.monotonic - moment < Self.overloadMemory ? "probes were spoiled by this host itself" : nil
        }
        parts.alerts.evaluate(
            snapshot,
            services: services.status(at: clock.wall),
            overload: overload,
            captureDrops: captures.overload(at: clock.monotonic),
            clock: clock
        )
        parts.board.show(snapshot, clock, after: told)
        parts.views.show(snapshot, clock, isReady: hasResults || book.index.isEmpty, after: told)
        guard !told.isEmpty else { return }
        let sentences = told.compactMap(Narrator.tell)
        for sentence in sentences {
            parts.logger.log(level: sentence.level, "\(sentence.text)")
        }
        parts.views.append(
            sentences.map { JournalEntry(at: clock.wall, link: $0.link, path: $0.path, text: $0.text) }
        )
    }
}
