import Model

extension RulePass {
    /// CircuitLost and RedundancyLost.
    mutating func circuitRules() {
        var seen = Set<String>()
        for circuit in paths.compactMap(\.spec.circuit) where seen.insert(circuit).inserted {
            judge(circuit: circuit, paths.filter { $0.spec.circuit == circuit })
        }
    }

    private mutating func judge(circuit: String, _ connections: [MergedPath]) {
        guard let first = connections.first else { return }
        let lost = AlertIdentity(.circuitLost, AlertObject(circuit: circuit, peering: first.spec.peering))
        let ups = connections.filter(\.state.isUp)
        guard ups.isEmpty else {
            for connection in connections where !connection.state.isUp { reduced(connection, beside: ups) }
            return
        }
        let downs = connections.filter { $0.state == .down }
        // At the start one may be judged before the other: an alert would be too early.
        let isStarting = connections.contains { !$0.wasJudged && age($0.since) < .seconds(10) }
        // Nothing says whether what cannot be judged yet is the lost half of a circuit whose other half is well.
        for connection in connections where isStarting || connection.state == .unknown { hold(redundancy(connection)) }
        guard let latest = downs.map(\.since).max(), !isStarting else { return hold(lost) }
        let provider = first.spec.provider.map { " (\($0))" } ?? ""
        let evidence = connections.map { connection in
            "\(connection.spec.id) \(connection.state.rawValue)".with(evidence: connection.evidence)
        }
        let blame = downs.first { $0.layer != nil } ?? first
        // The circuit itself is well then, and carries nothing all the same.
        let isBehind = downs.allSatisfy { $0.layer == .gateway }
        add(
            lost,
            AlertAnnotations(
                summary: isBehind
                    ? "ExpressRoute circuit \(circuit)\(provider) carries nothing: its edges answer, the VNet's gateway does not"
                    : "ExpressRoute circuit \(circuit)\(provider) is lost",
                description: "No connection of the circuit lets packets through \(since(latest, of: lost)). "
                    + evidence.joined(separator: "; ") + ". " + whereTrafficIs(connections.flatMap(\.links)),
                layer: (blame.layer ?? .provider).words(),
                owner: blame.owner ?? .provider,
                links: Self.unique(connections.flatMap(\.links))
            )
        )
    }

    private func redundancy(_ connection: MergedPath) -> AlertIdentity {
        let spec = connection.spec
        return AlertIdentity(
            .redundancyLost,
            AlertObject(path: spec.id, circuit: spec.circuit, connection: spec.connection, peering: spec.peering)
        )
    }

    private mutating func reduced(_ connection: MergedPath, beside ups: [MergedPath]) {
        let spec = connection.spec
        let identity = redundancy(connection)
        if connection.state == .unknown, age(connection.since) < .seconds(60) { return hold(identity) }
        let others = ups.map(\.spec.id.rawValue).joined(separator: ", ")
        add(
            identity,
            AlertAnnotations(
                summary:
                    "circuit \(spec.circuit ?? "") has lost its \(spec.connection?.rawValue ?? "other") connection",
                description: "\(spec.id) is \(connection.state.rawValue) \(since(connection.since, of: identity))"
                    .with(evidence: connection.evidence) + ". Still up: \(others). The next fault is an outage.",
                layer: (connection.layer ?? .provider).words(),
                owner: connection.owner ?? .provider,
                links: Self.unique(connection.links)
            )
        )
    }

    /// One sentence about each of these links' traffic; of very many, about the first ones.
    private func whereTrafficIs(_ names: [String]) -> String {
        let affected = Set(names)
        let links = facts.links.filter { affected.contains($0.name) }
        let shown = links.count > 10 ? 8 : links.count
        let rest = links.count > shown ? " \(links.count - shown) more links use it." : ""
        return links.prefix(shown).map { link in
            switch link.activeTier {
            case .unknown: "Where the traffic of \(link.name) goes is not known."
            case .none: "The traffic of \(link.name) goes nowhere."
            case .tier(let tier):
                "The traffic of \(link.name) is \(Self.isDead(link) ? "still routed to" : "on") tier \(tier) ("
                    + link.activePaths.map(\.rawValue).joined(separator: ", ") + ")."
            }
        }.joined(separator: " ") + rest
    }

    /// Nothing passes on any path that its traffic is on.
    private static func isDead(_ link: LinkFacts) -> Bool {
        let active = link.paths.filter { link.activePaths.contains($0.id) }
        return !active.isEmpty && active.allSatisfy { $0.state == .down }
    }

    static func unique(_ names: [String]) -> [String] {
        var seen = Set<String>()
        return names.filter { seen.insert($0).inserted }
    }
}
