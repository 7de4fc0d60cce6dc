public import Model
public import Wire

/// Names the path of a trace from what is configured and what was seen.
///
/// Each observation allows a set of paths; what all allow is the answer. A hop inside a connection's subnet and the
/// kernel's route each suffice. The path MTU rules paths out and so decides between those that are left; alone it names
/// none. Silence of a hop is no evidence. What contradicts itself names nothing.
public struct PathNaming: Sendable {
    private struct Observation {
        enum Weight {
            /// The packets were seen there.
            case proof
            /// The packets cannot have gone elsewhere among the configured paths; they may have gone over none of them.
            case exclusion
            /// As an exclusion that rests on what is usual: it yields to a proof.
            case assumption
            /// As a proof, but another observation speaks against it: it contradicts, and names nothing alone.
            case doubt
            /// What is usual; it contradicts nothing.
            case hint
        }

        var paths: Set<PathID>
        var sentence: String
        var weight: Weight
    }

    private let paths: [PathSpec]
    private let links: [LinkSpec]
    private var observations: [Observation] = []

    public init(paths: [PathSpec], links: [LinkSpec] = []) {
        self.paths = paths
        self.links = links
    }

    /// - Parameters:
    ///   - host: as the user wrote it.
    ///   - route: what the kernel says of the way to the target; nil when it was not asked.
    ///   - mtu: of the path, where it was searched.
    ///   - interfaceSizes: MTU of the interfaces of this host, by name; those that are not known are missing.
    public func identity(
        of target: IPAddress,
        host: String,
        hops: [TraceHop],
        route: RouteObservation?,
        flows: [TraceFlow] = [],
        mtu: PathMTU? = nil,
        interfaceSizes: [String: Int] = [:]
    ) -> PathIdentity {
        var naming = self
        let spread = Set(flows.compactMap(\.path))
        if spread.count > 1 {
            naming.observe(spread: spread, flows)
        } else {
            naming.observe(hops: hops, areMixed: flows.contains(where: \.isMixed))
        }
        // The kernel's word is of one flow, and the others have been seen elsewhere.
        if let route, spread.count < 2 { naming.observe(route: route, to: target) }
        if naming.observations.isEmpty { naming.observePublic(hops: hops, target: target) }
        if let mtu { naming.observe(mtu, interfaceSizes) }
        var identity = naming.conclusion(target: target, host: host)
        identity.isSpread = spread.count > 1 && !identity.isContradictory
        identity.evidence += formerPlaces(hops)
        identity.evidence += Self.wayBack(hops, target: target)
        return identity
    }

    /// The path that the hops of one flow prove; nil when they prove none, or several.
    ///
    /// - Parameter responders: by TTL from 1.
    public func path(ofHops responders: [IPAddress?]) -> PathID? {
        var naming = self
        naming.observe(
            hops: responders.enumerated().map { index, address in
                TraceHop(
                    ttl: index + 1,
                    responders: address.map { [TraceHop.Responder(address: $0, answers: 1)] } ?? []
                )
            }
        )
        let named = Set(naming.observations.flatMap(\.paths))
        return named.count == 1 ? named.first : nil
    }

    // MARK: Observations

    /// - Parameter areMixed: each packet had ports of its own, and may have taken another path than those that met these hops.
    private mutating func observe(hops: [TraceHop], areMixed: Bool = false) {
        let met = Set(hops.flatMap(\.present).map(\.address))
        let mixed = "; but each packet has ports of its own, and others may take another path"
        // A customer edge has an address in each connection's subnet and may answer by either; a Microsoft edge tells.
        let proven = paths.filter { $0.microsoftEdge.map(met.contains) == true }
        let outdone = paths.filter { path in
            path.circuit != nil && proven.contains { $0.id != path.id && $0.circuit == path.circuit }
        }.map(\.id)
        for hop in hops {
            for responder in hop.present.map(\.address) {
                for path in paths {
                    if path.customerEdge == responder, outdone.contains(path.id) { continue }
                    if let subnet = path.subnet, subnet.contains(responder) {
                        let side = Self.side(of: responder, in: path)
                        let doubt = areMixed ? mixed : hop.present.count == 1 ? Self.doubt(of: hop) : nil
                        let sentence = "hop \(hop.ttl) (\(responder)) is \(side) of \(path.id), inside its \(subnet)"
                        add([path.id], sentence + (doubt ?? ""), doubt == nil ? .proof : .doubt)
                    } else if path.edge.contains(where: { $0.target.address == responder })
                        || path.gateways.contains(where: { IPAddress($0) == responder })
                    {
                        let sentence = "hop \(hop.ttl) (\(responder)) is the far edge of \(path.id)"
                        add([path.id], sentence + (areMixed ? mixed : ""), areMixed ? .doubt : .proof)
                    }
                }
            }
        }
    }

    /// Flows that take several paths at once, as those of a circuit's two connections do.
    private mutating func observe(spread: Set<PathID>, _ flows: [TraceFlow]) {
        let parts = spread.sorted().map { path in "\(flows.count { $0.path == path }) over \(path)" }
        add(Array(spread), "the flows are spread: " + parts.joined(separator: ", "))
    }

    /// Configured routers that answered until the way moved.
    private func formerPlaces(_ hops: [TraceHop]) -> [String] {
        hops.flatMap { hop in
            hop.responders.lazy.filter(\.isFormer).flatMap { responder in
                paths.filter { $0.subnet?.contains(responder.address) == true }.map { path in
                    "until the way moved hop \(hop.ttl) was \(responder.address), "
                        + "\(Self.side(of: responder.address, in: path)) of \(path.id)"
                }
            }
        }
    }

    private static func side(of address: IPAddress, in path: PathSpec) -> String {
        switch address {
        case path.microsoftEdge: "the Microsoft edge"
        case path.customerEdge: "the customer edge"
        default: "in the subnet"
        }
    }

    private mutating func observe(route: RouteObservation, to target: IPAddress) {
        guard case .route(let interface, let gateway, let source) = route.verdict else { return }
        var byInterface = paths.filter { $0.pin.interface == interface }
        // A tunnel may carry both families as two paths.
        let fitting = byInterface.filter { $0.families(in: links).contains(target.family) }
        if !fitting.isEmpty { byInterface = fitting }
        if !byInterface.isEmpty {
            add(byInterface.map(\.id), "the host's route leaves by \(interface), the pin of \(Self.list(byInterface))")
        }
        if let gateway {
            let byGateway = paths.filter { $0.pin.nextHop == gateway || $0.subnet?.contains(gateway) == true }
            if !byGateway.isEmpty {
                add(byGateway.map(\.id), "the host's next hop is \(gateway), of \(Self.list(byGateway))")
            }
        }
        if let source {
            let bySource = paths.filter { $0.pin.source == source || $0.subnet?.contains(source) == true }
            if !bySource.isEmpty {
                add(bySource.map(\.id), "packets leave from \(source), the source of \(Self.list(bySource))")
            }
        }
    }

    /// Public routers before a public target are the Internet, where no circuit could have public routers too.
    private mutating func observePublic(hops: [TraceHop], target: IPAddress) {
        let internet = paths.filter { $0.kind == .internet }
        let circuits = paths.contains { $0.kind == .expressroute && $0.peering == .microsoft }
        guard !internet.isEmpty, !circuits, target.isGloballyRouted else { return }
        for hop in hops {
            guard let router = hop.present.first(where: { $0.address.isGloballyRouted && $0.address != target })
            else { continue }
            add(internet.map(\.id), "hop \(hop.ttl) (\(router.address)) is a public router before a public target")
            return
        }
    }

    private mutating func observe(_ mtu: PathMTU, _ interfaces: [String: Int]) {
        guard let bytes = mtu.bytes else { return }
        for (isUsual, weight) in [(false, Observation.Weight.exclusion), (true, .assumption)] {
            let narrow = paths.compactMap { path in
                Self.limit(of: path, interfaces).flatMap { limit in
                    bytes > limit.bytes && limit.isUsual == isUsual ? (id: path.id, limit: limit) : nil
                }
            }
            let wide = paths.map(\.id).filter { id in !narrow.contains { $0.id == id } }
            guard !narrow.isEmpty, !wide.isEmpty else { continue }
            let verb = isUsual ? "usually carries" : "carries"
            let limits = narrow.map { "\($0.id) \(verb) at most \($0.limit.bytes), \($0.limit.reason)" }
            add(wide, "packets of \(bytes) bytes cross whole: " + limits.joined(separator: "; "), weight)
        }
        let others = paths.filter { $0.kind != .expressroute }.map(\.id)
        if bytes < Self.leastOverCircuit, mtu.interfaceBytes >= Self.leastOverCircuit, !others.isEmpty,
            others.count < paths.count
        {
            let usual = "ExpressRoute carries \(Self.leastOverCircuit) at the least"
            add(others, "packets over \(bytes) bytes do not cross whole: \(usual)", .hint)
        }
    }

    private mutating func add(
        _ paths: [PathID],
        _ sentence: String,
        _ weight: Observation.Weight = .proof
    ) {
        guard !observations.contains(where: { $0.sentence == sentence }) else { return }
        observations.append(Observation(paths: Set(paths), sentence: sentence, weight: weight))
    }

    private static func list(_ paths: [PathSpec]) -> String {
        paths.map(\.id.rawValue).joined(separator: " or ")
    }

    // MARK: Conclusion

    private func conclusion(target: IPAddress, host: String) -> PathIdentity {
        var identity = PathIdentity(evidence: observations.map(\.sentence))
        let isProven = observations.contains { $0.weight == .proof }
        let allowed = allowedPaths
        switch allowed {
        case .some(let set) where !isProven && !set.isEmpty:
            let isDoubtful = observations.contains { $0.weight == .doubt }
            identity.evidence.append(
                isDoubtful ? "that alone names no path" : "no hop and no route belongs to a configured path"
            )
            identity.candidates = set.sorted()
        case nil:
            if !paths.isEmpty { identity.evidence.append("no hop and no route belongs to a configured path") }
        case .some(let set) where set.isEmpty:
            identity.isContradictory = true
            identity.evidence.append("these disagree, so the path is not known")
        case .some(let set) where set.count > 1:
            identity.candidates = set.sorted()
        case .some(let set):
            identity.path = set.first
            identity.kind = paths.first { $0.id == identity.path }?.kind
        }
        identity.links = matches(target: target, host: host, path: identity.path)
        for match in identity.links {
            guard let path = identity.path else { continue }
            if let tier = match.tier {
                identity.evidence.append("\(path) is tier \(tier) of the link \(match.link)")
            } else {
                identity.evidence.append("the link \(match.link) does not use \(path)")
            }
        }
        return identity
    }

    /// What all observations allow; nil without any. Hints choose only among several.
    private var allowedPaths: Set<PathID>? {
        var allowed: Set<PathID>?
        for observation in observations where observation.weight != .hint && observation.weight != .assumption {
            allowed = allowed.map { $0.intersection(observation.paths) } ?? observation.paths
        }
        for assumption in observations where assumption.weight == .assumption {
            let rest = allowed.map { $0.intersection(assumption.paths) } ?? assumption.paths
            // A tunnel that divides packets after it has sealed them carries more.
            if !rest.isEmpty || allowed?.isEmpty == true { allowed = rest }
        }
        for hint in observations where hint.weight == .hint {
            guard let several = allowed else {
                allowed = hint.paths
                continue
            }
            let rest = several.intersection(hint.paths)
            // One that is left would be a guess.
            if rest.count > 1 { allowed = rest }
        }
        return allowed
    }

    private func matches(target: IPAddress, host: String, path: PathID?) -> [PathIdentity.LinkMatch] {
        func isTarget(_ probe: ProbeSpec) -> Bool { probe.target.address == target || probe.target.host == host }
        return links.compactMap { link in
            let role: ProbeRole
            if link.workloads.contains(where: isTarget) {
                role = .workload
            } else if link.through.contains(where: isTarget) {
                role = .through
            } else {
                return nil
            }
            return PathIdentity.LinkMatch(link: link.name, role: role, tier: path.flatMap { link.tier(of: $0) })
        }
    }
}

extension IPAddress {
    /// Outside the ranges that the Internet does not carry (RFC 6890).
    var isGloballyRouted: Bool {
        switch self {
        case .v4(let address):
            let value = address.rawValue
            let kept: [(UInt32, UInt32)] = [
                (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16),
                (0xAC10_0000, 12), (0xC000_0000, 24), (0xC000_0200, 24), (0xC0A8_0000, 16), (0xC612_0000, 15),
                (0xC633_6400, 24), (0xCB00_7100, 24), (0xE000_0000, 3),
            ]
            return !kept.contains { value >> (32 - $0.1) == $0.0 >> (32 - $0.1) }
        case .v6(let address):
            let isDocumentation = address.high >> 32 == 0x2001_0DB8
            return address.high >> 61 == 1 && !isDocumentation
        }
    }
}
