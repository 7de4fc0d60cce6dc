internal import Model
internal import Wire

/// The configuration that fits the embedded network; short times, so that a cycle of 40 s shows everything.
enum DemoTopology {
    static let interval: Duration = .milliseconds(100)
    static let timeout: Duration = .milliseconds(100)
    static let flows = 8

    /// - Parameter port: of each endpoint, as the kernel gave it.
    static func make(port: (DemoEndpoint) -> UInt16) -> Topology {
        func spec(_ endpoint: DemoEndpoint) -> ProbeSpec {
            ProbeSpec(target: target(endpoint, port), interval: interval, timeout: timeout)
        }
        var workload = spec(.workload)
        workload.flows = flows
        // Gateways answer IKE seldom; one question a second is already more than they get in the field.
        let ike = ProbeSpec(target: target(.gateway, port), interval: .seconds(1), timeout: .milliseconds(500))
        let primary = connection(.primary, edge: spec(.primaryEdge), base: IPv4Address(127, 16, 0, 0))
        let secondary = connection(.secondary, edge: spec(.secondaryEdge), base: IPv4Address(127, 16, 0, 4))
        let vpn = PathSpec(
            id: PathID(rawValue: DemoLayout.vpn),
            kind: .vpn,
            peering: .private,
            gateways: [DemoLayout.gateway.description],
            pin: pin(.vpn),
            edge: [spec(.vpnEdge), ike]
        )
        let link = LinkSpec(
            name: DemoLayout.link,
            peering: .private,
            tiers: [[primary.id, secondary.id], [vpn.id]],
            through: [spec(.workload)],
            workloads: [workload],
            detection: detection
        )
        let site = SiteSpec(name: "onprem", vantage: "demo", references: [spec(.reference)])
        return Topology(site: site, paths: [primary, secondary, vpn], links: [link])
    }

    static func target(_ endpoint: DemoEndpoint, _ port: (DemoEndpoint) -> UInt16) -> Target {
        Target(scheme: endpoint.scheme, host: endpoint.address.description, port: port(endpoint))
    }

    private static var detection: Detection {
        var detection = Detection()
        detection.downAfter = 3
        detection.upAfter = 5
        detection.waitToRestore = .seconds(5)
        // A cycle is shorter than the minute over which loss is judged, and a busy laptop is no degraded path.
        detection.degradedLoss = 0.5
        detection.degradedRTTFloor = .milliseconds(50)
        return detection
    }

    private static func connection(_ connection: Connection, edge: ProbeSpec, base: IPv4Address) -> PathSpec {
        PathSpec(
            id: PathID(circuit: DemoLayout.circuit, connection: connection),
            kind: .expressroute,
            circuit: DemoLayout.circuit,
            connection: connection,
            provider: "demo",
            peering: .private,
            subnet: Subnet(address: .v4(base), prefixLength: 30),
            pin: pin(connection == .primary ? .primary : .secondary),
            edge: [edge]
        )
    }

    private static func pin(_ path: DemoPath) -> Pin {
        Pin(source: DemoLayout.source(of: path), returns: true)
    }
}
