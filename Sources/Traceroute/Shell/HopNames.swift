internal import Model
internal import Sockets
internal import Synchronization
internal import Wire

/// Names of hops, looked up while the trace runs: each address on a thread of its own, each with a deadline.
///
/// A name server that is silent holds a thread longer than the trace waits for it. So the traces of a process share the threads:
/// those that come meanwhile go without names.
final class HopNames {
    /// How many look-ups run.
    final class Threads: Sendable {
        private let running = Mutex(0)
        private let limit: Int

        static let shared = Threads(limit: HopNames.limit)

        init(limit: Int) { self.limit = limit }

        /// - Returns: false where all are taken.
        func take() -> Bool {
            running.withLock { running in
                guard running < limit else { return false }
                running += 1
                return true
            }
        }

        func giveBack() { running.withLock { $0 -= 1 } }
    }

    private final class Found: Sendable {
        let names = Mutex<[IPAddress: String]>([:])
        let pending = Atomic(0)
        let done: EventFD

        init() throws(SystemError) {
            done = try EventFD()
        }
    }

    static let deadline: Duration = .milliseconds(500)
    /// Addresses of a trace at most, and threads of a process; what is beyond stays without name.
    static let limit = 64

    private let found: Found
    private var asked: Set<IPAddress> = []
    private var lastAsked: MonotonicTime?
    private let threads: Threads
    private let lookUp: @Sendable (IPAddress) -> String?

    init(
        threads: Threads = .shared,
        lookUp: @escaping @Sendable (IPAddress) -> String? = NameService.name
    ) throws(SystemError) {
        found = try Found()
        self.threads = threads
        self.lookUp = lookUp
    }

    /// Starts the look-up of an address that was not asked for yet.
    func ask(_ address: IPAddress, at now: MonotonicTime) {
        guard asked.count < Self.limit, asked.insert(address).inserted, threads.take() else { return }
        let (found, threads, lookUp) = (found, threads, lookUp)
        found.pending.add(1, ordering: .acquiringAndReleasing)
        do throws(SystemError) {
            _ = try DedicatedThread(name: "name") {
                if let name = lookUp(address) { found.names.withLock { $0[address] = name } }
                threads.giveBack()
                if found.pending.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { found.done.signal() }
            }
            lastAsked = now
        } catch {
            // Without a thread the hop stays without name.
            found.pending.subtract(1, ordering: .acquiringAndReleasing)
            threads.giveBack()
        }
    }

    /// What is there so far.
    var known: [IPAddress: String] { found.names.withLock { $0 } }

    /// Waits for what is still asked, at most until the deadline of the last question.
    func finish(cancellation: TraceCancellation?) -> [IPAddress: String] {
        if let lastAsked, let epoll = try? Epoll(capacity: 2) {
            try? epoll.add(found.done.number, .readable, token: 0)
            if let cancellation { try? epoll.add(cancellation.event.number, .readable, token: 1) }
            let end = lastAsked + Self.deadline
            while found.pending.load(ordering: .acquiring) > 0, cancellation?.isCancelled != true {
                let rest = end - SystemClock.monotonic()
                guard rest > .zero, (try? epoll.wait(rest)) != nil else { break }
                found.done.clear()
            }
        }
        return found.names.withLock { $0 }
    }
}
