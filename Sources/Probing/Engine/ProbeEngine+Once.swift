public import Model
public import Sockets
internal import Synchronization

extension ProbeEngine {
    /// The first outcome, handed from the engine's thread to the one that waits.
    private final class FirstOutcome: Sendable {
        private let outcome = Mutex<Outcome?>(nil)
        let done: EventFD

        init() throws(SystemError) {
            done = try EventFD()
        }

        func take(_ batch: ProbeBatch) {
            guard let first = batch.outcomes.first else { return }
            outcome.withLock { $0 = $0 ?? first }
            done.signal()
        }

        var value: Outcome? { outcome.withLock { $0 } }
    }

    /// Sends one probe by an engine of its own and waits for what becomes of it. Blocks the calling thread for the
    /// task's time-out and a second at most, so it is not for a thread of the concurrency pool.
    /// - Parameter task: its interval and phase do not matter.
    /// - Returns: the outcome; `invalid(.overload)` when the engine did not run in that time.
    /// - Throws: when the engine cannot start.
    public static func probeOnce(
        _ task: ProbeTask,
        options: EngineOptions = EngineOptions()
    ) throws(SystemError) -> Outcome {
        let first = try FirstOutcome()
        let epoll = try Epoll(capacity: 1)
        try epoll.add(first.done.number, .readable, token: 0)
        let engine = try ProbeEngine(options: options) { first.take($0) }
        defer { engine.stop() }
        var single = task
        single.interval = .seconds(86_400)
        single.phase = .zero
        let started = SystemClock.monotonic()
        let end = started + task.timeout + .seconds(1)
        engine.reconcile([single])
        while first.value == nil, SystemClock.monotonic() < end {
            _ = try epoll.wait(end - SystemClock.monotonic())
        }
        return first.value
            ?? Outcome(
                probe: task.id,
                sequence: 0,
                sentAt: started,
                settledAt: SystemClock.monotonic(),
                result: .invalid(.overload)
            )
    }
}
