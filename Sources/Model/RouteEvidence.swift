public import Wire

/// State of the neighbour that a route leads to (RFC 4861 §7.3.2; ARP entries use the same names in Linux).
public enum NeighbourState: String, CaseIterable, Sendable {
    case reachable, stale, delay, probe, incomplete, failed, permanent, none, unknown

    /// The next hop did not answer ARP or neighbour discovery: the customer edge, not the circuit.
    public var isUnresolved: Bool { self == .incomplete || self == .failed }
}

/// What the kernel answers when asked how a packet to a target would leave (RTM_GETROUTE).
public struct RouteObservation: Hashable, Sendable {
    public enum Verdict: Hashable, Sendable {
        /// `gateway` is nil when the target is on the link itself.
        case route(interface: String, gateway: IPAddress?, source: IPAddress?)
        /// unreachable, blackhole, prohibit or no route at all.
        case none(Reason)
    }

    public var verdict: Verdict
    /// Of the gateway, or of the target when it is on the link.
    public var neighbour: NeighbourState
    /// MTU of route or interface in bytes, 0 when unknown.
    public var mtu: Int

    public init(verdict: Verdict, neighbour: NeighbourState = .unknown, mtu: Int = 0) {
        self.verdict = verdict
        self.neighbour = neighbour
        self.mtu = mtu
    }
}

/// What the kernel says of an interface.
public struct InterfaceObservation: Hashable, Sendable {
    public var name: String
    public var exists: Bool
    /// Administratively up (IFF_UP).
    public var isUp: Bool
    /// IFF_LOWER_UP.
    public var hasCarrier: Bool

    public init(name: String, exists: Bool, isUp: Bool, hasCarrier: Bool) {
        self.name = name
        self.exists = exists
        self.isUp = isUp
        self.hasCarrier = hasCarrier
    }

    public var isUsable: Bool { exists && isUp && hasCarrier }
}
