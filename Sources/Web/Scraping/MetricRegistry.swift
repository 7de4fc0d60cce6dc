public import Metering
internal import Synchronization

/// The store between its writer and those who read it: the writer takes the lock once a batch, a reader only for as long
/// as a copy of a few references takes. What the writer changes meanwhile it changes in a copy.
public final class MetricRegistry: Sendable {
    private let store: Mutex<MetricStore>

    public init(families: [MetricDefinition] = []) {
        store = Mutex(MetricStore(families: families))
    }

    /// Any number of updates at once.
    public func update<Result: Sendable, Failure>(
        _ body: (inout MetricStore) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try store.withLock { (store) throws(Failure) in try body(&store) }
    }

    /// All values at one moment.
    public func snapshot() -> MetricStore {
        store.withLock { $0 }
    }
}
