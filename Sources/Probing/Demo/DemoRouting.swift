internal import Model
internal import Sockets
internal import Wire

/// The routing table of the embedded network: which way a packet or a flow goes at a time.
struct DemoRouting: Sendable {
    /// Flows whose connection is remembered; later ones are hashed by their port.
    private static let flowLimit = 1024

    private let timeline = DemoTimeline()
    private var connections: [UInt16: DemoPath] = [:]

    /// Over which path a packet to an endpoint goes.
    mutating func path(to endpoint: DemoEndpoint, from source: SocketAddress, at elapsed: Duration) -> DemoPath {
        if let only = endpoint.path { return only }
        return DemoLayout.path(pinnedBy: source.address) ?? path(ofFlow: source.port, at: elapsed)
    }

    /// How the host would send a packet.
    mutating func observe(_ question: RouteQuestion, at elapsed: Duration) -> RouteObservation {
        guard let endpoint = DemoEndpoint.allCases.first(where: { $0.address == question.destination }) else {
            return RouteObservation(verdict: .none(.noRoute))
        }
        let source = SocketAddress(
            question.source ?? .v4(IPv4Address(127, 0, 0, 1)),
            port: question.flow?.sourcePort ?? 0
        )
        let path = path(to: endpoint, from: source, at: elapsed)
        let gateway = DemoLayout.nextHop(of: path)
        return RouteObservation(
            verdict: .route(
                interface: DemoLayout.interface(of: path),
                gateway: gateway,
                source: DemoLayout.source(of: path)
            ),
            neighbour: gateway == nil ? .none : .reachable,
            mtu: path == .vpn ? 1400 : 1500
        )
    }

    /// Flows are dealt to the connections in turn as they are first seen, so that a few already use both.
    private mutating func path(ofFlow port: UInt16, at elapsed: Duration) -> DemoPath {
        let paths = timeline.workloadPaths(at: elapsed)
        guard paths.count > 1 else { return paths.first ?? .vpn }
        if let known = connections[port] { return known }
        guard port != 0 else { return paths[0] }
        guard connections.count < Self.flowLimit else { return paths[Int(port) % paths.count] }
        let path = paths[connections.count % paths.count]
        connections[port] = path
        return path
    }
}
