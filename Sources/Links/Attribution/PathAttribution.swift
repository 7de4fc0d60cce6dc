public import Model
public import Wire

/// To which path a captured packet belongs, by what the configuration and this host know. Pure.
///
/// The first that says something counts:
/// 1. an address of a VPN's gateway: that VPN;
/// 2. the interface, where one path alone is pinned to it or has its connection's subnet there: that path;
/// 3. an address inside a connection's subnet: that connection;
/// 4. an address that one path alone has for the source of its pin: that path;
/// 5. the address of a link's workload or through target, while that link's traffic is seen on one path alone: that path.
///
/// Everything else belongs to no path that is known.
public struct PathAttribution: Sendable, Equatable {
    /// An address of this host.
    public struct HostAddress: Sendable, Hashable {
        public var interface: String
        public var address: IPAddress

        public init(interface: String, address: IPAddress) {
            self.interface = interface
            self.address = address
        }
    }

    private var gateways: [IPAddress: PathID] = [:]
    private var interfaces: [String: PathID] = [:]
    private var subnets: [(subnet: Subnet, path: PathID)] = []
    private var sources: [IPAddress: PathID] = [:]
    private var targets: [IPAddress: PathID] = [:]
    private var hostAddresses: Set<IPAddress>

    /// - Parameters:
    ///   - host: the addresses of this host.
    ///   - names: what the names of gateways and targets mean.
    ///   - active: the active set of each link that is known.
    public init(
        _ topology: Topology,
        host: [HostAddress],
        names: [String: [IPAddress]] = [:],
        active: [String: Set<PathID>] = [:]
    ) {
        hostAddresses = Set(host.map(\.address))
        func addresses(_ name: String) -> [IPAddress] { IPAddress(name).map { [$0] } ?? names[name] ?? [] }
        var claims = Claims()
        for path in topology.paths {
            for gateway in path.gateways.flatMap(addresses) { claims.gateway(gateway, path.id) }
            if let interface = path.pin.interface { claims.interface(interface, path.id) }
            if let source = path.pin.source { claims.source(source, path.id) }
            guard let subnet = path.subnet else { continue }
            subnets.append((subnet, path.id))
            for own in host where subnet.contains(own.address) { claims.interface(own.interface, path.id) }
        }
        for link in topology.links {
            let onlyPath = active[link.name].flatMap { $0.count == 1 ? $0.first : nil }
            for spec in link.workloads + Self.recognisable(link, topology) {
                for address in addresses(spec.target.host) { claims.target(address, onlyPath) }
            }
        }
        gateways = claims.gateways.compactMapValues { $0 }
        interfaces = claims.interfaces.compactMapValues { $0 }
        sources = claims.sources.compactMapValues { $0 }
        targets = claims.targets.compactMapValues { $0 }
    }

    /// Probes that only a mark sends their way look like the link's other traffic: where there are such, their targets say
    /// nothing.
    private static func recognisable(_ link: LinkSpec, _ topology: Topology) -> [ProbeSpec] {
        let isMarked = link.paths.compactMap(topology.path).contains { path in
            path.pin.mark != nil && path.pin.source == nil && path.pin.interface == nil
        }
        return isMarked ? [] : link.through
    }

    /// The path of packets between two addresses on an interface; nil where nothing says.
    public func path(on interface: String, _ one: IPAddress, _ other: IPAddress) -> PathID? {
        if let found = gateways[one] ?? gateways[other] { return found }
        if let found = interfaces[interface] { return found }
        if let found = subnets.first(where: { $0.subnet.contains(one) || $0.subnet.contains(other) }) {
            return found.path
        }
        return sources[one] ?? sources[other] ?? targets[one] ?? targets[other]
    }

    /// The path to which an interface as a whole belongs.
    public func path(of interface: String) -> PathID? { interfaces[interface] }

    /// The VPN whose gateway this is.
    public func vpn(ofGateway address: IPAddress) -> PathID? { gateways[address] }

    /// The connection in whose subnet both ends lie.
    public func connection(_ one: IPAddress, _ other: IPAddress) -> PathID? {
        subnets.first { $0.subnet.contains(one) && $0.subnet.contains(other) }?.path
    }

    /// Whether this host itself is that end.
    public func isOfHost(_ address: IPAddress) -> Bool { hostAddresses.contains(address) }

    public static func == (left: Self, right: Self) -> Bool {
        left.gateways == right.gateways && left.interfaces == right.interfaces && left.sources == right.sources
            && left.targets == right.targets && left.hostAddresses == right.hostAddresses
            && left.subnets.elementsEqual(right.subnets) { $0.subnet == $1.subnet && $0.path == $1.path }
    }
}

/// What paths claim; what two claim is nobody's.
private struct Claims {
    var gateways: [IPAddress: PathID?] = [:]
    var interfaces: [String: PathID?] = [:]
    var sources: [IPAddress: PathID?] = [:]
    var targets: [IPAddress: PathID?] = [:]

    mutating func gateway(_ address: IPAddress, _ path: PathID) { Self.claim(address, path, &gateways) }
    mutating func interface(_ name: String, _ path: PathID) { Self.claim(name, path, &interfaces) }
    mutating func source(_ address: IPAddress, _ path: PathID) { Self.claim(address, path, &sources) }
    mutating func target(_ address: IPAddress, _ path: PathID?) { Self.claim(address, path, &targets) }

    private static func claim<Key>(_ key: Key, _ path: PathID?, _ claims: inout [Key: PathID?]) {
        guard let former = claims[key] else {
            claims[key] = .some(path)
            return
        }
        if former != path { claims[key] = .some(nil) }
    }
}
