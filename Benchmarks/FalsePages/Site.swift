import Model
import Wire

/// A site as in the example configuration: a circuit of two connections, a VPN, one VNet; all values as shipped.
enum Site {
    static let link = "seoul-koreacentral"
    static let primary = PathID(circuit: "kr-er-01", connection: .primary)
    static let secondary = PathID(circuit: "kr-er-01", connection: .secondary)
    static let vpn = PathID(rawValue: "kr-vpn")
    static let paths = [primary, secondary, vpn]
    static let service = Target(scheme: .tcp, host: "10.1.0.4", port: 443)
    static let other = Target(scheme: .icmp, host: "10.1.0.5")
    static let flows = 8

    private static func icmp(_ host: String) -> ProbeSpec { ProbeSpec(target: Target(scheme: .icmp, host: host)) }

    static let topology: Topology = {
        func connection(_ connection: Connection, _ subnet: String, _ edge: String) -> PathSpec {
            PathSpec(
                id: PathID(circuit: "kr-er-01", connection: connection),
                kind: .expressroute,
                circuit: "kr-er-01",
                connection: connection,
                provider: "kt",
                peering: .private,
                subnet: Subnet(subnet),
                pin: Pin(source: IPAddress(connection == .primary ? "10.9.0.11" : "10.9.0.12"), returns: true),
                edge: [icmp(edge)]
            )
        }
        let tunnel = PathSpec(
            id: vpn,
            kind: .vpn,
            peering: .private,
            gateways: ["20.41.0.10"],
            pin: Pin(interface: "ipsec0", returns: true),
            edge: [icmp("10.1.255.30")]
        )
        let spec = LinkSpec(
            name: link,
            peering: .private,
            tiers: [[primary, secondary], [vpn]],
            through: [icmp("10.1.0.4")],
            workloads: [ProbeSpec(target: service, flows: flows), ProbeSpec(target: other)]
        )
        return Topology(
            site: SiteSpec(name: "seoul", vantage: "probe-a", references: [icmp("10.0.0.1"), icmp("10.0.0.53")]),
            paths: [
                connection(.primary, "172.16.0.0/30", "172.16.0.2"),
                connection(.secondary, "172.16.0.4/30", "172.16.0.6"), tunnel,
            ],
            links: [spec]
        )
    }()

    /// Every stream with the path that its packets take; nil for the references.
    static let streams: [(key: ProbeKey, path: PathID?)] = {
        var streams: [(key: ProbeKey, path: PathID?)] = []
        for reference in topology.site.references {
            streams.append((ProbeKey(role: .reference, target: reference.target), nil))
        }
        for path in topology.paths {
            for edge in path.edge {
                streams.append((ProbeKey(path: path.id.rawValue, role: .edge, target: edge.target), path.id))
            }
            let through = Target(scheme: .icmp, host: "10.1.0.4")
            streams.append(
                (ProbeKey(link: link, path: path.id.rawValue, role: .through, target: through), path.id)
            )
        }
        for flow in 0..<flows {
            let key = ProbeKey(link: link, role: .workload, target: service, flow: flow)
            streams.append((key, path(ofFlow: flow)))
        }
        streams.append((ProbeKey(link: link, role: .workload, target: other), primary))
        return streams
    }()

    /// Flows are spread over the connections of the first tier.
    static func path(ofFlow flow: Int) -> PathID { flow % 2 == 0 ? primary : secondary }

    static func route(over path: PathID) -> RouteObservation {
        let isPrimary = path == primary
        return RouteObservation(
            verdict: .route(
                interface: isPrimary ? "eth1" : "eth2",
                gateway: IPAddress(isPrimary ? "172.16.0.2" : "172.16.0.6"),
                source: nil
            ),
            neighbour: .reachable
        )
    }
}
