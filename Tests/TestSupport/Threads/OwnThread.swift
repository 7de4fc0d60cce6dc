import Glibc
import Synchronization

/// A thread that runs a task's jobs, so that what blocks there holds up nobody else.
///
/// The pool of Swift concurrency has as many threads as the machine has cores; a test that waits for a child process
/// on one of them stops other tests.
public final class OwnThread: TaskExecutor {
    private struct Work {
        var jobs: [UnownedJob] = []
        var isEnding = false
    }

    private let work = Mutex(Work())
    private let wake = Semaphore()

    public init() {}

    /// Starts the thread; it keeps itself alive until `end()`.
    public func start() {
        Thread.detach { self.run() }
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        work.withLock { $0.jobs.append(job) }
        wake.signal()
    }

    /// What is queued still runs; then the thread ends.
    public func end() {
        work.withLock { $0.isEnding = true }
        wake.signal()
    }

    private func run() {
        while true {
            wake.wait()
            let (jobs, isEnding) = work.withLock { work in
                defer { work.jobs = [] }
                return (work.jobs, work.isEnding)
            }
            for job in jobs {
                job.runSynchronously(on: asUnownedTaskExecutor())
            }
            if isEnding { return }
        }
    }
}

/// Runs `body` on a thread of its own; the task's values (the current test) go with it.
public func runOnOwnThread<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
    let thread = OwnThread()
    thread.start()
    defer { thread.end() }
    return try await withTaskExecutorPreference(thread) { try await body() }
}
