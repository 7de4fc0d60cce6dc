public import Wire

/// The name of a path: `CIRCUIT/primary`, `CIRCUIT/secondary`, the name of a VPN, `internet`.
public struct PathID: Hashable, Comparable, Sendable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public init(circuit: String, connection: Connection) {
        rawValue = "\(circuit)/\(connection.rawValue)"
    }

    public static let internet = PathID(rawValue: "internet")

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public var description: String { rawValue }
}

public enum PathKind: String, CaseIterable, Sendable {
    case expressroute, vpn, internet
}

/// The two connections of an ExpressRoute circuit.
public enum Connection: String, CaseIterable, Sendable {
    case primary, secondary
}

public enum Peering: String, CaseIterable, Sendable {
    case `private`, microsoft
}

/// How probes are sent along one path; receiving is never bound (contract §2).
public struct Pin: Hashable, Sendable {
    public var source: IPAddress?
    public var interface: String?
    public var mark: UInt32?
    public var dscp: UInt8?
    public var nextHop: IPAddress?
    /// The source is announced over this path only, so answers come back this way.
    public var returns: Bool

    public init(
        source: IPAddress? = nil,
        interface: String? = nil,
        mark: UInt32? = nil,
        dscp: UInt8? = nil,
        nextHop: IPAddress? = nil,
        returns: Bool = false
    ) {
        self.source = source
        self.interface = interface
        self.mark = mark
        self.dscp = dscp
        self.nextHop = nextHop
        self.returns = returns
    }

    /// Whether it leads probes another way than the host's route; the rest of it only marks them.
    public var bindsWay: Bool { source != nil || interface != nil || mark != nil }

    /// Nothing is bound: probes follow the host's route.
    public static let none = Pin()
}

/// One way to cross, as configured.
public struct PathSpec: Hashable, Sendable {
    public enum IKEMode: String, CaseIterable, Sendable { case off, hint, required }
    public enum BFDMode: String, CaseIterable, Sendable { case off, observe, session }

    public var id: PathID
    public var kind: PathKind
    public var circuit: String?
    public var connection: Connection?
    public var provider: String?
    /// What the path can carry: a circuit its own peering, a VPN private only, `internet` microsoft only.
    public var peering: Peering
    /// The /30 or /126 of the connection: first usable address customer, second Microsoft edge.
    public var subnet: Subnet?
    /// Names or addresses of the VPN gateways.
    public var gateways: [String]
    public var pin: Pin
    public var edge: [ProbeSpec]
    public var ike: IKEMode
    public var bfd: BFDMode

    public init(
        id: PathID,
        kind: PathKind,
        circuit: String? = nil,
        connection: Connection? = nil,
        provider: String? = nil,
        peering: Peering,
        subnet: Subnet? = nil,
        gateways: [String] = [],
        pin: Pin = .none,
        edge: [ProbeSpec] = [],
        ike: IKEMode = .off,
        bfd: BFDMode = .off
    ) {
        self.id = id
        self.kind = kind
        self.circuit = circuit
        self.connection = connection
        self.provider = provider
        self.peering = peering
        self.subnet = subnet
        self.gateways = gateways
        self.pin = pin
        self.edge = edge
        self.ike = ike
        self.bfd = bfd
    }

    /// Customer's end of the connection's subnet.
    public var customerEdge: IPAddress? { subnet?.address(at: 1) }
    /// Microsoft's end of the connection's subnet.
    public var microsoftEdge: IPAddress? { subnet?.address(at: 2) }
}
