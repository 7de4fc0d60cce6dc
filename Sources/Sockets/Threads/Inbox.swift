internal import CLinux
internal import Glibc
internal import Model
internal import Synchronization

/// Messages from any thread to one thread, which waits for them here or watches `bell` in its own epoll set.
public final class Inbox<Message: Sendable>: Sendable {
    private struct State: Sendable {
        var messages: [Message] = []
        var isSignalled = false
    }

    private let state = Mutex(State())
    /// Readable while there are messages; once in a while also without one.
    public let bell: EventFD

    public init() throws(SystemError) {
        bell = try EventFD()
    }

    /// Never blocks for longer than it takes to append.
    public func post(_ message: Message) {
        let mustRing = state.withLock { state in
            state.messages.append(message)
            defer { state.isSignalled = true }
            return !state.isSignalled
        }
        if mustRing { bell.signal() }
    }

    /// Everything that came since the last call, in its order.
    public func take() -> [Message] {
        // Before the look at the messages: a ring that comes later belongs to one that is still to be taken, or wakes
        // once for nothing.
        bell.clear()
        return state.withLock { state in
            state.isSignalled = false
            defer { state.messages = [] }
            return state.messages
        }
    }

    /// Returns when there may be a message or the time is over.
    /// - Parameter timeout: rounded up to milliseconds; nil waits for ever, zero or less only looks.
    public func wait(_ timeout: Duration?) {
        var watched = pollfd(fd: bell.number, events: Int16(POLLIN), revents: 0)
        let milliseconds = timeout.map { max(0, $0.nanoseconds - 1) / 1_000_000 + ($0 > .zero ? 1 : 0) }
        _ = unsafe poll(&watched, 1, milliseconds.map { Int32(clamping: $0) } ?? -1)
    }
}
