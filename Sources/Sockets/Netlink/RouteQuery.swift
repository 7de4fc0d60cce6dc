internal import Glibc
public import Model
internal import Synchronization

/// Whoever knows how a packet would leave: the kernel, or a network that stands in for it.
public protocol RouteSource: Sendable {
    /// - Throws: `NetlinkError` when the question itself failed; "no route" is an answer.
    func observe(_ question: RouteQuestion) throws(NetlinkError) -> RouteObservation
}

/// Asks the kernel how a packet would leave (RTM_GETROUTE), and how its next hop does (RTM_GETNEIGH).
///
/// A question blocks for some microseconds, at most 200 ms for each of its messages, of which there are three, and four for
/// a TCP connection. It sees the network namespace of the thread that made it.
public final class RouteQuery: RouteSource {
    private let socket: Mutex<NetlinkSocket>

    public init() throws(NetlinkError) {
        socket = Mutex(try NetlinkSocket(timeout: .milliseconds(200)))
    }

    public func observe(_ question: RouteQuestion) throws(NetlinkError) -> RouteObservation {
        try socket.withLock { (socket) throws(NetlinkError) in try socket.observe(question) }
    }

    /// How many next hops the entry of the routing table has that the packet matches; among several the kernel chooses by
    /// the flow. 0 without such an entry.
    public func nextHops(_ question: RouteQuestion) throws(NetlinkError) -> Int {
        try socket.withLock { (socket) throws(NetlinkError) in try socket.nextHops(question) }
    }

    /// Every interface of this namespace with its addresses, by kernel index.
    public func interfaces() throws(NetlinkError) -> [NetworkInterface] {
        try socket.withLock { (socket) throws(NetlinkError) in try socket.interfaces() }
    }
}

extension NetlinkSocket {
    mutating func observe(_ question: RouteQuestion) throws(NetlinkError) -> RouteObservation {
        var index: Int32 = 0
        if let name = question.interface {
            guard let link = try link(.link(name: name)), link.isUp else {
                return RouteObservation(verdict: .none(.interfaceDown))
            }
            index = link.index
        }
        var route: RouteMessage
        do throws(NetlinkError) {
            route = try self.route(question, interface: index)
            if let again = question.repeated(from: route.source), route.refusal == nil {
                let chosen = route.source
                route = try self.route(again, interface: index)
                // Asked with a source, the kernel does not repeat it.
                route.source = route.source ?? chosen
            }
        } catch .refused(let code) {
            return RouteObservation(verdict: .none(RouteMessage.reason(refusal: code)))
        }
        if let reason = route.refusal { return RouteObservation(verdict: .none(reason)) }
        // The kernel resolves a multipath route for the flow; one that does not is read by its first hop.
        if route.interface == nil, let first = route.nextHops.first {
            (route.interface, route.gateway) = (first.interface, first.gateway)
        }
        guard let output = route.interface, let link = try link(.link(index: output)) else {
            return RouteObservation(verdict: .none(.interfaceDown))
        }
        return RouteObservation(
            verdict: .route(interface: link.name, gateway: route.gateway, source: route.source),
            neighbour: try neighbour(of: route, towards: question, over: link),
            mtu: route.mtu ?? link.mtu
        )
    }

    mutating func nextHops(_ question: RouteQuestion) throws(NetlinkError) -> Int {
        var index: Int32 = 0
        if let name = question.interface {
            guard let link = try link(.link(name: name)) else { return 0 }
            index = link.index
        }
        do throws(NetlinkError) {
            guard case .route(let route)? = try ask(.route(question, interface: index, inTable: true)).first else {
                return 0
            }
            return max(route.nextHops.count, 1)
        } catch .refused {
            return 0
        }
    }

    private mutating func route(_ question: RouteQuestion, interface: Int32) throws(NetlinkError) -> RouteMessage {
        guard case .route(let route)? = try ask(.route(question, interface: interface)).first else {
            throw .malformed(part: "answer to RTM_GETROUTE", offset: 0)
        }
        return route
    }

    /// State of the gateway, or of the target itself where it is on the link.
    private mutating func neighbour(
        of route: RouteMessage,
        towards question: RouteQuestion,
        over link: LinkMessage
    ) throws(NetlinkError) -> NeighbourState {
        guard link.resolvesNeighbours, route.kind == .unicast else { return .none }
        do throws(NetlinkError) {
            let address = route.gateway ?? question.destination
            let answers = try ask(.neighbour(address, interface: link.index))
            guard case .neighbour(let entry)? = answers.first else { return .unknown }
            return entry.state
        } catch .refused(let code) {
            return code == ENOENT ? .none : .unknown
        }
    }

    /// Nil when there is no such interface.
    mutating func link(_ request: NetlinkRequest) throws(NetlinkError) -> LinkMessage? {
        do throws(NetlinkError) {
            guard case .link(let link)? = try ask(request).first else { return nil }
            return link
        } catch .refused(let code) where code == ENODEV || code == EINVAL || code == ERANGE {
            return nil
        }
    }

    mutating func links() throws(NetlinkError) -> [LinkMessage] {
        try ask(.allLinks).compactMap { message in
            guard case .link(let link) = message, !link.isBridgePort else { return nil }
            return link
        }
    }

    mutating func interfaces() throws(NetlinkError) -> [NetworkInterface] {
        let links = try links()
        let addresses = try ask(.allAddresses).compactMap { message -> AddressMessage? in
            guard case .address(let address) = message else { return nil }
            return address
        }
        return links.map { NetworkInterface($0, addresses: addresses) }.sorted { $0.index < $1.index }
    }
}

extension RouteMessage {
    /// Why this "route" leads nowhere; nil when it leads somewhere.
    var refusal: Reason? {
        switch kind {
        case .blackhole, .throw: .noRoute
        case .unreachable: .unreachableHost
        case .prohibit: .adminProhibited
        case .unicast, .local, .broadcast, .multicast, .other: nil
        }
    }

    /// The kernel's errno for a destination that no packet can leave for (route(8): the types of routes).
    static func reason(refusal code: Int32) -> Reason {
        switch code {
        case EHOSTUNREACH: .unreachableHost
        case EACCES, EPERM: .adminProhibited
        case ENODEV, ENETDOWN: .interfaceDown
        // ENETUNREACH: no route; EINVAL: a blackhole, or a source that this host does not have.
        default: .noRoute
        }
    }
}
