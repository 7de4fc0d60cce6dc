import Links
import Logging
import Model
import Sockets
import Synchronization
import Traceroute
import Wire

/// The traces that the configuration asks for (`trace: 30s`): a thread decides what runs, and each trace has one of its own.
final class TraceRounds: Sendable {
    private enum Event: Sendable {
        /// An incident wants its traces now.
        case incident
        case over(Int, Outcome)
        case stop
    }

    private enum Outcome: Sendable {
        case made(TraceReport)
        /// Not to its end: it was told to.
        case cut
        case failed(String)
    }

    private let board: MetricsBoard
    private let views: Views
    private let logger: Logger
    private let limits: SharedLimiter
    private let thread = Mutex<DedicatedThread?>(nil)
    private let events: Inbox<Event>
    private let found: @Sendable (TraceFinding) -> Void

    /// Rounds of one trace.
    static let rounds = 3
    /// Rounds of one at a moment of an incident.
    static let burstRounds = 5
    /// Each with a loss of its own among the metrics; together they stay below twenty packets a second to the target.
    static let flows = 4
    /// Traces that run together: more would only wait for each other at the first router, which all of them ask.
    static let atOnce = 4
    /// Traces of incidents that run together.
    static let burstsAtOnce = 8
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
    /// Incidents delay the others for no longer than that.
    private static let calm: Duration = .seconds(60)
    /// After a trace that could not begin.
    private static let relief: Duration = .seconds(2)
    /// What does not end when it is told to.
    private static let farewell: Duration = .seconds(3)

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
        events = try Inbox()
    }

    func start() throws(SystemError) {
        let thread = try DedicatedThread(name: "np-trace") { [self] in loop() }
        self.thread.withLock { $0 = thread }
        views.onIncident { [self] in events.post(.incident) }
    }

    func stop() {
        views.onIncident(nil)
        events.post(.stop)
        thread.withLock { $0 }?.join()
    }

    private func loop() {
        var book = TraceBook()
        var running = RunningTraces()
        var lateAt: MonotonicTime?
        var calmSince = SystemClock.monotonic()
        var end: MonotonicTime?
        while true {
            for event in events.take() {
                switch event {
                case .incident: running.giveUp()
                case .over(let number, let outcome):
                    if let trace = running.end(number) { settle(trace, outcome, &book) }
                case .stop:
                    running.stop()
                    end = SystemClock.monotonic() + Self.farewell
                }
            }
            let now = SystemClock.monotonic()
            if let end {
                guard !running.isEmpty, now < end else { return }
            } else {
                let topology = look(&book, at: now)
                begin(&running, &book, topology, at: now)
                running.expire(at: now)
                if running.bursts > 0 { calmSince = now }
                if now - calmSince > Self.calm { tellLateness(book, topology, &lateAt, at: now) }
            }
            events.wait(Self.pause)
        }
    }

    /// Where the traffic goes, and what incidents ask for.
    private func look(_ book: inout TraceBook, at now: MonotonicTime) -> Topology {
        let view = views.current
        let topology = view.settings.topology
        for link in view.snapshot?.links ?? [] {
            book.note(link: link.name, active: link.activePaths, topology, at: now)
        }
        for call in view.incidents.calls {
            views.attach(book.obey(call, topology, at: now), to: call.incident)
        }
        return topology
    }

    private func begin(
        _ running: inout RunningTraces,
        _ book: inout TraceBook,
        _ topology: Topology,
        at now: MonotonicTime
    ) {
        while running.bursts < Self.burstsAtOnce,
            let task = book.next(
                topology,
                at: now,
                isCalled: true,
                besides: running.fullHosts,
                running: running.keys
            )
        {
            begin(task, &running, &book, topology, at: now)
        }
        // Others would take from what the routers may be asked.
        guard running.bursts == 0, !book.isCalled else { return }
        while running.count < Self.atOnce, let task = book.next(topology, at: now, besides: running.hosts) {
            begin(task, &running, &book, topology, at: now)
        }
    }

    private func begin(
        _ task: TraceBook.Task,
        _ running: inout RunningTraces,
        _ book: inout TraceBook,
        _ topology: Topology,
        at now: MonotonicTime
    ) {
        do throws(SystemError) {
            let cancellation = try TraceCancellation()
            let number = running.begin(task, cancellation, at: now)
            do throws(SystemError) {
                _ = try DedicatedThread(name: "np-trace-\(number % 100)") { [self] in
                    events.post(.over(number, trace(task, topology, cancellation)))
                }
            } catch {
                _ = running.end(number)
                throw error
            }
        } catch {
            // This host is short of something: the next attempt is not at once.
            book.postpone(task, at: now + Self.relief)
            logger.warning("trace to \(task.target): \(error)")
        }
    }

    /// Says once that targets are traced less often than they should be, and once that they no longer are.
    /// - Parameter lateAt: when some were late last; nil while they are not.
    private func tellLateness(
        _ book: TraceBook,
        _ topology: Topology,
        _ lateAt: inout MonotonicTime?,
        at now: MonotonicTime
    ) {
        let (late, all) = book.lateness(topology, at: now)
        if late > 0 {
            if lateAt == nil {
                logger.warning(
                    "\(late) of \(all) traces come late by more than their period: give `trace` a longer one, or fewer targets"
                )
            }
            lateAt = now
        } else if let last = lateAt, now - last > Self.calm {
            lateAt = nil
            logger.info("traces are in time again")
        }
    }

    private func settle(_ trace: RunningTraces.Trace, _ outcome: Outcome, _ book: inout TraceBook) {
        let task = trace.task
        let hindrance: String?
        switch outcome {
        case .made(let report):
            if let sentence = book.tell(nil, of: task) { logger.info("\(sentence)") }
            return settle(task, report, &book)
        // By an incident, and not by its deadline.
        case .cut where trace.isGivenUp:
            return book.postpone(task, at: SystemClock.monotonic())
        case .cut:
            hindrance =
                trace.isExpired ? "not over after \(RunningTraces.deadline(of: task).text); it says nothing" : nil
        case .failed(let message): hindrance = message
        }
        if let hindrance, let sentence = book.tell(hindrance, of: task) { logger.warning("\(sentence)") }
        board.record(book.miss(task))
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

    /// On the caller's thread.
    private func trace(
        _ task: TraceBook.Task,
        _ topology: Topology,
        _ cancellation: TraceCancellation
    ) -> Outcome {
        do throws(TraceError) {
            let report = try Traceroute.trace(task.request(topology), cancellation: cancellation, limits: limits)
            // What an answer was still to come for is neither lost nor gone another way.
            return report.areRoundsCut ? .cut : .made(report)
        } catch {
            return cancellation.isCancelled ? .cut : .failed("\(error)")
        }
    }
}
