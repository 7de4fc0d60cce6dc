/// Where a fault lies, from this host outwards.
public enum Layer: String, CaseIterable, Sendable {
    case host, lan
    case customerEdge = "customer_edge"
    case provider
    case microsoftEdge = "microsoft_edge"
    case gateway, route, vnet, proxy, dns, tls, service

    /// Whose it is to mend.
    public var owner: Owner {
        switch self {
        case .host, .lan, .customerEdge, .vnet, .route, .proxy, .dns, .tls, .service: .customer
        case .provider: .provider
        case .microsoftEdge, .gateway: .microsoft
        }
    }
}

/// Who mends a fault.
public enum Owner: String, CaseIterable, Sendable {
    case customer, provider, microsoft
}
