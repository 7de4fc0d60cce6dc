import Links
import Logging
import Model
import Sockets
import Synchronization
import Traceroute
import Wire

/// The traces that the configuration asks for (`trace: 30s`), one after the other on a thread of their own.
final class TraceRounds: Sendable {
    private let board: MetricsBoard
    private let views: Views
    private let logger: Logger
    private let limits: SharedLimiter
    private let thread = Mutex<DedicatedThread?>(nil)

    struct Running: Sendable {
        private var cancellations: [TraceCancellation] = []
        /// Traces of an incident are not given up for others.
        private var isBurst = false
        private(set) var isGivenUp = false
        private var isStopped = false

        /// What did not come to its end was cut short by an incident or the end, and not by its deadline.
        var isInterrupted: Bool { isGivenUp || isStopped }

        /// Before it is looked what there is to do: an incident that comes from now on may not be seen there.
        /// - Returns: false at the end.
        mutating func look() -> Bool {
            isGivenUp = false
            return !isStopped
        }

        /// - Returns: false where the traces are not to run: an incident has come since they were chosen, or the end.
        mutating func begin(_ cancellations: [TraceCancellation], isBurst: Bool) -> Bool {
            self.cancellations = cancellations
            self.isBurst = isBurst
            if isBurst { isGivenUp = false }
            return !isStopped && !isGivenUp
        }

        mutating func end() {
            cancellations = []
            isBurst = false
        }

        /// Gives up what runs or is about to; after traces of an incident it is looked for others anyway.
        mutating func hurry() {
            guard !isBurst else { return }
            isGivenUp = true
            for cancellation in cancellations { cancellation.cancel() }
        }

        mutating func stop() {
            isStopped = true
            for cancellation in cancellations { cancellation.cancel() }
        }
    }

    private let running = Mutex(Running())
    private let bell: Inbox<Void>
    private let found: @Sendable (TraceFinding) -> Void

    /// Rounds of one trace.
    static let rounds = 3
    /// Rounds of one at a moment of an incident.
    static let burstRounds = 5
    /// Each with a loss of its own among the metrics; together they stay below twenty packets a second to the target.
    static let flows = 4
    /// Traces of incidents that run together.
    static let atOnce = 8
    /// Of these so many to one host, for they share what it may be asked in a second: more would make each take longer, and be
    /// no sooner over together.
    static let atOnceToHost = 3
    /// The path MTU is searched in one trace of so many, and in the next where something speaks for another one.
    static let searchEvery = 10
    static let deadline: Duration = .seconds(10)
    /// Of those that run together: a router that all of them ask twenty times each answers for eight seconds.
    static let burstDeadline: Duration = .seconds(20)
    /// A new configuration, and traffic that has moved, are seen at the latest after this time.
    static let pause: Duration = .milliseconds(250)

    init(
        board: MetricsBoard,
        views: Views,
        logger: Logger,
        limits: SharedLimiter,
        found: @escaping @Sendable (TraceFinding) -> Void
    ) throws {
        self.found = found
        self.board = board
        self.views = views
        self.logger = logger
        self.limits = limits
        bell = try Inbox()
    }

    func start() throws(SystemError) {
        let thread = try DedicatedThread(name: "np-trace") { [self] in loop() }
        self.thread.withLock { $0 = thread }
        views.onIncident { [self] in hurry() }
    }

    /// An incident wants its traces now: what runs is given up.
    private func hurry() {
        running.withLock { $0.hurry() }
        bell.post(())
    }

    func stop() {
        views.onIncident(nil)
        running.withLock { $0.stop() }
        bell.post(())
        thread.withLock { $0 }?.join()
    }

    private func loop() {
        var book = TraceBook()
        while isWanted() {
            let now = SystemClock.monotonic()
            let view = views.current
            let topology = view.settings.topology
            for link in view.snapshot?.links ?? [] {
                book.note(link: link.name, active: link.activePaths, topology, at: now)
            }
            for call in view.incidents.calls {
                views.attach(book.obey(call, topology, at: now), to: call.incident)
            }
            let tasks = book.batch(topology, at: now, limit: Self.atOnce)
            if tasks.isEmpty {
                bell.wait(Self.pause)
                continue
            }
            let reports = trace(tasks, topology)
            let isInterrupted = running.withLock { $0.isInterrupted }
            for (task, report) in zip(tasks, reports) {
                if let report {
                    settle(task, report, &book)
                } else if isInterrupted {
                    book.postpone(task, at: SystemClock.monotonic())
                } else {
                    board.record(book.miss(task))
                }
            }
        }
    }

    /// A ring that comes after this ends the next pause at once: what it rang for may not be in the view of this turn.
    private func isWanted() -> Bool {
        _ = bell.take()
        return running.withLock { $0.look() }
    }

    private func settle(_ task: TraceBook.Task, _ report: TraceReport, _ book: inout TraceBook) {
        if let call = task.call {
            let trace = IncidentTrace(report, call.moment, of: task.target, pin: task.path)
            views.attach([trace], to: call.incident)
        }
        let (finding, sentence) = book.settle(task, report)
        board.record(finding)
        found(finding)
        guard let sentence else { return }
        logger.info("\(sentence)")
        views.append([
            JournalEntry(
                at: SystemClock.wall(),
                link: task.link.isEmpty ? nil : task.link,
                path: task.path.map { PathID(rawValue: $0) },
                text: sentence
            )
        ])
    }

    /// Several at once have a thread each.
    /// - Returns: in the order of the tasks; nil for what could not be traced, or not to its end.
    private func trace(_ tasks: [TraceBook.Task], _ topology: Topology) -> [TraceReport?] {
        let cancellations = tasks.map { _ in try? TraceCancellation() }
        let isBurst = tasks.contains { $0.call != nil }
        let mayRun = running.withLock { $0.begin(cancellations.compactMap { $0 }, isBurst: isBurst) }
        defer { running.withLock { $0.end() } }
        guard mayRun else { return tasks.map { _ in nil } }
        let reports = Mutex<[Int: TraceReport]>([:])
        let threads = zip(tasks, cancellations).enumerated().dropFirst().map { index, pair in
            try? DedicatedThread(name: "np-burst") { [self] in
                let report = trace(pair.0, topology, pair.1)
                reports.withLock { $0[index] = report }
            }
        }
        let first = trace(tasks[0], topology, cancellations[0])
        for thread in threads { thread?.join() }
        return reports.withLock { found in tasks.indices.map { $0 == 0 ? first : found[$0] } }
    }

    private func trace(
        _ task: TraceBook.Task,
        _ topology: Topology,
        _ cancellation: TraceCancellation?
    ) -> TraceReport? {
        guard let cancellation else { return nil }
        let deadline = task.call == nil ? Self.deadline : Self.burstDeadline
        let end = try? DedicatedThread(name: "np-trace-end") { cancellation.cancel(after: deadline) }
        defer {
            cancellation.cancel()
            end?.join()
        }
        do throws(TraceError) {
            let report = try Traceroute.trace(task.request(topology), cancellation: cancellation, limits: limits)
            guard report.areRoundsCut else { return report }
            // What an answer was still to come for is neither lost nor gone another way.
            if !running.withLock({ $0.isInterrupted }) {
                logger.warning("trace to \(task.target): not over after \(deadline.text); it says nothing")
            }
            return nil
        } catch {
            logger.warning("trace to \(task.target): \(error)")
            return nil
        }
    }
}
