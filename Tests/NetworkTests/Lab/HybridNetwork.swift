import Glibc
import Model
import TestSupport

/// A site with an ExpressRoute circuit and a VPN to one VNet, as namespaces of this machine joined by veth.
///
///                                       172.16.0.0/30            10.1.254.0/30
///      lan ───────────── host ── e1 ──────────────── edge1 ─────────────────── vnet
///     10.0.0.1  10.0.0.2  │  .1                  .2   Microsoft edge, primary     lo 10.1.0.4 (tcp 443)
///     site reference      │             172.16.0.4/30            10.1.254.4/30    lo 10.1.0.5
///                         ├── e2 ──────────────── edge2 ─────────────────────┤
///      lo 10.9.0.11       │  .5                  .6   Microsoft edge, secondary │
///      lo 10.9.0.12       │             10.254.0.0/30            10.1.254.8/30 │
///                         └── vpn0 ────────────── vpn ───────────────────────┘
///                            .1                  .2   lo 10.1.255.30, VPN gateway
///
/// The host is the probe host and the customer edge in one:
/// - 10.1.0.0/24 goes over e1 and e2 at equal cost (metric 10), a hash of addresses and ports choosing; where that route
///   is gone, over vpn0 (metric 100).
/// - What leaves with source 10.9.0.11 goes over e1, with 10.9.0.12 over e2, by rules; the VNet answers each over the same
///   edge. The VPN is pinned by its interface.
///
/// Every interface towards the customer is called `customer`, every one towards the VNet `azure`. A cut is silent, as a
/// provider's is: the interfaces stay up, the packets vanish.
final class HybridNetwork: Sendable {
    /// What can be cut on its own.
    enum Crossing: CaseIterable {
        case primary, secondary, vpn
    }

    let lan = LabNamespaces.make("lan")
    let host = LabNamespaces.make("host")
    let edge1 = LabNamespaces.make("edge1")
    let edge2 = LabNamespaces.make("edge2")
    let vpn = LabNamespaces.make("vpn")
    let vnet = LabNamespaces.make("vnet")

    private var all: [Namespace] { [lan, host, edge1, edge2, vpn, vnet] }

    /// Builds it; a failure leaves nothing behind.
    init() throws {
        LabNamespaces.sweep()
        do {
            for namespace in all { try LabNamespaces.add(namespace) }
            try join()
            try addSite()
            try addCrossing(edge1, link: 0, pinned: "10.9.0.11")
            try addCrossing(edge2, link: 4, pinned: "10.9.0.12")
            try addVPN()
            try addVNet()
        } catch {
            remove()
            throw error
        }
    }

    func remove() {
        for namespace in all { LabNamespaces.delete(namespace) }
    }

    func namespace(of crossing: Crossing) -> Namespace {
        switch crossing {
        case .primary: edge1
        case .secondary: edge2
        case .vpn: vpn
        }
    }

    // MARK: building

    private func join() throws {
        let cables: [(Namespace, String, Namespace, String)] = [
            (host, "lan0", lan, "customer"),
            (host, "e1", edge1, "customer"), (edge1, "azure", vnet, "e1"),
            (host, "e2", edge2, "customer"), (edge2, "azure", vnet, "e2"),
            (host, "vpn0", vpn, "customer"), (vpn, "azure", vnet, "vpn"),
        ]
        for (left, leftName, right, rightName) in cables {
            try Shell.run(
                "ip",
                "link",
                "add",
                leftName,
                "netns",
                left.name,
                "type",
                "veth",
                "peer",
                "name",
                rightName,
                "netns",
                right.name
            )
        }
    }

    private func addSite() throws {
        try LabNamespaces.configure(lan, ["address add 10.0.0.1/24 dev customer", "link set customer up"])
        try LabNamespaces.configure(
            host,
            [
                "address add 10.0.0.2/24 dev lan0", "link set lan0 up",
                "address add 172.16.0.1/30 dev e1", "link set e1 up",
                "address add 172.16.0.5/30 dev e2", "link set e2 up",
                "address add 10.9.0.11/32 dev lo", "address add 10.9.0.12/32 dev lo",
                "rule add from 10.9.0.11 lookup 101", "route add default via 172.16.0.2 dev e1 table 101",
                "rule add from 10.9.0.12 lookup 102", "route add default via 172.16.0.6 dev e2 table 102",
                "route add 10.1.0.0/24 metric 10 \(HybridNetwork.bothEdges)",
            ] + Self.vpnOfHost
        )
    }

    /// One circuit connection, its /30 starting at 172.16.0.`link`.
    private func addCrossing(_ edge: Namespace, link: Int, pinned: String) throws {
        try LabNamespaces.configure(
            edge,
            [
                "address add 172.16.0.\(link + 2)/30 dev customer", "link set customer up",
                "address add 10.1.254.\(link + 1)/30 dev azure", "link set azure up",
                "route add 10.1.0.0/24 via 10.1.254.\(link + 2)",
                "route add \(pinned)/32 via 172.16.0.\(link + 1)",
            ]
        )
    }

    private func addVPN() throws {
        try LabNamespaces.configure(
            vpn,
            [
                "address add 10.254.0.2/30 dev customer", "link set customer up",
                "address add 10.1.255.30/32 dev lo",
                "address add 10.1.254.9/30 dev azure", "link set azure up",
                "route add 10.1.0.0/24 via 10.1.254.10",
            ]
        )
    }

    private func addVNet() throws {
        try LabNamespaces.configure(
            vnet,
            [
                "address add 10.1.254.2/30 dev e1", "link set e1 up",
                "address add 10.1.254.6/30 dev e2", "link set e2 up",
                "address add 10.1.254.10/30 dev vpn", "link set vpn up",
                "address add 10.1.0.4/32 dev lo", "address add 10.1.0.5/32 dev lo",
                "route add 10.9.0.11/32 via 10.1.254.1", "route add 172.16.0.0/30 via 10.1.254.1",
                "route add 10.9.0.12/32 via 10.1.254.5", "route add 172.16.0.4/30 via 10.1.254.5",
                "route add 10.254.0.0/30 via 10.1.254.9",
            ]
        )
    }
}

extension HybridNetwork {
    static let bothEdges = "nexthop via 172.16.0.2 dev e1 nexthop via 172.16.0.6 dev e2"

    /// The host's end of the tunnel.
    static let vpnOfHost = [
        "address add 10.254.0.1/30 dev vpn0", "link set vpn0 up",
        "route add 10.1.0.0/24 via 10.254.0.2 dev vpn0 metric 100",
        "route add 10.1.255.30/32 via 10.254.0.2 dev vpn0",
    ]
}
