internal import Model
internal import Synchronization
internal import Wire

/// One limit for the traces of a process. Those that run at the same time often share a first router or the target, which has to
/// answer them all.
public final class SharedLimiter: Sendable {
    private let limiter: Mutex<ResponderLimiter>

    /// - Parameter limit: probes that one responder may have to answer within any second.
    public init(limit: Int = TracePlan().responderLimit) {
        limiter = Mutex(ResponderLimiter(limit: limit))
    }

    /// Nobody else finds a free place, or takes one, meanwhile.
    func use<Result>(_ body: (inout ResponderLimiter) -> sending Result) -> sending Result {
        limiter.withLock { body(&$0) }
    }

    /// Takes the places of packets that leave now.
    /// - Returns: nil where they may leave; else nothing is taken, and this is when to ask again.
    func reserve(for responder: IPAddress, packets: Int = 1, at now: MonotonicTime) -> MonotonicTime? {
        limiter.withLock { limiter in
            limiter.forget(at: now)
            if let until = limiter.wait(for: responder, packets: packets, at: now) { return until }
            limiter.record(responder, packets: packets, at: now)
            return nil
        }
    }
}
