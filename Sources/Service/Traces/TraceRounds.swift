import Links
import Logging
import Model
import Sockets
import Synchronization
import Traceroute
import Wire

/// What one of the regular traces found.
struct TraceFinding: Sendable, Equatable {
    var link: String
    /// Empty for a workload.
    var path: String
    var target: Target
    /// Nil while the target does not answer.
    var hops: Int?
    var hash: String
    /// Nil where it was not searched this time or is not known.
    var mtu: Int?
    /// The same, where it is proven to be the path's own.
    var ownMTU: Int?
    /// Another way than the time before.
    var isChange: Bool
}

/// The traces that the configuration asks for (`trace: 30s`), one after the other on a thread of their own.
final class TraceRounds: Sendable {
    private let board: MetricsBoard
    private let views: Views
    private let logger: Logger
    private let thread = Mutex<DedicatedThread?>(nil)
    private let running = Mutex<(cancellation: TraceCancellation?, isStopped: Bool)>((nil, false))
    private let bell: Inbox<Void>
    private let found: @Sendable (TraceFinding) -> Void

    /// Rounds of one trace.
    static let rounds = 3
    /// The path MTU is searched in one trace of so many, and in the next where something speaks for another one.
    static let searchEvery = 10
    static let deadline: Duration = .seconds(10)
    /// A new configuration, and traffic that has moved, are seen at the latest after this time.
    static let pause: Duration = .milliseconds(250)

    init(
        board: MetricsBoard,
        views: Views,
        logger: Logger,
        found: @escaping @Sendable (TraceFinding) -> Void
    ) throws {
        self.found = found
        self.board = board
        self.views = views
        self.logger = logger
        bell = try Inbox()
    }

    func start() throws(SystemError) {
        let thread = try DedicatedThread(name: "np-trace") { [self] in loop() }
        self.thread.withLock { $0 = thread }
    }

    func stop() {
        running.withLock { running in
            running.isStopped = true
            running.cancellation?.cancel()
        }
        bell.post(())
        thread.withLock { $0 }?.join()
    }

    private func loop() {
        var book = TraceBook()
        while !running.withLock({ $0.isStopped }) {
            let now = SystemClock.monotonic()
            let view = views.current
            for link in view.snapshot?.links ?? [] {
                book.note(link: link.name, active: link.activePaths, view.settings.topology, at: now)
            }
            guard let task = book.next(view.settings.topology, at: now) else {
                _ = bell.take()
                bell.wait(Self.pause)
                continue
            }
            guard let report = trace(task, view.settings.topology) else { continue }
            let former = book.hash(of: task)
            let (finding, sentence) = book.settle(task, report)
            board.record(finding, replacing: former)
            found(finding)
            guard let sentence else { continue }
            logger.info("\(sentence)")
            views.append([
                JournalEntry(
                    at: SystemClock.wall(),
                    link: task.link,
                    path: task.path.map { PathID(rawValue: $0) },
                    text: sentence
                )
            ])
        }
    }

    private func trace(_ task: TraceBook.Task, _ topology: Topology) -> TraceReport? {
        guard let cancellation = try? TraceCancellation() else { return nil }
        let isStopped = running.withLock { running in
            running.cancellation = cancellation
            return running.isStopped
        }
        guard !isStopped else { return nil }
        let end = try? DedicatedThread(name: "np-trace-end") { cancellation.cancel(after: Self.deadline) }
        defer {
            cancellation.cancel()
            end?.join()
        }
        do throws(TraceError) {
            let report = try Traceroute.trace(task.request(topology), cancellation: cancellation)
            return report.isCancelled ? nil : report
        } catch {
            logger.warning("trace to \(task.target): \(error)")
            return nil
        }
    }
}
