import Links
import Model

extension RulePass {
    /// The rules about one path each.
    mutating func pathRules() {
        for path in paths {
            standby(path)
            if path.state == .unknown {
                unknown(path)
                for name in [AlertName.pathDegraded, .pathDrained, .pathMTUReduced, .asymmetricPath, .pathPinLost] {
                    hold(identity(name, path))
                }
            } else {
                quality(path)
                routing(path)
            }
            if path.isFlapping {
                add(
                    identity(.pathFlapping, path),
                    annotations(path, "flaps", "changes its state again and again: six times within ten minutes")
                )
            }
        }
        holdFlapping()
        holdDegraded()
    }

    /// What an earlier run counted is not known until the time for counting has passed since the start.
    private mutating func holdFlapping() {
        guard isWatched(lessThan: LinksModel.flapWindow) else { return }
        let flapping = Set(paths.filter(\.isFlapping).map(\.spec.id))
        for spec in settings.topology.paths where !flapping.contains(spec.id) { hold(identity(.pathFlapping, spec)) }
    }

    /// A path's losses are counted anew from where it comes up first after the start. Until they are counted for long enough
    /// nothing proves that what an earlier run found degraded is well again; later it proves itself as ever.
    private mutating func holdDegraded() {
        guard let start = facts.watchedSince, isWatched(lessThan: LinksModel.lossMemory * 2 + lossGrace) else { return }
        let degraded = Set(paths.filter { $0.degraded != nil }.map(\.spec.id))
        let open = facts.links.flatMap(\.paths).filter { path in
            path.state.isUp && path.since - start < LinksModel.lossMemory
                && age(path.since) < LinksModel.lossMemory + lossGrace
        }
        let ids = Set(open.map(\.id)).subtracting(degraded)
        for spec in settings.topology.paths where ids.contains(spec.id) {
            let name = identity(.pathDegraded, spec)
            // What this run found itself it has counted itself, and knows when it is over.
            if began(name, before: start) { hold(name) }
        }
    }

    /// Losses are counted by whole seconds from the probe after the path came up, and judged with the next one.
    private var lossGrace: Duration {
        let probes = settings.topology.links.flatMap(\.through) + settings.topology.paths.flatMap(\.edge)
        return .seconds(5) + (probes.map(\.interval).max() ?? .zero)
    }

    private func identity(_ name: AlertName, _ path: MergedPath) -> AlertIdentity { identity(name, path.spec) }

    private func identity(_ name: AlertName, _ spec: PathSpec) -> AlertIdentity {
        AlertIdentity(
            name,
            AlertObject(path: spec.id, circuit: spec.circuit, connection: spec.connection, peering: spec.peering)
        )
    }

    private func annotations(
        _ path: MergedPath,
        _ verb: String,
        _ what: String,
        evidence: String? = nil,
        layer: Layer? = nil,
        owner: Owner? = nil
    ) -> AlertAnnotations {
        let isVPN = path.spec.kind == .vpn
        return AlertAnnotations(
            summary: "path \(path.spec.id) \(verb)",
            description: "\(path.spec.id) \(what)".with(evidence: evidence ?? path.evidence) + ".",
            layer: (layer ?? path.layer ?? (isVPN ? .customerEdge : .provider)).words(of: path.spec.kind),
            owner: owner ?? path.owner ?? (isVPN ? .customer : .provider),
            links: Self.unique(path.links)
        )
    }

    /// StandbyPathDown and VPNTunnelDown. A circuit's own connections are RedundancyLost or CircuitLost instead.
    private mutating func standby(_ path: MergedPath) {
        guard path.spec.kind != .expressroute else { return }
        let down = identity(.standbyPathDown, path)
        switch path.state {
        case .down where path.isActive: break
        case .down where path.isActiveUnknown: hold(down)
        case .unknown: hold(down)
        case .down:
            add(
                down,
                annotations(
                    path,
                    "is down and would not carry traffic if it had to",
                    "carries no traffic now and is down \(since(path.since, of: down))"
                )
            )
        default: break
        }
        let tunnel = identity(.vpnTunnelDown, path)
        // Of a tunnel that has not answered since the start only an earlier run knows that it did before.
        let remembered = memory[tunnel] ?? []
        let lost = path.tunnelsDown + path.tunnelsUnproven.filter(remembered.contains)
        guard !lost.isEmpty, path.state != .down else {
            // Until the first round of probes is over no edge has answered.
            let isTooEarly = !remembered.isEmpty && path.state != .down && isWatched(lessThan: lossGrace)
            if path.state == .unknown || isTooEarly { hold(tunnel) }
            return
        }
        add(
            tunnel,
            memory: lost,
            annotations(
                path,
                "has lost a tunnel",
                "still works, but not over every tunnel",
                evidence: lost.joined(separator: ", ")
            )
        )
    }

    private mutating func unknown(_ path: MergedPath) {
        add(
            identity(.pathUnknown, path),
            annotations(
                path,
                "cannot be judged",
                "is neither proved up nor down \(since(path.since, of: identity(.pathUnknown, path)))",
                layer: .host,
                owner: .customer
            )
        )
    }

    /// PathDegraded, PathDrained, PathMTUReduced.
    private mutating func quality(_ path: MergedPath) {
        if let degraded = path.degraded {
            let name = identity(.pathDegraded, path)
            let what = "loses packets or is slower than usual \(since(degraded.since, of: name))"
            add(name, annotations(path, "is degraded", what, evidence: degraded.evidence))
        }
        if let drained = path.drained {
            let name = identity(.pathDrained, path)
            let what = "answers, and its siblings carry all flows \(since(drained.since, of: name))"
            add(name, annotations(path, "is drained", what, evidence: drained.evidence))
        }
        if path.state == .down, age(path.since) < LinksModel.lossMemory {
            hold(identity(.pathDegraded, path))
        }
        if path.state == .down {
            // No packet crosses it now, so that its size is not known.
            hold(identity(.pathMTUReduced, path))
        } else if let mtu = path.reducedMTU ?? rememberedMTU(of: path) {
            add(
                identity(.pathMTUReduced, path),
                memory: ["\(mtu.baseline)"],
                annotations(
                    path,
                    "carries smaller packets than before",
                    "has a smaller path MTU",
                    evidence: "\(mtu.now) bytes now, \(mtu.baseline) before",
                    layer: .route
                )
            )
        }
    }

    /// A run begins with what it finds first: that it was larger before only an earlier one knows.
    private mutating func rememberedMTU(of path: MergedPath) -> (now: Int, baseline: Int)? {
        let name = identity(.pathMTUReduced, path)
        guard let before = memory[name]?.first.flatMap({ Int($0) }) else { return nil }
        guard let now = path.mtu else {
            if isSearched(path) { hold(name) }
            return nil
        }
        return now < before ? (now, before) : nil
    }

    /// Its MTU is searched for now and then, or will be.
    private func isSearched(_ path: MergedPath) -> Bool {
        settings.topology.links.contains { link in
            path.links.contains(link.name) && link.through.contains { $0.trace != nil }
        }
    }

    /// AsymmetricPath and PathPinLost.
    private mutating func routing(_ path: MergedPath) {
        if let asymmetry = path.asymmetry {
            add(
                identity(.asymmetricPath, path),
                annotations(
                    path,
                    "is answered over another tier",
                    "goes out one way and comes back another",
                    evidence: asymmetry,
                    layer: .route,
                    owner: .customer
                )
            )
        }
        if let pin = path.pinLost {
            add(
                identity(.pathPinLost, path),
                annotations(
                    path,
                    "is no longer tested on its own",
                    "is not where its probes go",
                    evidence: pin,
                    layer: .host,
                    owner: .customer
                )
            )
        }
    }
}
