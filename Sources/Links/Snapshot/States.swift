public import Model

/// State of a path of a link (contract §2).
public enum PathState: String, CaseIterable, Sendable {
    case up, degraded, drained, down, unknown

    /// Degraded and drained count as up.
    public var isUp: Bool { self == .up || self == .degraded || self == .drained }
}

/// State of a link (contract §2).
public enum LinkState: String, CaseIterable, Sendable {
    case protected
    case atRisk = "at_risk"
    case failedOver = "failed_over"
    case down, unknown
}

/// State of a workload or of one of its flows.
public enum FlowState: String, CaseIterable, Sendable {
    case up, down
    /// No result yet, or never an answer since the start.
    case unknown
}

/// Whether probes of a path really go (forward) or come back (return) over it.
public enum PinState: String, CaseIterable, Sendable {
    case verified, unverified, wrong
}

/// One observation that supports a verdict, as a sentence.
public struct Evidence: Hashable, Sendable {
    public var at: MonotonicTime
    public var text: String

    public init(at: MonotonicTime, _ text: String) {
        self.at = at
        self.text = text
    }
}
