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
    private var isAskingHops = false
    /// The last word on each interface that is there; a path that a reload brings must not wait for the next.
    private var interfaces: [String: InterfaceObservation] = [:]
    var changes: [LinksChange] = []
    private var lastEvaluation: MonotonicTime
    var clock: ClockReading
    private var lastOverload: MonotonicTime?
    private var lastSuspicion: MonotonicTime?
    private var hasResults = false
    private var extra = ExtraProbes()
    private var services = ServiceBook()
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
    private var needsTasks = false

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
        keepOutages()
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
                link: finding.link,
                path: PathID(rawValue: finding.path),
                target: finding.target,
                bytes: bytes,
                at: clock.monotonic
            )
        )
    }

    private mutating func take(_ batch: ProbeBatch) {
        record(batch.outcomes, batch.anomalies)
        if !batch.directionalLosses.isEmpty { parts.board.record(batch.directionalLosses) }
        guard let gap = batch.gap else { return }
        lastOverload = clock.monotonic
        changes += model.apply(.blind(from: gap.from, to: gap.until))
        parts.logger.warning(
            "this host did not run for \((gap.until - gap.from).secondsText) s; its probes do not count"
        )
    }

    private mutating func record(_ outcomes: [Outcome], _ anomalies: [ProbeAnomaly]) {
        parts.board.record(holdBack(outcomes), anomalies, clock: clock)
        for outcome in outcomes {
            let number = Int(outcome.probe.rawValue)
            guard uses.indices.contains(number) else { continue }
            switch uses[number].kind {
            case .none: break
            case .hop: noteHop(outcome)
            case .probe: judge(outcome, uses[number])
            case .service:
                hasResults = true
                services.note(outcome, of: book.index[outcome.probe], clock: clock, parts.board)
            }
        }
    }

    private mutating func judge(_ outcome: Outcome, _ use: StreamUse) {
        if use.isProxied || use.isSecured {
            services.note(outcome, of: book.index[outcome.probe], clock: clock, parts.board)
        }
        switch outcome.result {
        case .answered:
            hasResults = true
            extra.answered(outcome.probe)
        case .failed:
            hasResults = true
            if use.isNamed, let host = book.index[outcome.probe]?.target.host { parts.hurry(host) }
        case .invalid(let reason):
            if reason == .overload { lastOverload = clock.monotonic }
        }
        if use.isGateway { noteGateway(outcome) }
        guard let place = use.place else { return }
        changes += model.apply(.outcome(stream: place, outcome))
        if let index = outcome.detail?.arrivalInterface { noteArrival(of: outcome.probe, over: index) }
        if changes.contains(where: \.isSuspicion) {
            if !outcome.isAnswer { confirm(outcome) }
            askReferences()
        }
    }

    private mutating func noteGateway(_ outcome: Outcome) {
        guard let key = book.index[outcome.probe]?.key else { return }
        let path = PathID(rawValue: key.path)
        parts.board.recordIKE(path: path, target: key.target, answers: outcome.isAnswer)
        changes += model.apply(
            .gateway(path: path, host: key.target.host, isAnswering: outcome.isAnswer, at: clock.monotonic)
        )
    }

    private mutating func noteArrival(of probe: ProbeID, over interface: Int32) {
        guard let stream = book.index[probe], let key = stream.key, !key.path.isEmpty,
            // An edge answers over its own wire, whichever way the rest comes back; to an interface it is held all the same.
            key.role == .through || stream.pin.interface != nil, let name = Interface.name(of: interface)
        else { return }
        changes += model.apply(.arrival(path: PathID(rawValue: key.path), interface: name, at: clock.monotonic))
    }

    private mutating func confirm(_ loss: Outcome) {
        guard let stream = Self.stream(Int(loss.probe.rawValue), of: book) else { return }
        let link = settings.topology.links.first { $0.name == stream.link }
        let downAfter = (link?.detection ?? Detection()).downAfter
        if let request = extra.lost(stream, sentAt: loss.sentAt, downAfter: downAfter, at: clock.monotonic) {
            send(request)
        }
    }

    private static func stream(_ position: Int, of book: TaskBook) -> ExtraProbes.Stream? {
        guard let stream = book.index.streams[position], let key = stream.key else { return nil }
        return ExtraProbes.Stream(
            probe: ProbeID(rawValue: Int32(position)),
            role: key.role,
            link: key.link,
            interval: stream.interval
        )
    }

    private func send(_ request: ExtraProbes.Request) {
        parts.probeNow(request.probe, request.delays)
    }

    /// A first loss: is it this host's own?
    private mutating func askReferences() {
        changes.removeAll(where: \.isSuspicion)
        if let last = lastSuspicion, clock.monotonic - last < Self.suspicionPause { return }
        lastSuspicion = clock.monotonic
        for (position, stream) in book.index.streams.enumerated() where stream?.key?.role == .reference {
            parts.probeNow(ProbeID(rawValue: Int32(position)), [.zero, .milliseconds(100)])
        }
    }

    private mutating func take(_ reports: [RouteReport]) {
        for report in reports {
            switch report.route.purpose {
            case .flow(let link, let target, let flow):
                changes += model.apply(
                    .route(link: link, target: target, flow: flow, report.observation, at: report.at)
                )
            case .pin(let path):
                changes += model.apply(.pinRoute(path: path, report.observation, at: report.at))
            }
        }
        changes += model.apply(.routesSettled(at: clock.monotonic))
        // On a host behind a router the kernel's route says nothing: routers on the way are asked instead.
        guard !isAskingHops, settings.topology.links.contains(where: { model.isUndecided($0.name) }) else { return }
        isAskingHops = true
        parts.logger.info(
            "the kernel's route is the same for all paths: routers on the way are asked which one is used"
        )
        adoptPlan()
    }

    private mutating func take(_ event: NetworkEvent) {
        switch event {
        case .interface(let observation):
            interfaces[observation.name] = observation.exists ? observation : nil
            changes += model.apply(.interface(observation, at: clock.monotonic))
            parts.networkChanged()
            parts.retryCapture(observation.name)
            // What could not be bound may be bound now.
            needsTasks = true
            attribute()
        case .routesChanged:
            changes += model.apply(.routesChanged(at: clock.monotonic))
            parts.networkChanged()
        case .addressesChanged:
            parts.networkChanged()
            lookForSources()
            needsTasks = true
            attribute()
        case .neighbourChanged, .neighboursChanged:
            break
        }
    }

    /// A source that this host lacks is its own fault, and no path's.
    private mutating func lookForSources() {
        let lacking = parts.lacking(Set(settings.topology.paths.compactMap(\.pin.source)))
        for path in settings.topology.paths {
            guard let source = path.pin.source else { continue }
            let isPresent = !lacking.contains(source)
            changes += model.apply(.source(path: path.id, isPresent: isPresent, at: clock.monotonic))
        }
    }

    /// The trap of several interfaces: what strict reverse-path filtering drops looks like a path that is down.
    private mutating func explainFalls() {
        let fallen = Set(
            changes.compactMap { change -> PathID? in
                if case .path(_, let path, _, .down, _, _) = change { path } else { nil }
            }
        )
        for id in fallen {
            guard let path = settings.topology.path(id) else { continue }
            let interface = parts.strictInterface(path, model.wayOut(of: id))
            changes += model.apply(.strictFilter(path: id, interface: interface, at: clock.monotonic))
            guard let interface else { continue }
            parts.logger.warning(
                """
                \(interface) filters strictly by reverse path (rp_filter=1): answers of \(id) are dropped unless it is \
                the routed path; allow them: sysctl net.ipv4.conf.\(interface).rp_filter=2
                """
            )
        }
    }

    private mutating func reload(_ new: RunSettings) {
        settings = new
        model.reconfigure(topology: new.topology, at: clock.monotonic)
        parts.alerts.update(new.alerts)
        parts.views.replace(new)
        adoptPlan()
    }

    // MARK: The plan

    private mutating func adoptPlan() {
        let plan = ProbePlan(
            topology: settings.topology,
            targets: settings.targets,
            services: settings.services.plan,
            hopEvidence: isAskingHops
        )
        services.configure(settings.services, at: clock, parts.board)
        _ = book.adopt(plan)
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
        parts.views.show(snapshot, clock, isReady: hasResults || book.index.isEmpty, after: told)
        guard !told.isEmpty else { return }
        parts.board.record(told)
        let sentences = told.compactMap(Narrator.tell)
        for sentence in sentences {
            parts.logger.log(level: sentence.level, "\(sentence.text)")
        }
        parts.views.append(
            sentences.map { JournalEntry(at: clock.wall, link: $0.link, path: $0.path, text: $0.text) }
        )
    }
}
