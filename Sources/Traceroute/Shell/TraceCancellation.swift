internal import Model
public import Sockets
internal import Synchronization

/// Ends a trace before its time; what it has found is reported all the same.
public final class TraceCancellation: Sendable {
    private let flag = Atomic(false)
    let event: EventFD

    public init() throws(SystemError) {
        event = try EventFD()
    }

    /// Any thread may call it, and a signal handler too: it stores a flag and writes eight bytes.
    public func cancel() {
        flag.store(true, ordering: .releasing)
        event.signal()
    }

    /// Blocks until it is cancelled, or cancels after this time.
    public func cancel(after limit: Duration) {
        if let epoll = try? Epoll(capacity: 1), (try? epoll.add(event.number, .readable, token: 0)) != nil {
            try? epoll.wait(until: SystemClock.monotonic() + limit) { isCancelled }
        }
        cancel()
    }

    public var isCancelled: Bool { flag.load(ordering: .acquiring) }
}
