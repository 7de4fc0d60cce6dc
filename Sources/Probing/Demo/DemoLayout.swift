internal import Model
internal import Wire

/// The addresses of the embedded network: all on loopback, so that an ordinary user may have them.
enum DemoLayout {
    static let circuit = "er-demo"
    static let vpn = "vpn-demo"
    static let link = "onprem-azure"

    static let reference = IPAddress.v4(IPv4Address(127, 8, 0, 1))
    static let primaryEdge = IPAddress.v4(IPv4Address(127, 16, 0, 2))
    static let secondaryEdge = IPAddress.v4(IPv4Address(127, 16, 0, 6))
    static let vpnEdge = IPAddress.v4(IPv4Address(127, 20, 255, 30))
    static let gateway = IPAddress.v4(IPv4Address(127, 20, 0, 10))
    static let workload = IPAddress.v4(IPv4Address(127, 10, 1, 4))

    /// The source that pins a probe to a path; nil for the site itself.
    static func source(of path: DemoPath) -> IPAddress? {
        switch path {
        case .primary: .v4(IPv4Address(127, 9, 0, 11))
        case .secondary: .v4(IPv4Address(127, 9, 0, 12))
        case .vpn: .v4(IPv4Address(127, 9, 0, 13))
        case .site: nil
        }
    }

    /// The path that a source is pinned to.
    static func path(pinnedBy source: IPAddress) -> DemoPath? {
        DemoPath.allCases.first { Self.source(of: $0) == source }
    }

    static func interface(of path: DemoPath) -> String {
        switch path {
        case .primary: "er-primary"
        case .secondary: "er-secondary"
        case .vpn: "vpn0"
        case .site: "lan0"
        }
    }

    /// A tunnel has no next hop.
    static func nextHop(of path: DemoPath) -> IPAddress? {
        switch path {
        case .primary: primaryEdge
        case .secondary: secondaryEdge
        case .vpn, .site: nil
        }
    }
}

/// A place in the embedded network that answers.
enum DemoEndpoint: CaseIterable, Sendable {
    case reference, primaryEdge, secondaryEdge, vpnEdge, gateway, workload

    var address: IPAddress {
        switch self {
        case .reference: DemoLayout.reference
        case .primaryEdge: DemoLayout.primaryEdge
        case .secondaryEdge: DemoLayout.secondaryEdge
        case .vpnEdge: DemoLayout.vpnEdge
        case .gateway: DemoLayout.gateway
        case .workload: DemoLayout.workload
        }
    }

    var scheme: Target.Scheme { self == .gateway ? .ike : .stamp }

    var isEdge: Bool { self != .workload }

    /// The one path that leads here; nil where several do.
    var path: DemoPath? {
        switch self {
        case .reference: .site
        case .primaryEdge: .primary
        case .secondaryEdge: .secondary
        case .vpnEdge, .gateway: .vpn
        case .workload: nil
        }
    }
}
