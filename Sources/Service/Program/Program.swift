import Alerting
import Capture
import Glibc
import Links
import Logging
import Model
import Probing
import Scheduling
import ServiceLifecycle
import Settings
import Sockets
import Synchronization
import Traceroute
import UnixSignals
import Web
import Wire

/// The parts of a running netprobe, put together and taken apart.
final class Program: Service {
    /// What the program was started with.
    private let start: ProgramSettings
    let logger: Logger
    let board: MetricsBoard
    let views: Views
    let alerts: AlertEngine
    let desk: TraceDesk
    let probes: ProbeDesk
    private let rounds: TraceRounds
    let options: ServeOptions
    private let monitor: Monitor
    private let outages: OutageFile?
    private let engine: ProbeEngine
    private let requests: RequestEngine
    private let proxyLogs: ProxyLogs
    private let stamps = ProbeStamps()
    private let captures: CaptureThreads
    private let observer: RouteObserver
    private let watcher: NetworkWatcher?
    private let names: TrackedNames
    private let demo: DemoNetwork?
    private let reloading = Mutex(())
    private let isStopped = Atomic(false)

    var address: ListenAddress { start.address }
    var isDemo: Bool { demo != nil }

    /// Reads the configuration, gives up privileges, opens sockets and state, and starts the threads that measure.
    /// - Throws: `StartFailure`, or the error of the system.
    static func prepare(_ options: ServeOptions, logger: Logger) throws -> Program {
        let demo = options.source == .demo ? try DemoNetwork(seed: UInt64.random(in: .min ... .max)) : nil
        let loaded = try ProgramSettings.load(options, demo: demo, logger: logger)
        do {
            // No other thread runs yet: capabilities belong to threads, and those to come inherit what is left.
            // Nothing may be said to receivers by a program that cannot stay.
            try requirePort(loaded, demo)
            try Privileges.drop(keeping: loaded.address.needsPrivilege ? [.netRaw, .netBindService] : [.netRaw])
            return try Program(options, loaded, demo, logger)
        } catch {
            if let folder = loaded.temporaryState { TemporaryState.remove(folder) }
            throw error
        }
    }

    /// A port that is in use is no reason to end: what is probed, and whom it wakes, does not depend on it.
    private static func requirePort(_ loaded: ProgramSettings, _ demo: DemoNetwork?) throws {
        do throws(ListenError) {
            try loaded.address.check()
        } catch {
            guard error.isInUse, !isSecond(loaded, demo) else { throw error }
        }
    }

    /// Another netprobe has the port, so far as one can know: it has the state too, or there is none that would tell.
    private static func isSecond(_ loaded: ProgramSettings, _ demo: DemoNetwork?) -> Bool {
        guard demo == nil, let directory = loaded.settings.alerts.stateDirectory else { return true }
        return AlertEngine.isInUse(stateDirectory: directory)
    }

    private init(_ options: ServeOptions, _ loaded: ProgramSettings, _ demo: DemoNetwork?, _ logger: Logger) throws {
        self.options = options
        self.logger = logger
        self.demo = demo
        start = loaded
        let monitor = try Monitor()
        self.monitor = monitor
        board = MetricsBoard(version: options.version, site: loaded.settings.topology.site)
        views = Views(settings: loaded.settings)
        let views = views
        let limits = SharedLimiter()
        desk = TraceDesk(limits: limits) { (views.current.settings.topology, views.current.settings.targetLimits) }
        alerts = AlertEngine(settings: loaded.settings.alerts, logger: logger)
        outages = loaded.settings.alerts.stateDirectory.map(OutageFile.init)
        if let problem = outages?.problem { logger.warning("\(problem)") }
        let lookup: NameResolver.Lookup = { name in
            guard let server = views.current.settings.resolver else { return SystemLookup.resolve(name) }
            return ServerLookup(server: server).resolve(name)
        }
        let resolver = NameResolver(lookup: lookup)
        let credentials = CredentialBook(stateDirectory: loaded.settings.alerts.stateDirectory)
        // Its own threads: names that somebody asks for delay none that is watched.
        let ownLookup = NameResolver(threads: 8, lookup: lookup).hostLookup
        probes = try ProbeDesk(lookup: ownLookup, credentials: credentials) {
            let settings = views.current.settings
            return ProbeDesk.Settings(modules: settings.modules, limits: settings.targetLimits)
        }
        proxyLogs = ProxyLogs(board: board, logger: logger)
        names = TrackedNames(resolver: resolver) { monitor.post(.name($0)) }
        engine = try ProbeEngine(witness: stamps) { monitor.post(.batch($0)) }
        requests = try RequestEngine(lookup: resolver.hostLookup, credentials: credentials, witness: stamps) { batch in
            monitor.post(.batch(batch))
        }
        captures = CaptureThreads(
            InterfaceThread.Parts(board: board, stamps: stamps) { monitor.post(.capture($0)) },
            logger: logger
        )
        try Self.requireAccess(engine.capabilities, loaded.settings, logger)
        let source: any RouteSource = if let demo { demo } else { try RouteQuery() }
        observer = try RouteObserver(source: source) { monitor.post(.routes($0)) }
        watcher = demo == nil ? try NetworkWatcher { monitor.post(.network($0)) } : nil
        rounds = try TraceRounds(board: board, views: views, logger: logger, limits: limits) { finding in
            monitor.post(.trace(finding))
        }
        // What could not be had has been told by now: receivers hear of a program that stays.
        alerts.start()
        try startMonitor(loaded.settings)
        if demo == nil { try rounds.start() }
        proxyLogs.follow(loaded.settings.services.accessLogs)
    }

    private func startMonitor(_ settings: RunSettings) throws {
        let engine = engine
        let requests = requests
        let observer = observer
        let names = names
        let isDemo = demo != nil
        let (captures, stamps) = (captures, stamps)
        let outages = outages
        try monitor.start(
            settings,
            Monitor.Parts(
                board: board,
                views: views,
                alerts: alerts,
                logger: logger,
                probes: { engine.reconcile($0) },
                requests: { requests.reconcile($0) },
                probeNow: {
                    // Each of the two knows its own streams.
                    engine.probeNow($0, after: $1)
                    requests.requestNow($0, after: $1)
                },
                watch: { observer.watch($0) },
                networkChanged: { observer.networkChanged() },
                follow: { list in
                    names.follow(Dictionary(list.map { ($0, .any) }, uniquingKeysWith: { first, _ in first }))
                },
                hurry: { names.hurry($0) },
                passBy: { names.passBy($0, isIPv4: $1) },
                hasInterface: { isDemo || SystemHost().hasInterface($0) },
                lacking: { isDemo ? [] : SystemHost().lacking($0) },
                strictInterface: { isDemo ? nil : SystemHost().strictInterface(of: $0, egress: $1) },
                captures: { captures.configure($0, $1) },
                retryCapture: { captures.retry($0) },
                stamps: { stamps.take($0) },
                hostAddresses: {
                    SystemHost().addresses.map { .init(interface: $0.interface, address: $0.address) }
                },
                formerOutages: outages?.former,
                keepOutages: { outages?.keep($0) }
            )
        )
        guard let demo else { return }
        logger.info("\(demo.introduction)")
        let logger = logger
        try demo.start { event in
            logger.info("demo: \(event.sentence)")
            if event.changesRoutes { observer.networkChanged() }
        }
    }

    /// ICMP targets without a way to ask them are a missing privilege, not a network that is down.
    private static func requireAccess(
        _ capabilities: EngineCapabilities,
        _ settings: RunSettings,
        _ logger: Logger
    ) throws {
        let plan = ProbePlan(topology: settings.topology, targets: settings.targets)
        let asksICMP = plan.streams.contains { $0.target.scheme == .icmp }
        for (family, clock) in capabilities.clocks.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            logger.info("stamps of ICMP\(family): \(clock.rawValue) clock")
        }
        guard asksICMP, capabilities.icmpV4 == .none, capabilities.icmpV6 == .none else { return }
        throw StartFailure(EngineCapabilities.grantHint, status: 77)
    }

    // MARK: Service

    func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { [names] in await names.run() }
            group.addTask { [self] in await reloadOnHangup() }
            try? await gracefulShutdown()
            group.cancelAll()
        }
        stop()
    }

    private func reloadOnHangup() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup) { _ = reload() }
    }

    /// Loads the configuration again; a bad one leaves the running one in force.
    func reload() -> Result<Void, WebSource.ReloadFailure> {
        guard case .file = options.source else {
            return .failure(WebSource.ReloadFailure("the demo has no configuration file"))
        }
        // One at a time, so that the last file read is the one in force.
        return reloading.withLock { _ in
            do throws(StartFailure) {
                let loaded = try ProgramSettings.load(options, demo: nil, logger: logger)
                for line in start.changesThatWait(in: loaded) { logger.warning("\(line)") }
                monitor.post(.settings(loaded.settings))
                proxyLogs.follow(loaded.settings.services.accessLogs)
                board.recordReload(successful: true)
                logger.info("the configuration was loaded again")
                return .success(())
            } catch {
                board.recordReload(successful: false)
                for line in error.lines { logger.error("\(line)") }
                logger.error("the configuration was not loaded again; the former one stays in force")
                return .failure(WebSource.ReloadFailure(error.lines.joined(separator: "\n")))
            }
        }
    }

    /// Ends all threads; alerts stay as they are.
    func stop() {
        guard !isStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        desk.stop()
        probes.stop()
        rounds.stop()
        demo?.stop()
        watcher?.stop()
        observer.stop()
        engine.stop()
        requests.stop()
        captures.stop()
        proxyLogs.stop()
        monitor.stop()
        outages?.finish()
        alerts.stop()
        logger.info("ended in order; alerts stay as they are")
    }

    func removeTemporaryState() {
        if let folder = start.temporaryState { TemporaryState.remove(folder) }
    }

    /// Tells the address once it is taken; where the demo runs, also what to look at.
    func announce(_ address: ListenAddress) {
        guard demo != nil else { return }
        logger.info("watch it: curl -s http://\(address)/metrics | grep netprobe_link_")
    }
}
