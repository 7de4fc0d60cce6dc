import Glibc
public import TestSupport

/// A site, an ExpressRoute circuit, a VPN and a VNet, run by the daemons that run real ones.
///
///                                 172.16.0.0/30           10.1.254.0/30
///                       ┌─ er1 ═══════════════ ce msee1 ──────────────┐
///     probe ─── lan edge│       .1      .2   AS 12076                 ergw ─── vnet   10.1.0.4, 10.1.0.5
///     10.0.0.2  AS 65010├─ er2 ═══════════════ ce msee2 ──────────────┘ AS 65515      AS 65515
///     10.9.0.11 10.0.0.1│     172.16.0.4/30                                            │
///     10.9.0.12         └─ wan ═══════════════ wan vpngw ──────────────────────────────┘
///     10.9.0.13              203.0.113.10/20    AS 65515, 10.1.255.30
///                            ipsec0: 169.254.21.1 ─ 10.1.255.30
///
/// - `edge`, the customer edge, speaks BGP with both Microsoft edges (BFD 300 ms × 3) and through the tunnel with the VPN
///   gateway; it prefers what comes over ExpressRoute (local preference 150), over both connections at once.
/// - What the probe host sends from 10.9.0.11 goes over the primary, from 10.9.0.12 over the secondary, from 10.9.0.13
///   through the tunnel, by policy routing on the edge; each is announced over its own path only, so answers come back by it.
/// - `vnet2`, 10.2.0.4 behind a gateway of its own, hangs on both Microsoft edges: another VNet of the same circuit.
/// - `microsoft`, 13.107.6.10, are Microsoft's public services: over both Microsoft edges by a peering of their own
///   (172.16.1.0/30, 172.16.1.4/30), and over `wan`, which is the Internet.
/// - The VNet prefers ExpressRoute for the same prefix; a longer one on the VPN wins. There is no transit between the gateways.
/// - `═` are wires of `labwire` (er1, er2, wan); `─` are veth.
public final class Lab: Sendable {
    public enum Part: String, CaseIterable, Sendable {
        case probe, edge, msee1, msee2, ergw, vpngw, vnet, vnet2, microsoft
    }

    public let folder: TemporaryFolder
    public let wires: Wires
    public let routers: [Part: Router]
    public let tunnel: (customer: TunnelEnd, azure: TunnelEnd)

    public static func namespace(_ part: Part) -> Namespace { LabNamespaces.make("lab-\(part.rawValue)") }
    public func namespace(_ part: Part) -> Namespace { Self.namespace(part) }

    public func router(_ part: Part) throws -> Router {
        guard let router = routers[part] else { throw Missing(description: "\(part) is no router") }
        return router
    }

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// Builds it and waits until all routes are there; a failure leaves nothing behind.
    public init(seed: UInt64) throws {
        LabNamespaces.sweep()
        folder = try TemporaryFolder()
        chmod(folder.path, 0o755)
        do {
            for part in Part.allCases { try LabNamespaces.add(Self.namespace(part)) }
            try Self.hashFlows()
            try Self.joinVeth()
            wires = try Wires(inside: Self.namespace(.edge), folder: folder)
            try Self.join(wires, seed: seed)
            try Self.address()
            tunnel = try Self.startTunnel(folder)
            var routers: [Part: Router] = [:]
            for (part, configuration) in Self.routing {
                routers[part] = try Router(configuration, inside: Self.namespace(part), folder: folder)
            }
            self.routers = routers
            try waitUntilWhole(within: .seconds(30))
        } catch {
            Self.removeNamespaces()
            folder.remove()
            throw error
        }
    }

    public func remove() {
        Self.removeNamespaces()
        wires.end()
        folder.remove()
    }

    private static func removeNamespaces() {
        for part in Part.allCases { LabNamespaces.delete(namespace(part)) }
    }
}
