/// Where a path fails (contract §1).
public enum PathLayer: String, CaseIterable, Sendable {
    case host, lan
    case customerEdge = "customer_edge"
    case provider
    case microsoftEdge = "microsoft_edge"
    case gateway, vnet, service

    public var owner: PathOwner {
        switch self {
        case .host, .lan, .customerEdge, .vnet, .service: .customer
        case .provider: .provider
        case .microsoftEdge, .gateway: .microsoft
        }
    }
}

/// Whose a layer is (contract §7).
public enum PathOwner: String, CaseIterable, Sendable {
    case customer, provider, microsoft
}

/// What a trace says in one sentence.
public struct TraceVerdict: Hashable, Sendable {
    public enum Status: String, CaseIterable, Sendable {
        case reached, degraded, unreachable

        /// Of the command (contract §3).
        public var exitStatus: Int32 {
            switch self {
            case .reached: 0
            case .unreachable: 1
            case .degraded: 2
            }
        }
    }

    public var status: Status
    /// Nil when all is well or nothing proves a place.
    public var layer: PathLayer?
    public var sentence: String
    public var evidence: [String]

    public var owner: PathOwner? { layer?.owner }

    public init(status: Status, layer: PathLayer? = nil, sentence: String, evidence: [String] = []) {
        self.status = status
        self.layer = layer
        self.sentence = sentence
        self.evidence = evidence
    }
}
