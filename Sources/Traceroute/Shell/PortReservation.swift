internal import Glibc
internal import Sockets
internal import Wire

/// Source ports that no other trace from this host has, whatever its target: sockets bound to them hold them. Two traces with the same ports
/// would take each other's answers, and a target of TCP would take the SYNs of one for errors of the other.
struct PortReservation {
    let ports: FlowPorts
    /// By flow.
    let sockets: [Socket]
    /// Others have the usual ports of the target.
    let isElsewhere: Bool

    /// - Parameters:
    ///   - type: `.datagram` of UDP, `.stream` of TCP.
    ///   - flows: how many ports to hold; those of further flows follow, and belong to no other place.
    ///   - sources: of the flows whose source is not `local`.
    /// - Throws: what hinders but ports that are in use.
    init(
        from local: IPAddress,
        to target: SocketAddress,
        port: UInt16,
        _ type: Socket.Kind,
        flows: Int,
        sources: (FlowPorts) -> [Int: IPAddress]
    ) throws(SystemError) {
        for place in 0..<FlowPorts.places {
            var ports = FlowPorts(
                local: local,
                target: target.address,
                targetPort: port,
                firstPort: FlowPorts.firstPort(to: target.address, port: port, place: place)
            )
            ports.sources = sources(ports)
            guard let sockets = try Self.bind(ports, type, scope: target.scope, flows: flows) else { continue }
            (self.ports, self.sockets, isElsewhere) = (ports, sockets, place > 0)
            return
        }
        throw SystemError(code: EADDRINUSE, operation: "bind \(local), source ports \(FlowPorts.range)")
    }

    /// - Returns: nil when one of the ports is in use.
    private static func bind(
        _ ports: FlowPorts,
        _ type: Socket.Kind,
        scope: UInt32,
        flows: Int
    ) throws(SystemError) -> [Socket]? {
        var sockets: [Socket] = []
        for flow in 0..<flows {
            do throws(SystemError) {
                let socket = try Socket(ports.family, type)
                try socket.bind(to: SocketAddress(ports.source(of: flow), port: ports.port(of: flow), scope: scope))
                sockets.append(socket)
            } catch {
                guard error.code == EADDRINUSE else { throw error }
                return nil
            }
        }
        return sockets
    }

    /// For people; empty where the ports are the usual ones.
    var remark: [String] {
        isElsewhere
            ? [
                "another trace, or another program, has the usual source ports: this one may take another of parallel paths"
            ]
            : []
    }
}
