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

/// Where a fault lies, from this host outwards.
public enum Layer: String, CaseIterable, Sendable {
    case host, lan
    case customerEdge = "customer_edge"
    case provider
    case microsoftEdge = "microsoft_edge"
    case gateway, route, vnet, service

    /// Whose it is to mend.
    public var owner: Owner {
        switch self {
        case .host, .lan, .customerEdge, .vnet, .service, .route: .customer
        case .provider: .provider
        case .microsoftEdge, .gateway: .microsoft
        }
    }
}

/// Who mends a fault.
public enum Owner: String, CaseIterable, Sendable {
    case customer, provider, microsoft
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
