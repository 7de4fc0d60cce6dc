import Model

extension RulePass {
    /// The rules about one link each.
    mutating func linkRules(_ link: LinkFacts) {
        guard let spec = spec(of: link.name) else { return }
        let object = AlertObject(link: link.name, peering: spec.peering)
        linkDown(link, spec, object)
        allUnknown(link, object)
        failover(link, spec, object)
        slow(link, spec, object)
        gateway(link, object)
        for workload in link.workloads { judge(workload, of: link, object) }
    }

    private mutating func linkDown(_ link: LinkFacts, _ spec: LinkSpec, _ object: AlertObject) {
        let identity = AlertIdentity(.linkDown, object)
        if link.state == .unknown || (link.state == .down && facts.references == .unknown) { return hold(identity) }
        // After a restart in the middle of an outage nothing has answered yet: that is no proof of health.
        let isUnproven = !link.workloads.isEmpty && link.workloads.allSatisfy { $0.state == .unknown }
        if link.state != .down, isUnproven { return hold(identity) }
        guard link.state == .down else { return }
        let downs = link.paths.filter { $0.state == .down && $0.layer != nil }
        let blame = link.layer == nil ? downs.first : downs.first { $0.layer == link.layer }
        let workloads = link.workloads.map(\.evidence).filter { !$0.isEmpty }.joined(separator: ", ")
        let evidence = [link.evidence, workloads].filter { !$0.isEmpty }.joined(separator: "; ")
        // After a restart the paths that the traffic takes are judged a moment later than its workloads.
        let taken = link.paths.filter { spec.tier(of: $0.id) == link.lastTier ?? 1 }
        add(
            identity,
            isBlameOpen: taken.allSatisfy { $0.state == .unknown },
            AlertAnnotations(
                summary: "link \(link.name) is down",
                description: "No workload is reached \(since(min(link.since, link.outageStart ?? link.since)))".with(
                    evidence: evidence
                ) + ". "
                    + link.paths.map { "\($0.id) \($0.state.rawValue)".with(evidence: $0.evidence) }
                    .joined(separator: "; ") + ".",
                layer: words(of: blame) ?? link.layer?.words(),
                owner: link.owner ?? blame?.owner
            )
        )
    }

    /// The layer of a path's fault, in words.
    private func words(of path: LinkPathFacts?) -> String? {
        guard let path, let layer = path.layer else { return nil }
        return layer.words(of: settings.topology.path(path.id)?.kind ?? .expressroute)
    }

    /// PathUnknown for a whole link.
    private mutating func allUnknown(_ link: LinkFacts, _ object: AlertObject) {
        guard !link.paths.isEmpty, link.paths.allSatisfy({ $0.state == .unknown }) else { return }
        let since = link.paths.map(\.since).max() ?? link.since
        let identity = AlertIdentity(.pathUnknown, object)
        add(
            identity,
            severity: .critical,
            for: .seconds(60),
            AlertAnnotations(
                summary: "no path of link \(link.name) can be judged",
                description: "Nothing proves any of its paths up or down \(self.since(since, of: identity)). "
                    + link.paths.map { "\($0.id)".with(evidence: $0.evidence) }.joined(separator: "; ") + ".",
                layer: Layer.host.words(),
                owner: .customer
            )
        )
    }

    /// FailedOver, NotFailedOver, StuckOnBackup.
    private mutating func failover(_ link: LinkFacts, _ spec: LinkSpec, _ object: AlertObject) {
        let failedOver = AlertIdentity(.failedOver, object)
        let stuck = AlertIdentity(.stuckOnBackup, object)
        notFailedOver(link, spec, AlertIdentity(.notFailedOver, object))
        guard case .tier(let tier) = link.activeTier else {
            hold(failedOver)
            hold(stuck)
            return
        }
        guard tier > 1 else { return }
        let active = link.activePaths.map(\.rawValue).joined(separator: ", ")
        let first = link.paths.filter { spec.tier(of: $0.id) == 1 }
        let states = first.map { "\($0.id) \($0.state.rawValue)".with(evidence: $0.evidence) }.joined(separator: "; ")
        let blame = first.first { $0.layer != nil }
        add(
            failedOver,
            AlertAnnotations(
                summary: "link \(link.name) runs on its backup \(active)",
                description:
                    "Its flows are seen on tier \(tier) \(since(link.activeSince, of: failedOver)) and none on the first. "
                    + "First tier: \(states).",
                layer: words(of: blame) ?? Layer.route.words(),
                owner: blame?.owner ?? .customer
            )
        )
        guard spec.detection.failback == .automatic else { return }
        if first.contains(where: { $0.state == .up }) {
            add(
                stuck,
                for: spec.detection.failbackBudget,
                AlertAnnotations(
                    summary: "link \(link.name) stays on its backup \(active) although its first tier is well",
                    description:
                        "The first tier is clean\(sinceIfKnown(link.firstTierCleanSince, of: stuck)), and the traffic has not come back. "
                        + "First tier: \(states).",
                    layer: Layer.route.words(),
                    owner: .customer
                )
            )
        } else if first.allSatisfy({ $0.state == .unknown }) {
            hold(stuck)
        }
    }

    /// The active tier is down while another is up: a route was not withdrawn. Where a workload answers, the tier carries it,
    /// whatever the pins say, as just after its return.
    private mutating func notFailedOver(_ link: LinkFacts, _ spec: LinkSpec, _ identity: AlertIdentity) {
        let tier: Int
        switch link.activeTier {
        // Behind a router nothing shows the way of traffic that nothing answers; while another tier carries probes to the
        // VNet and no workload answers, it has not moved there.
        case .unknown where link.state != .down: return hold(identity)
        case .unknown, .none: tier = link.lastTier ?? 1
        case .tier(let active): tier = active
        }
        let own = link.paths.filter { spec.tier(of: $0.id) == tier }
        let others = link.paths.filter { spec.tier(of: $0.id) != tier && $0.state.isUp }
        // After a restart they are judged a moment later: what has begun to wait goes on with it.
        if own.allSatisfy({ !$0.state.isUp }), own.contains(where: { $0.state == .unknown }) { return hold(identity) }
        guard !own.isEmpty, own.allSatisfy({ $0.state == .down }), !others.isEmpty,
            !link.workloads.contains(where: { $0.state == .up })
        else { return }
        let up = others.map(\.id.rawValue).joined(separator: ", ")
        add(
            identity,
            for: spec.detection.outageBudget,
            AlertAnnotations(
                summary: "traffic of link \(link.name) has not moved to \(up)",
                description:
                    "Tier \(tier) is down \(since(own.map(\.since).max() ?? link.since, of: identity)) ("
                    + own.map { "\($0.id)".with(evidence: $0.evidence) }.joined(separator: "; ")
                    + "), \(up) is up, and the traffic has not moved within \(spec.detection.outageBudget.text). A route was "
                    + "not withdrawn, or the backup's is missing.",
                layer: Layer.route.words(),
                owner: .customer
            )
        )
    }

    /// An outage that was too long is an event; its alert stands so long.
    private static let slowOutageShown: Duration = .seconds(300)

    private mutating func slow(_ link: LinkFacts, _ spec: LinkSpec, _ object: AlertObject) {
        let budget = spec.detection.outageBudget
        let identity = AlertIdentity(.failoverTooSlow, object)
        guard let outage = link.slowOutage else {
            if isWatched(lessThan: Self.slowOutageShown) { hold(identity) }
            return
        }
        guard outage.duration > budget, age(outage.endedAt) < Self.slowOutageShown else { return }
        add(
            identity,
            clearFor: .zero,
            episode: outage.endedAt.nanoseconds,
            AlertAnnotations(
                summary: "link \(link.name) was out for \(outage.duration.secondsText) s",
                description: "The outage that ended at \(clock.wallTime(of: outage.endedAt).rfc3339) lasted "
                    + "\(outage.duration.secondsText) s; its budget is \(budget.text).",
                layer: Layer.route.words(),
                owner: .customer
            )
        )
    }

    /// Edges answer and nothing behind this link's gateway does, over any path. A path that is up for another link
    /// makes it certain; a site with a single link has no such witness, and its edges speak alone.
    private mutating func gateway(_ link: LinkFacts, _ object: AlertObject) {
        let identity = AlertIdentity(.gatewayUnreachable, object)
        guard !link.paths.isEmpty else { return }
        if let up = link.paths.first(where: \.state.isUp) { return expressRouteGateway(link, besides: up, identity) }
        guard link.state != .unknown else { return hold(identity) }
        let edges = link.paths.filter { $0.edgeAnswers == true }
        let elsewhere = paths.filter { path in
            path.state.isUp && link.paths.contains { $0.id == path.spec.id }
        }
        // What has no address yet was asked by nobody.
        let wasReached =
            link.paths.contains(where: \.wasJudged)
            || link.workloads.contains { $0.state == .down && $0.layer != .dns && $0.layer != .host }
        guard link.workloads.allSatisfy({ $0.state != .up }) else { return }
        guard !edges.isEmpty, wasReached else {
            // After a restart in the middle of it nothing behind the edges has answered yet: that is no proof of health.
            if !link.paths.contains(where: \.wasJudged) { hold(identity) }
            return
        }
        let others =
            elsewhere.isEmpty
            ? "nothing in the VNet does, over any path"
            : "other links get through over \(elsewhere.map(\.spec.id.rawValue).joined(separator: ", "))"
        gatewayUnreachable(link.name, edges, others, since: link.since, identity)
    }

    /// All edges of the link's circuits answer, and what answers over another path does not answer over any of them.
    private mutating func expressRouteGateway(_ link: LinkFacts, besides up: LinkPathFacts, _ identity: AlertIdentity) {
        let connections = link.paths.filter { settings.topology.path($0.id)?.kind == .expressroute }
        guard connections.allSatisfy({ !$0.state.isUp }), !isCarried(link, by: connections) else { return }
        guard connections.contains(where: { $0.state == .down && $0.layer == .gateway }),
            connections.allSatisfy({ $0.edgeAnswers == true })
        else {
            // After a restart another path may be judged before them.
            let isOpen = connections.contains { $0.state == .unknown && !$0.wasJudged }
            if isOpen, connections.allSatisfy({ $0.edgeAnswers != false }) { hold(identity) }
            return
        }
        let since = connections.map(\.since).max() ?? link.since
        let others = "\(up.id) reaches the VNet, and no connection does"
        gatewayUnreachable(link.name, connections, others, since: since, identity)
    }

    /// A workload answers, and flows are seen on one of these paths: it loses packets, and passes others.
    private func isCarried(_ link: LinkFacts, by paths: [LinkPathFacts]) -> Bool {
        link.workloads.contains { $0.state == .up } && paths.contains { link.activePaths.contains($0.id) }
    }

    private mutating func gatewayUnreachable(
        _ link: String,
        _ edges: [LinkPathFacts],
        _ others: String,
        since: MonotonicTime,
        _ identity: AlertIdentity
    ) {
        add(
            identity,
            AlertAnnotations(
                summary: "nothing behind the VNet gateway of link \(link) answers",
                description: "The edges answer (\(edges.map(\.id.rawValue).joined(separator: ", "))), and \(others) "
                    + "\(self.since(since, of: identity)): not the circuit, but this VNet's gateway or what it protects.",
                layer: Layer.gateway.words(),
                owner: .microsoft
            )
        )
    }

    /// WorkloadDown and FlowsLost.
    private mutating func judge(_ workload: WorkloadFacts, of link: LinkFacts, _ object: AlertObject) {
        var object = object
        object.target = workload.target.description
        let down = AlertIdentity(.workloadDown, object)
        let flows = AlertIdentity(.flowsLost, object)
        if workload.state == .unknown {
            hold(down)
            hold(flows)
            return
        }
        let others = link.workloads.filter { $0.target != workload.target && $0.state == .up }
        if workload.state == .down, !others.isEmpty {
            // Every way that it takes may be known to be down: then it is not its own fault.
            let taken = link.paths.filter { workload.paths.contains($0.id) }
            let blame = taken.allSatisfy { $0.state == .down } ? taken.first { $0.layer != nil } : nil
            add(
                down,
                blaming: blame == nil ? [] : Set(workload.paths),
                AlertAnnotations(
                    summary: "\(workload.target) is down, other workloads of \(link.name) answer",
                    description: "It does not answer \(since(workload.since, of: down))".with(
                        evidence: workload.evidence
                    )
                        + ". Answering: \(others.map(\.target.description).joined(separator: ", ")).",
                    layer: words(of: blame) ?? workload.layer.words(),
                    owner: blame?.owner ?? workload.layer.owner
                )
            )
        }
        // Losses at random hit now these flows and now those; one black link loses the same ones all the time, while the
        // others pass: not the last to come back from an outage of all.
        let least = settings.rules[.flowsLost]?.holdFor ?? AlertName.flowsLost.defaultRule.duration
        let same = workload.lostFlows.filter { $0.isBeyondChance && age(max($0.since, workload.since)) >= least }
        guard workload.state == .up, !same.isEmpty, workload.lostFlows.count < workload.flows else { return }
        // Flows are asked one after the other: those found last belong to it too.
        let lost = workload.lostFlows
        let taken = link.paths.filter { path in lost.contains { $0.path == path.id } }
        let blame = taken.first { $0.layer != nil }
        let isTunnel = !taken.isEmpty && taken.allSatisfy { settings.topology.path($0.id)?.kind == .vpn }
        add(
            flows,
            isHeld: true,
            blaming: lost.allSatisfy { $0.path != nil } ? Set(lost.compactMap(\.path)) : [],
            AlertAnnotations(
                summary: "\(lost.count) of \(workload.flows) flows to \(workload.target) are lost",
                description:
                    "\(lostFlows(lost)), while the others pass: one link, LAG member or gateway instance "
                    + "drops what it is given.",
                layer: words(of: blame) ?? (isTunnel ? Layer.gateway.words(of: .vpn) : Layer.provider.words()),
                owner: blame?.owner ?? (isTunnel ? .microsoft : .provider)
            )
        )
    }

    /// Which flows fail, since when, and over which paths they go.
    private func lostFlows(_ lost: [LostFlow]) -> String {
        let ports = lost.compactMap(\.sourcePort).map(String.init).joined(separator: ", ")
        let numbers = lost.map { String($0.number) }.joined(separator: ", ")
        var text = ports.isEmpty ? "The same flows fail (\(numbers))" : "The flows from source ports \(ports) fail"
        if let since = lost.map(\.since).max() { text += " \(self.since(since))" }
        let paths = Set(lost.compactMap(\.path)).map(\.rawValue).sorted()
        return paths.isEmpty ? text : text + " (the kernel routes them over \(paths.joined(separator: " and ")))"
    }
}
