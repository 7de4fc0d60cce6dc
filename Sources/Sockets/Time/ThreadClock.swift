internal import CLinux
internal import Glibc
internal import Model

/// The time that one thread has run, user and system, as any other thread may read it.
public struct ThreadClock: Sendable {
    private let clock: clockid_t

    /// Of the calling thread; nil where the system has none.
    public init?() {
        var clock = clockid_t()
        guard unsafe pthread_getcpuclockid(pthread_self(), &clock) == 0 else { return nil }
        self.clock = clock
    }

    /// - Returns: nil when the thread has ended.
    public func read() -> Duration? {
        var time = timespec()
        guard unsafe clock_gettime(clock, &time) == 0 else { return nil }
        return .nanoseconds(time.nanoseconds)
    }
}
