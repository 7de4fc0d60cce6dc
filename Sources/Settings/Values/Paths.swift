public import Model
public import Wire

/// An ExpressRoute circuit, declared once however many links use it.
public struct Circuit: Sendable, Equatable {
    /// One of the two connections with its /30 (or /126).
    public struct Leg: Sendable, Equatable {
        public var subnet: Subnet
        public var pin: Pin
        /// `icmp://` the Microsoft edge unless written.
        public var edge: [ProbeSpec]

        public init(subnet: Subnet, pin: Pin = .none, edge: [ProbeSpec] = []) {
            self.subnet = subnet
            self.pin = pin
            self.edge = edge
        }
    }

    public var name: String
    public var provider: String?
    public var peering: Peering
    public var primary: Leg
    public var secondary: Leg
    public var bfd: PathSpec.BFDMode

    public init(
        name: String,
        provider: String? = nil,
        peering: Peering,
        primary: Leg,
        secondary: Leg,
        bfd: PathSpec.BFDMode = .off
    ) {
        self.name = name
        self.provider = provider
        self.peering = peering
        self.primary = primary
        self.secondary = secondary
        self.bfd = bfd
    }

    public subscript(connection: Connection) -> Leg {
        switch connection {
        case .primary: primary
        case .secondary: secondary
        }
    }
}

/// A site-to-site VPN, declared once.
public struct VPN: Sendable, Equatable {
    public var name: String
    /// Names or addresses.
    public var gateways: [String]
    public var pin: Pin
    public var edge: [ProbeSpec]
    public var ike: PathSpec.IKEMode

    public init(
        name: String,
        gateways: [String] = [],
        pin: Pin = .none,
        edge: [ProbeSpec] = [],
        ike: PathSpec.IKEMode = .hint
    ) {
        self.name = name
        self.gateways = gateways
        self.pin = pin
        self.edge = edge
        self.ike = ike
    }
}

/// The path that exists by itself.
public struct InternetSettings: Sendable, Equatable {
    public var pin = Pin.none
    public var edge: [ProbeSpec] = []

    public init() {}
}

extension Configuration {
    /// Site, paths and links for the path model.
    ///
    /// Paths come circuit by circuit (primary, secondary), then the VPNs, then `internet` where a link uses it.
    public var topology: Topology {
        var paths = circuits.flatMap { circuit in Connection.allCases.map { Self.path(circuit, $0) } }
        paths += vpns.map(Self.path)
        if links.contains(where: { $0.paths.contains(.internet) }) {
            paths.append(
                PathSpec(
                    id: .internet,
                    kind: .internet,
                    peering: .microsoft,
                    pin: internet.pin,
                    edge: internet.edge
                )
            )
        }
        return Topology(site: site, paths: paths, links: links)
    }

    private static func path(_ circuit: Circuit, _ connection: Connection) -> PathSpec {
        PathSpec(
            id: PathID(circuit: circuit.name, connection: connection),
            kind: .expressroute,
            circuit: circuit.name,
            connection: connection,
            provider: circuit.provider,
            peering: circuit.peering,
            subnet: circuit[connection].subnet,
            pin: circuit[connection].pin,
            edge: circuit[connection].edge,
            bfd: circuit.bfd
        )
    }

    private static func path(_ vpn: VPN) -> PathSpec {
        PathSpec(
            id: PathID(rawValue: vpn.name),
            kind: .vpn,
            peering: .private,
            gateways: vpn.gateways,
            pin: vpn.pin,
            edge: vpn.edge,
            ike: vpn.ike
        )
    }
}
