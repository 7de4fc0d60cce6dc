internal import Model
internal import Sockets
internal import Wire

/// By which next hop of this host the packets of each flow leave.
///
/// The kernel routes packets of a raw socket without looking at their ports: with several next hops it would send all flows
/// one way, while a connection with the same ports takes another. So, where the route has several next hops, it is asked
/// about each flow as it would route a connection, and the packet is handed to the next hop that it names. So it is too where
/// a rule of the routing policy is of the protocol or of its ports.
struct FlowDoors {
    struct Door {
        var address: SocketAddress
        var control: SendControl
    }

    /// Nil: the route has one next hop, whatever the protocol.
    private let routes: RouteQuery?
    private let question: RouteQuestion
    private let isBound: Bool
    /// Where all flows go as long as none parts from the others.
    private let usual: Door
    private var doors: [Int: Door] = [:]

    /// - Parameters:
    ///   - question: with the protocol and the port of the target, and with the source that the packets bear.
    ///   - isBound: they have their source because somebody bound them to it.
    init(_ question: RouteQuestion, isBound: Bool, usual: Door) {
        let routes = try? RouteQuery()
        let number = try? routes?.nextHops(question)
        self.routes = (number ?? 0) > 1 || Self.isOfProtocol(question, routes) ? routes : nil
        self.question = question
        self.isBound = isBound
        self.usual = usual
    }

    private static func isOfProtocol(_ question: RouteQuestion, _ routes: RouteQuery?) -> Bool {
        var other = question
        other.flow = nil
        guard let own = try? routes?.observe(question), let any = try? routes?.observe(other) else { return false }
        return own.verdict != any.verdict
    }

    mutating func door(of flow: Int, _ ports: FlowPorts?) -> Door {
        guard let routes, let ports else { return usual }
        if let known = doors[flow] { return known }
        let door = find(flow, ports, routes) ?? usual
        doors[flow] = door
        return door
    }

    private func find(_ flow: Int, _ ports: FlowPorts, _ routes: RouteQuery) -> Door? {
        var question = question
        question.source = ports.source(of: flow)
        question.flow?.sourcePort = ports.port(of: flow)
        guard case .route(let name, let gateway, _)? = question.way(isBound: isBound, routes)?.verdict,
            let interface = Interface.index(of: name)
        else { return nil }
        let destination = question.destination
        var control = SendControl()
        control.addInterface(interface, family: destination.family)
        // Without a gateway of this family the interface alone leads there.
        let next = gateway.flatMap { $0.family == destination.family ? $0 : nil } ?? destination
        let scope = next.isLinkLocal ? UInt32(bitPattern: interface) : 0
        return Door(address: SocketAddress(next, scope: scope), control: control)
    }
}

extension RouteQuestion {
    /// How packets with its source leave.
    ///
    /// Over IPv6 a connection is routed before it has a source, and keeps that way (Linux: `tcp_v6_connect`, `ip6_datagram_connect`):
    /// asked with the source that was chosen for it, the kernel may name another next hop. So the first answer stands where it
    /// leads to this very source.
    /// - Parameter isBound: the source was there first.
    func way(isBound: Bool, _ routes: any RouteSource) -> RouteObservation? {
        if !isBound, !destination.isIPv4, let source {
            var free = self
            free.source = nil
            if let found = try? routes.observe(free), case .route(_, _, source) = found.verdict { return found }
        }
        return try? routes.observe(self)
    }
}
