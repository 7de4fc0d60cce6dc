internal import Synchronization

/// Ends a capture before its time; what it has found is reported all the same.
public final class CaptureCancellation: Sendable {
    private let flag = Atomic(false)

    public init() {}

    /// Any thread may call it, and a signal handler too. It is seen within a tenth of a second.
    public func cancel() { flag.store(true, ordering: .releasing) }

    public var isCancelled: Bool { flag.load(ordering: .acquiring) }
}
