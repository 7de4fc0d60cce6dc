import Glibc
import Synchronization

/// Threads of the system, for what blocks or changes its namespace.
public enum Thread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that nobody waits for.
    public static func detach(_ body: @escaping @Sendable () -> Void) {
        pthread_detach(start(body))
    }

    /// Runs `body` on a new thread and waits for it.
    public static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
        let outcome = Outcome<Result>()
        let thread = start { outcome.value.withLock { $0 = Swift.Result { try body() } } }
        pthread_join(thread, nil)
        guard let result = outcome.value.withLock({ $0 }) else { throw Ended() }
        return try result.get()
    }

    public static func sleep(_ duration: Duration) {
        usleep(UInt32(max(0, duration / .microseconds(1))))
    }

    private struct Ended: Error {}

    private final class Outcome<Value: Sendable>: Sendable {
        let value = Mutex<Swift.Result<Value, any Error>?>(nil)
    }

    private static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Body(body)).toOpaque()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            argument
        )
        precondition(status == 0, "pthread_create: \(String(cString: strerror(status)))")
        return thread
    }
}

/// A counting semaphore.
final class Semaphore: @unchecked Sendable {
    // POSIX makes sem_wait and sem_post safe from any thread; the pointer never changes.
    private let pointer: UnsafeMutablePointer<sem_t>

    init() {
        pointer = .allocate(capacity: 1)
        sem_init(pointer, 0, 0)
    }

    deinit {
        sem_destroy(pointer)
        pointer.deallocate()
    }

    func signal() { sem_post(pointer) }

    func wait() {
        while sem_wait(pointer) != 0 {}
    }
}
