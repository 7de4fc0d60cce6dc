internal import Model
internal import Sockets
internal import Wire

extension TraceRun {
    /// How the packets of the first flow leave: the kernel is asked with the source, protocol and ports that they bear.
    /// - Returns: nil when it does not say, and where each probe is a connection that may take another of several next hops.
    func route(_ routes: (any RouteSource)?) -> RouteObservation? {
        guard let routes else { return nil }
        let question = request.question(
            to: prepared.address,
            source: channel.source,
            sourcePort: channel.sourcePort(ofFlow: 0),
            by: channel.access == .datagram ? .udp : nil
        )
        if channel.isOfOwnPorts, let kernel = routes as? RouteQuery,
            let number = try? kernel.nextHops(question), number > 1
        {
            return nil
        }
        guard var route = question.way(isBound: channel.isBound, routes) else { return nil }
        // Asked with a source, the kernel does not repeat it, or names the one that it would have chosen there.
        if request.source == nil, let source = channel.source,
            case .route(let interface, let gateway, _) = route.verdict
        {
            route.verdict = .route(interface: interface, gateway: gateway, source: source)
        }
        let first = request.firstDestination(to: prepared.address)
        if first != prepared.address, case .route(let interface, _, let source) = route.verdict {
            route.verdict = .route(interface: interface, gateway: first, source: source)
        }
        return route
    }

    /// An address of this host is no translator's work, whichever of them the packet bears.
    static func withoutOwnAddresses(_ hops: [TraceHop]) -> [TraceHop] {
        guard hops.contains(where: { $0.translation?.source != nil }),
            let interfaces = try? RouteQuery().interfaces()
        else { return hops }
        let own = Set(interfaces.flatMap { $0.addresses.map(\.address) })
        return hops.map { hop in
            var hop = hop
            hop.translation = hop.translation?.without(own)
            return hop
        }
    }
}
