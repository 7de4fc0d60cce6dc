public import Links
public import Logging
public import Model
import Sockets
import Synchronization

/// Rules, life cycle, state on disk and senders put together. `evaluate` is called by the thread that decides, at
/// each change and at least each 100 ms; it waits neither for a disk nor for a receiver nor for a log.
public final class AlertEngine: Sendable {
    struct Core: Sendable {
        var settings: AlertSettings
        var book: AlertBook
        var scope: AlertScope
        var events: [AlertEvent] = []
        var lastClock: ClockReading?
        /// When it went on after a time in which nothing ran, the disk's thread included.
        var resumedAt: MonotonicTime?
        var nextGeneration: UInt64 = 1
        var senders: [Sender] = []
        var problem: String?
        var isStopped = false
        var memo: Memo?
    }

    struct Tally: Sendable {
        var metrics = AlertMetrics()
        var latencies: [NotificationLatency] = []
    }

    /// How long a notice waits for the disk.
    static let diskPatience: Duration = .milliseconds(100)
    /// Between two evaluations; after more, nobody watched.
    static let longestSilence: Duration = .seconds(1)
    static let eventLimit = 1000
    static let latencyLimit = 4096

    let core: Mutex<Core>
    let tally = Mutex(Tally())
    let store: AlertStore?
    let log: LogThread
    private let logger: Logger
    private let backoff: Backoff

    /// Nothing runs and nothing is read before `start`.
    public convenience init(settings: AlertSettings, logger: Logger) {
        self.init(settings: settings, logger: logger, backoff: Backoff())
    }

    init(settings: AlertSettings, logger: Logger, backoff: Backoff) {
        self.logger = logger
        self.backoff = backoff
        log = LogThread(logger: logger)
        let site = settings.topology.site
        core = Mutex(
            Core(
                settings: settings,
                book: AlertBook(timing: settings.timing, site: site.name, vantage: site.vantage),
                scope: AlertScope(settings)
            )
        )
        let wake = Relay()
        store = settings.stateDirectory.map { directory in
            AlertStore(directory: directory, logger: logger) { wake.call() }
        }
        wake.set { [weak self] in self?.wakeSenders() }
    }

    /// Opens the state, takes up what an earlier run left and starts the threads. Waits one second at most for the
    /// disk; state that comes later is taken up when it comes.
    public func start() {
        log.start()
        let senders = core.withLock { core in
            core.senders = core.settings.receivers.map { makeSender($0, core.settings) }
            return core.senders
        }
        for sender in senders { sender.start() }
        guard let store else { return }
        store.start()
        store.waitUntilStarted(deadline: SystemClock.monotonic() + .seconds(1))
    }

    /// Judges the snapshot and tells the receivers what changed or is due again.
    /// - Parameter overload: why probes cannot be trusted now, for people; nil when they can.
    public func evaluate(
        _ snapshot: Snapshot,
        services: ServiceStatus = ServiceStatus(),
        overload: String? = nil,
        captureDrops: String? = nil,
        clock: ClockReading
    ) {
        var facts = NetworkFacts(snapshot)
        facts.services = services
        evaluate(facts, overload: overload, captureDrops: captureDrops, clock: clock)
    }

    /// Judges facts from whatever model and tells the receivers what changed or is due again.
    /// - Parameter overload: why probes cannot be trusted now, for people; nil when they can.
    public func evaluate(
        _ facts: NetworkFacts,
        overload: String? = nil,
        captureDrops: String? = nil,
        clock: ClockReading
    ) {
        step(clock: clock) { core, problem in
            let report = SelfReport(overload: overload, captureDrops: captureDrops, stateNotPersisted: problem)
            if let memo = core.memo, memo.fits(facts, report, clock) { return memo.judgement }
            let judgement = AlertRules.judge(
                facts,
                report: report,
                settings: core.settings,
                scope: core.scope,
                clock: clock,
                memory: core.book.memory,
                start: { [book = core.book] identity in book.start(of: identity) }
            )
            core.memo = Memo(facts: facts, report: report, clock: clock, judgement: judgement)
            return judgement
        }
    }

    /// The last judgement. It stands while nothing has changed, for so short a time that no rule about ages or
    /// maintenance windows notices.
    struct Memo: Sendable {
        var facts: NetworkFacts
        var report: SelfReport
        var clock: ClockReading
        var judgement: AlertJudgement

        func fits(_ facts: NetworkFacts, _ report: SelfReport, _ now: ClockReading) -> Bool {
            let age = now.monotonic - clock.monotonic
            return age >= .zero && age < .milliseconds(500) && report == self.report && facts == self.facts
        }
    }

    /// One evaluation with the judgement that `judge` makes of the settings and the state's problem.
    func step(clock: ClockReading, judge: (inout Core, String?) -> AlertJudgement) {
        let now = SystemClock.monotonic()
        let problem = store?.problem(at: now, tolerance: Self.diskPatience)
        let restored = store?.takeLoaded()
        let work: Work? = core.withLock { core in
            guard !core.isStopped else { return nil }
            var resumed: [(Sender, SendQueue.Item)] = []
            var changes: [StateChange] = []
            let silence = core.lastClock.map { clock.monotonic - $0.monotonic } ?? .zero
            let absence = silence > Self.longestSilence ? silence : .zero
            if absence > .zero { core.resumedAt = clock.monotonic }
            let isResuming = core.resumedAt.map { clock.monotonic - $0 < Self.longestSilence } ?? false
            if let restored { restore(restored, into: &core, clock, &resumed, &changes) }
            let effects = core.book.apply(judge(&core, isResuming ? nil : problem), after: absence, at: clock)
            core.lastClock = clock
            guard !effects.isEmpty || !changes.isEmpty || !resumed.isEmpty else { return nil }
            remember(effects, in: &core, clock)
            return plan(effects, changes, resumed, core: &core, now: now)
        }
        guard let work else { return }
        if !work.changes.isEmpty { store?.submit(work.changes, ticket: work.ticket, at: now) }
        for (sender, items) in work.sends { sender.enqueue(items) }
        for notice in work.news { log.tell(notice) }
    }

    /// Takes over a new configuration. Alerts of what is no longer configured resolve at the next evaluation;
    /// receivers that stay keep their queues.
    public func update(_ settings: AlertSettings) {
        let (old, new, gone) = core.withLock { core -> ([Sender], [Sender], [String]) in
            let kept = core.senders.filter { isKept($0, by: settings, instead: core.settings) }
            let fresh = settings.receivers
                .filter { receiver in !kept.contains { $0.settings == receiver } }
                .map { makeSender($0, settings) }
            let ended = core.senders.filter { sender in !kept.contains { $0 === sender } }
            let site = settings.topology.site
            core.settings = settings
            core.memo = nil
            core.scope = AlertScope(settings)
            core.book.timing = settings.timing
            core.book.commonLabels = [("site", site.name), ("vantage", site.vantage)]
            core.senders = kept + fresh
            if !fresh.isEmpty { core.book.repeatAll() }
            let keys = Set(core.senders.map(\.settings.key))
            return (ended, fresh, ended.map(\.settings.key).filter { !keys.contains($0) })
        }
        for sender in new { sender.start() }
        let now = SystemClock.monotonic()
        for sender in old {
            sender.retire(to: new.first { $0.settings.key == sender.settings.key })
        }
        if !gone.isEmpty { store?.submit(gone.map(StateChange.receiverGone), ticket: nil, at: now) }
    }

    /// What is pending or fires, for `/api/v1/alerts`.
    public func activeAlerts() -> [ActiveAlert] {
        core.withLock { core in core.lastClock.map { core.book.active(at: $0) } ?? [] }
    }

    /// The last changes of state, oldest first; at most 1000.
    public func events() -> [AlertEvent] { core.withLock { $0.events } }

    public func metrics() -> AlertMetrics {
        var metrics = tally.withLock { $0.metrics }
        let senders = core.withLock { core -> [Sender] in
            for alert in core.book.open.values where alert.phase == .firing {
                let series = AlertMetrics.Series(
                    alert: alert.condition.identity.name,
                    severity: alert.condition.severity
                )
                metrics.active[series, default: 0] += 1
            }
            return core.senders
        }
        for sender in senders { metrics.waiting[sender.settings.name] = sender.waiting }
        return metrics
    }

    /// The latencies measured since the last call; at most 4096 are kept between two calls.
    public func takeLatencies() -> [NotificationLatency] {
        tally.withLock { tally in
            defer { tally.latencies = [] }
            return tally.latencies
        }
    }

    /// Why the alert state is not on disk; nil when it is, or when none is kept by choice.
    public func stateProblem() -> String? {
        store?.problem(at: SystemClock.monotonic(), tolerance: Self.diskPatience)
    }

    /// Ends in order: nothing is resolved; what waits is sent as far as `limit` allows and else stays in the outbox.
    public func stop(within limit: Duration = .milliseconds(500)) {
        let senders = core.withLock { core -> [Sender]? in
            guard !core.isStopped else { return nil }
            core.isStopped = true
            return core.senders
        }
        guard let senders else { return }
        let now = SystemClock.monotonic()
        let deadline = now + .nanoseconds(limit.nanoseconds / 2)
        for sender in senders { sender.beginStop(deadline: deadline) }
        let hanging = senders.filter { !$0.waitForEnd(deadline: deadline) }
        for sender in hanging { sender.cancel() }
        for sender in hanging { _ = sender.waitForEnd(deadline: deadline + .nanoseconds(limit.nanoseconds / 8)) }
        store?.stop(deadline: now + limit)
        log.stop(deadline: now + limit)
    }

    private func wakeSenders() {
        for sender in core.withLock({ $0.senders }) { sender.wake() }
    }

    private func isKept(_ sender: Sender, by new: AlertSettings, instead old: AlertSettings) -> Bool {
        new.receivers.contains(sender.settings) && new.isDryRun == old.isDryRun
            && new.runbookBase == old.runbookBase && new.generatorURL == old.generatorURL
            && new.timing.endsAfter == old.timing.endsAfter
    }

    private func makeSender(_ receiver: ReceiverSettings, _ settings: AlertSettings) -> Sender {
        let key = receiver.key
        return Sender(
            settings: receiver,
            payload: Payload(
                format: receiver.format,
                runbookBase: settings.runbookBase,
                generatorURL: settings.generatorURL,
                endsAfter: settings.timing.endsAfter
            ),
            isDryRun: settings.isDryRun,
            backoff: backoff,
            logger: logger,
            report: { [weak self] events in self?.take(events, receiver: receiver.name, key: key) }
        )
    }
}
