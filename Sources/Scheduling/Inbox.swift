import Model
public import Sockets
import Synchronization

/// Messages from any thread to one thread that decides; waiting ends with the first message or at a deadline.
public final class Inbox<Message: Sendable>: Sendable {
    private struct State: Sendable {
        var messages: [Message] = []
        var isSignalled = false
    }

    private let state = Mutex(State())
    private let bell: EventFD

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
        state.withLock { state in
            if state.isSignalled {
                bell.clear()
                state.isSignalled = false
            }
            defer { state.messages = [] }
            return state.messages
        }
    }

    /// The waiting side of the inbox; made and used by the thread that takes.
    public func waiter() throws(SystemError) -> InboxWaiter {
        let epoll = try Epoll(capacity: 1)
        try epoll.add(bell.number, .readable, token: 0)
        return InboxWaiter(epoll: epoll)
    }
}

/// Waits for an inbox; belongs to one thread.
public final class InboxWaiter {
    private let epoll: Epoll

    init(epoll: Epoll) {
        self.epoll = epoll
    }

    /// Returns when there is a message or the time is over.
    public func wait(_ timeout: Duration) {
        _ = try? epoll.wait(timeout)
    }
}
