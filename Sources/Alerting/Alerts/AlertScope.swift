public import Model

/// What is configured, and which paths change their state too often.
public struct AlertScope: Sendable, Equatable {
    public var links: Set<String>
    public var paths: Set<PathID>
    public var circuits: Set<String>
    /// Targets of each link's workloads.
    public var targets: [String: Set<String>]
    public var disabled: Set<AlertName>
    public var proxies: Set<String> = []
    /// Targets of storage accounts, endpoints and certificates, whatever link they belong to.
    public var serviceTargets: Set<String> = []
    /// Paths whose alerts keep firing until they are quiet again.
    public var flapping: Set<PathID> = []
    /// Circuits of which a connection flaps.
    public var flappingCircuits: Set<String> = []

    public init(topology: Topology, rules: [AlertName: AlertRuleOverride] = [:]) {
        links = Set(topology.links.map(\.name))
        paths = Set(topology.paths.map(\.id))
        circuits = Set(topology.paths.compactMap(\.circuit))
        targets = Dictionary(
            topology.links.map { ($0.name, Set($0.workloads.map(\.target.description))) },
            uniquingKeysWith: { $0.union($1) }
        )
        disabled = Set(rules.filter(\.value.isOff).keys)
    }

    init(_ settings: AlertSettings) {
        self.init(topology: settings.topology, rules: settings.rules)
        proxies = settings.proxies
        serviceTargets = settings.serviceTargets
    }

    /// Whether what the alert is about still exists and its rule is on.
    public func contains(_ identity: AlertIdentity) -> Bool {
        let object = identity.object
        if disabled.contains(identity.name) { return false }
        if let link = object.link {
            guard links.contains(link) else { return false }
            if let target = object.target, targets[link]?.contains(target) != true, !serviceTargets.contains(target) {
                return false
            }
        } else if let target = object.target, !serviceTargets.contains(target) {
            return false
        }
        if let proxy = object.proxy, !proxies.contains(proxy) { return false }
        if let path = object.path, !paths.contains(path) { return false }
        if let circuit = object.circuit, !circuits.contains(circuit) { return false }
        return true
    }

    /// Whether the alert speaks of a path that changes its state too often, or of that path's circuit.
    public func isFlapping(_ identity: AlertIdentity) -> Bool {
        if identity.name == .pathFlapping { return false }
        if let path = identity.object.path { return flapping.contains(path) }
        return identity.object.circuit.map(flappingCircuits.contains) ?? false
    }
}
