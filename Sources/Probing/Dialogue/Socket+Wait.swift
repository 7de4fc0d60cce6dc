internal import Glibc
internal import Model
internal import Sockets

extension Socket {
    /// Waits until the socket is ready or the time is over.
    /// - Parameter events: of poll(2).
    /// - Returns: the events that came; 0 when the time is over.
    func wait(for events: Int32, until end: MonotonicTime) -> Int32 {
        while true {
            let left = (end - SystemClock.monotonic()).nanoseconds
            guard left > 0 else { return 0 }
            var watched = pollfd(fd: number, events: Int16(truncatingIfNeeded: events), revents: 0)
            let count = poll(&watched, 1, Int32(clamping: (left + 999_999) / 1_000_000))
            if count > 0 { return Int32(watched.revents) }
            if count < 0, errno != EINTR { return events }
        }
    }
}
