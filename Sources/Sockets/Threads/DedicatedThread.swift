internal import CLinux
internal import Glibc
internal import Synchronization

/// A thread of its own for work that must not wait behind anything: packets and timers.
public final class DedicatedThread: Sendable {
    public struct Options: Hashable, Sendable {
        /// Real-time priority (SCHED_FIFO, 1 to 99) where the process may have it; nil for the usual scheduling.
        public var realTimePriority: Int32?
        /// How late the kernel may let timers be, in nanoseconds (default of Linux: 50,000).
        public var timerSlack: UInt

        public init(realTimePriority: Int32? = nil, timerSlack: UInt = 1) {
            self.realTimePriority = realTimePriority
            self.timerSlack = timerSlack
        }
    }

    private final class Start: Sendable {
        let name: String
        let options: Options
        let body: @Sendable () -> Void

        init(name: String, options: Options, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.options = options
            self.body = body
        }
    }

    // The handle is written before `init` returns and read by `join` only; pthread_t is a number on Linux.
    private let handle: pthread_t
    private let joined = Atomic(false)

    /// Starts the thread.
    /// - Parameter name: as tools show it; 15 bytes at most, the rest is cut.
    public init(
        name: String,
        options: Options = Options(),
        body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let start = unsafe Unmanaged.passRetained(Start(name: name, options: options, body: body))
        var handle = pthread_t()
        let code = unsafe pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                DedicatedThread.prepare(start)
                start.body()
                return nil
            },
            start.toOpaque()
        )
        guard code == 0 else {
            unsafe start.release()
            throw SystemError(code: code, operation: "pthread_create \(name)")
        }
        self.handle = handle
    }

    /// Waits until the body has returned; must not be called by the thread itself.
    public func join() {
        guard !joined.exchange(true, ordering: .acquiringAndReleasing) else { return }
        _ = pthread_join(handle, nil)
    }

    deinit {
        if !joined.load(ordering: .acquiring) { pthread_detach(handle) }
    }

    private static func prepare(_ start: Start) {
        let name = String(decoding: start.name.utf8.prefix(15), as: UTF8.self)
        _ = unsafe netprobe_set_thread_name(name)
        _ = netprobe_prctl(PR_SET_TIMERSLACK, start.options.timerSlack, 0, 0, 0)
        guard let priority = start.options.realTimePriority else { return }
        var parameter = sched_param(sched_priority: priority)
        _ = unsafe pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameter)
    }
}
