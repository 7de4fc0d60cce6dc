import Glibc
import Logging
import Model
import Sockets

/// Whether a set of changes has reached the disk. Senders look at it before they send what depends on it.
final class CommitTicket: Sendable {
    private let monitor = Monitor(false)
    /// Until then a notice waits for the disk; later it goes out all the same.
    let deadline: MonotonicTime

    init(deadline: MonotonicTime) {
        self.deadline = deadline
    }

    var isDone: Bool { monitor.read { $0 } }
    func complete() { monitor.change { $0 = true } }
}

/// Keeps the state image on disk, on a thread of its own: no decision waits for it. What cannot be written stays in
/// memory and is written as a whole as soon as it can be.
final class AlertStore: Sendable {
    struct Request: Sendable {
        var changes: [StateChange]
        var ticket: CommitTicket?
        var submittedAt: MonotonicTime
    }

    /// The thread's mailbox and what it tells the others.
    struct Shared: Sendable {
        var requests: [Request] = []
        /// When the oldest change was handed over that is not on disk.
        var unwrittenSince: MonotonicTime?
        var failure: String?
        var loaded: StateImage?
        var hasStarted = false
        var isStopping = false
        var hasEnded = false
    }

    let shared = Monitor(Shared())
    let directory: String
    private let logger: Logger
    private let onCommit: @Sendable () -> Void
    /// After a failure the file is tried again this often.
    private let retryEvery: Duration

    /// - Parameter onCommit: called on the store's thread after tickets were completed.
    init(
        directory: String,
        logger: Logger,
        retryEvery: Duration = .seconds(1),
        onCommit: @escaping @Sendable () -> Void
    ) {
        self.directory = directory
        self.logger = logger
        self.retryEvery = retryEvery
        self.onCommit = onCommit
    }

    /// While the disk hangs, so many requests wait before they are folded into one.
    private static let requestLimit = 1000

    /// One request with the same effect as all of them. Tickets are long past their deadlines by then.
    static func compacted(_ requests: [Request]) -> [Request] {
        guard let first = requests.first else { return [] }
        var seenAlerts: Set<String> = []
        var seenQueued: Set<StateImage.OutboxKey> = []
        var kept: [StateChange] = []
        for change in requests.flatMap(\.changes).reversed() {
            switch change {
            case .alert(let change):
                if seenAlerts.insert(change.key).inserted { kept.append(.alert(change)) }
            case .queued(let key, _):
                if seenQueued.insert(key).inserted { kept.append(change) }
            case .settled(let key, _):
                if !seenQueued.contains(key), kept.last != change { kept.append(change) }
            case .receiverGone:
                if !kept.contains(change) { kept.append(change) }
            }
        }
        return [Request(changes: kept.reversed(), ticket: nil, submittedAt: first.submittedAt)]
    }

    func start() {
        let hasThread = (try? DedicatedThread(name: "np-alert-store") { self.run() }) != nil
        if !hasThread {
            shared.change {
                $0.failure = "no thread could be started for the alert state"
                $0.hasStarted = true
                $0.hasEnded = true
            }
        }
    }

    /// Hands changes over; never waits for the disk.
    func submit(_ changes: [StateChange], ticket: CommitTicket?, at now: MonotonicTime) {
        shared.change { shared in
            shared.requests.append(Request(changes: changes, ticket: ticket, submittedAt: now))
            if shared.requests.count > Self.requestLimit { shared.requests = Self.compacted(shared.requests) }
            if shared.unwrittenSince == nil { shared.unwrittenSince = now }
        }
    }

    /// What an earlier run left, once; nil until it has been read.
    func takeLoaded() -> StateImage? {
        shared.change { shared in
            defer { shared.loaded = nil }
            return shared.loaded
        }
    }

    /// Waits until the file was opened and read, or could not be.
    func waitUntilStarted(deadline: MonotonicTime) {
        _ = shared.wait(until: deadline) { $0.hasStarted ? true : nil }
    }

    /// Why the state is not on disk: what failed, or that it takes longer than `tolerance`; nil when all is well.
    func problem(at now: MonotonicTime, tolerance: Duration) -> String? {
        shared.read { shared in
            if let failure = shared.failure { return failure }
            guard let since = shared.unwrittenSince, now - since > tolerance else { return nil }
            return "a write to \(directory)/\(StateFile.name) has not ended within \(tolerance.text)"
        }
    }

    /// Asks the thread to write what is left and to end, and waits for it until `deadline`.
    func stop(deadline: MonotonicTime) {
        shared.change { $0.isStopping = true }
        _ = shared.wait(until: deadline) { $0.hasEnded ? true : nil }
    }

    // MARK: - On the store's thread

    private func run() {
        var session = StoreSession(directory: directory, logger: logger)
        publish(session.open(), session: session)
        var nextTry = SystemClock.monotonic() + retryEvery
        while true {
            let requests: [Request]? = shared.wait(until: session.isHealthy ? nil : nextTry) { shared in
                guard !shared.requests.isEmpty || shared.isStopping else { return nil }
                defer { shared.requests = [] }
                return shared.requests
            }
            let isStopping = shared.read { $0.isStopping }
            for request in requests ?? [] { session.take(request.changes) }
            let isDue = SystemClock.monotonic() >= nextTry
            if session.isHealthy || isDue || isStopping {
                let loaded = session.flush()
                nextTry = SystemClock.monotonic() + retryEvery
                publish(loaded, session: session)
            }
            if session.isHealthy { complete(requests ?? []) }
            if isStopping, shared.read({ $0.requests.isEmpty }) { break }
        }
        session.close()
        shared.change { $0.hasEnded = true }
    }

    private func publish(_ loaded: StateImage?, session: StoreSession) {
        shared.change { shared in
            shared.hasStarted = true
            shared.failure = session.failure
            if let loaded { shared.loaded = loaded }
            if session.isHealthy { shared.unwrittenSince = shared.requests.first?.submittedAt }
        }
    }

    private func complete(_ requests: [Request]) {
        for request in requests { request.ticket?.complete() }
        if requests.contains(where: { $0.ticket != nil }) { onCommit() }
    }
}
