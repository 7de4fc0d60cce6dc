public import Model

/// What the engine hands over at once. Outcomes of one stream are in the order of sending.
public struct ProbeBatch: Sendable {
    public var outcomes: [Outcome] = []
    public var anomalies: [ProbeAnomaly] = []
    /// Losses whose way became known; those of a stream add up.
    public var directionalLosses: [DirectionalLoss] = []
    /// A time in which the engine did not run although it had to, found since the last batch; what fell into it is
    /// `.invalid(.overload)`.
    public var gap: OverloadGap?

    public init() {}

    public var isEmpty: Bool { outcomes.isEmpty && anomalies.isEmpty && directionalLosses.isEmpty && gap == nil }

    mutating func removeAll() {
        outcomes.removeAll(keepingCapacity: true)
        anomalies.removeAll(keepingCapacity: true)
        directionalLosses.removeAll(keepingCapacity: true)
        gap = nil
    }
}

/// Packets of a STAMP stream that were lost, by the way on which that happened. They became known only now: when later
/// answers had come and told how far the reflector had counted. What cannot be told is in neither number.
public struct DirectionalLoss: Hashable, Sendable {
    public var probe: ProbeID
    /// Questions that did not reach the reflector.
    public var forward: Int
    /// Answers that it sent and that did not come.
    public var backward: Int

    public init(probe: ProbeID, forward: Int, backward: Int) {
        self.probe = probe
        self.forward = forward
        self.backward = backward
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
