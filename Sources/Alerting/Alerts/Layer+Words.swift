import Model

extension Layer {
    /// In the words of contract §1.3, as the annotation `layer` shows it.
    func words(of kind: PathKind = .expressroute) -> String {
        switch self {
        case .host: "host"
        case .lan: "LAN"
        case .customerEdge: kind == .vpn ? "VPN device or tunnel" : "customer edge"
        case .provider: "provider circuit"
        case .microsoftEdge: "Microsoft edge"
        case .gateway: kind == .vpn ? "VPN gateway" : "VNet gateway"
        case .route: "route"
        case .vnet: "VNet"
        case .proxy: "proxy"
        case .dns: "DNS"
        case .tls: "TLS"
        case .service: "service"
        }
    }
}
