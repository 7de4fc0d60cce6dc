public import Model

/// What the engine hands over at once. Outcomes of one stream are in the order of sending.
public struct ProbeBatch: Sendable {
    public var outcomes: [Outcome] = []
    public var anomalies: [ProbeAnomaly] = []
    /// A time in which the engine did not run although it had to, found since the last batch; what fell into it is
    /// `.invalid(.overload)`.
    public var gap: OverloadGap?

    public init() {}

    public var isEmpty: Bool { outcomes.isEmpty && anomalies.isEmpty && gap == nil }

    mutating func removeAll() {
        outcomes.removeAll(keepingCapacity: true)
        anomalies.removeAll(keepingCapacity: true)
        gap = nil
    }
}

/// From when the engine should have run until it did.
public struct OverloadGap: Hashable, Sendable {
    public var from: MonotonicTime
    public var until: MonotonicTime

    public init(from: MonotonicTime, until: MonotonicTime) {
        self.from = from
        self.until = until
    }
}
