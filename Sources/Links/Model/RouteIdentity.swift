public import Model
public import Wire

/// By which interface and next hop packets leave; no gateway where the target is on the link or the interface a tunnel.
public struct RouteWay: Hashable, Sendable {
    public var interface: String
    public var gateway: IPAddress?

    public init(interface: String, gateway: IPAddress? = nil) {
        self.interface = interface
        self.gateway = gateway
    }

    /// Nil where the kernel has no way.
    public init?(_ observation: RouteObservation) {
        guard case .route(let interface, let gateway, _) = observation.verdict else { return nil }
        self.init(interface: interface, gateway: gateway)
    }
}

/// Which path a kernel's route means.
public enum RouteIdentity: Hashable, Sendable {
    case path(PathID)
    /// The kernel has no way for the packet.
    case nowhere(Reason)
    /// The route is the same for several paths, as on a host behind a router: it proves nothing.
    case undecided
}

extension RouteIdentity {
    /// Compares the route's gateway, source and interface with the /30 of the circuits and the pins.
    ///
    /// - Parameters:
    ///   - paths: those that the link uses.
    ///   - ways: by which way the pin of a path leads, for those that no other path shares it with.
    public init(_ observation: RouteObservation, among paths: [PathSpec], ways: [PathID: RouteWay] = [:]) {
        switch observation.verdict {
        case .none(let reason):
            self = .nowhere(reason)
        case .route(let interface, let gateway, let source):
            // The surest fact first; each must point to one path alone.
            let facts: [(PathSpec) -> Bool] = [
                { path in gateway.map { path.subnet?.contains($0) ?? false } ?? false },
                { path in gateway != nil && path.pin.nextHop == gateway },
                { path in
                    guard path.pin.interface == interface else { return false }
                    guard let hop = path.pin.nextHop, let gateway else { return true }
                    if hop.isLinkLocal == gateway.isLinkLocal { return hop == gateway }
                    // Routing daemons give the link-local address of a router, whose other address the pin has (RFC 4291 §2.8,
                    // RFC 5549): the interface decides where no other path can share it.
                    return paths.allSatisfy { $0.id == path.id || ($0.pin.interface ?? interface) != interface }
                },
                { path in ways[path.id] == RouteWay(interface: interface, gateway: gateway) },
                { path in source.map { path.subnet?.contains($0) ?? false } ?? false },
                { path in source != nil && path.pin.source == source },
            ]
            for fact in facts {
                let matches = paths.filter(fact)
                if matches.count == 1 {
                    self = .path(matches[0].id)
                    return
                }
            }
            // Without a pin that could show in a route the Internet is what leaves by none of the others' ways, where each of
            // them is known to have one of its own.
            let (internet, others) = (paths.filter { $0.kind == .internet }, paths.filter { $0.kind != .internet })
            let leavesElsewhere = others.allSatisfy { path in
                if let pinned = path.pin.interface { return pinned != interface }
                return ways[path.id].map { $0 != RouteWay(interface: interface, gateway: gateway) } ?? false
            }
            self = internet.count == 1 && leavesElsewhere ? .path(internet[0].id) : .undecided
        }
    }

    /// The path that a router on the way belongs to: inside the circuit's /30, or the far edge of a VPN.
    public static func path(ofHop address: IPAddress, among paths: [PathSpec]) -> PathID? {
        let matches = paths.filter { path in
            path.subnet?.contains(address) ?? (path.kind == .vpn && path.edge.contains { $0.target.address == address })
        }
        return matches.count == 1 ? matches[0].id : nil
    }
}
