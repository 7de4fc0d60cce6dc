import Model

extension LinksModel {
    /// Judges a link: its active set, then its state.
    mutating func judge(link: Int, _ changes: inout [LinksChange]) {
        judgeActiveSet(of: link, &changes)
        // What carries the traffic is not drained, from this very moment on.
        for path in links[link].paths.indices
        where links[link].paths[path].state == .drained && links[link].active?.contains(path) == true {
            judgeQuality(of: path, of: link, &changes)
        }
        judgeMovement(of: link)
        let (state, layer, reasons) = verdict(on: link)
        let old = links[link].state
        // What holds a link in its state may change while the state does not.
        links[link].layer = layer
        let known = links[link].evidence
        if old != state || known.map(\.text) != reasons {
            links[link].evidence = reasons.map { text in
                (old == state ? known.first { $0.text == text } : nil) ?? Evidence(at: now, text)
            }
        }
        guard old != state else { return }
        let evidence = links[link].evidence
        links[link].state = state
        links[link].since = now
        changes.append(.link(link: links[link].spec.name, from: old, to: state, at: now, evidence: evidence))
    }

    /// The first state that holds (contract §2).
    private func verdict(on link: Int) -> (LinkState, Layer, [String]) {
        let record = links[link]
        if isIsolated { return (.unknown, .lan, ["no reference of the site answers: this host is cut off"]) }
        let verified = record.workloads.filter { $0.state != .unknown }
        let hasResult = !verified.isEmpty || record.paths.contains { $0.state != .unknown }
        let isSilent = record.workloads.contains { isMissed($0) }
        guard hasResult || isSilent, record.state != .unknown || !isStarting(record) else {
            return (.unknown, .provider, ["no result yet"])
        }
        if let reason = downReason(record, verified) {
            return (.down, layerOfFall(record), [reason])
        }
        if let tier = record.activeTier, tier > 1 {
            return (.failedOver, layer(ofTier: 1, record), ["traffic takes tier \(tier)"])
        }
        // Nothing fresh shows where the traffic is: it counts as where it was last seen, as the open alerts do.
        if record.activeTier == nil, let tier = record.lastTier, tier > 1 {
            return (.failedOver, layer(ofTier: 1, record), ["traffic was last seen on tier \(tier)"])
        }
        var reasons = record.paths.filter { !$0.state.isUp }.map { path in
            "\(paths[path.path].spec.id) is \(path.state.rawValue)"
        }
        reasons += record.workloads.filter(isMissed).map { workload in
            "\(workload.target) \(workload.state == .down ? "is down" : "has not answered since the start")"
        }
        reasons += record.workloads.filter { !$0.lostFlows.isEmpty }.map {
            "\($0.lostFlows.count) of \($0.flows.count) flows to \($0.target) are lost"
        }
        if !reasons.isEmpty {
            let failing = record.workloads.first { isMissed($0) || !$0.lostFlows.isEmpty }
            let layer = record.paths.first { !$0.state.isUp }?.layer ?? failing.map { self.layer(of: $0, record) }
            return (.atRisk, layer ?? .service, reasons)
        }
        return (.protected, .service, ["every path is up"])
    }

    /// Where a link that is down breaks: a path that its traffic takes and that is down says it; where some path is up its
    /// packets arrive, and what does not answer is the service itself; else the gateway where edges answer and nothing
    /// behind them.
    private func layerOfFall(_ record: LinkRecord) -> Layer {
        let down = record.paths.filter { $0.state == .down }
        // No route at all, and nobody else's fault that would have withdrawn it.
        if record.activeTier == 0, down.allSatisfy({ $0.layer.owner == .customer }) { return .route }
        let taken = (record.active ?? record.lastActive ?? []).sorted().map { record.paths[$0] }
        let used = taken.isEmpty ? record.paths.filter { $0.tier == record.activeTier ?? record.lastTier ?? 1 } : taken
        if !used.isEmpty, used.allSatisfy({ $0.state == .down }) { return used[0].layer }
        // One of several may have had all the flows that are asked about: it fell together with them.
        if let fallen = used.first(where: { $0.state == .down && isNear($0.since, record.outageStart) }) {
            return fallen.layer
        }
        // After a restart nothing is known yet of paths that never answer: another one's packets arrive, not those of the users.
        let isWayOpen = used.isEmpty ? record.paths.contains(where: \.state.isUp) : used.contains(where: \.state.isUp)
        if isWayOpen {
            return record.workloads.first(where: isMissed).map(ownLayer) ?? .service
        }
        if let first = down.first { return first.layer }
        if let first = record.paths.first(where: { $0.layer == .gateway }) { return first.layer }
        return used.first { !$0.state.isUp && record.paths.contains(where: \.state.isUp) }?.layer ?? .vnet
    }

    /// Whether a path fell with the users' flows: both falls are seen within some intervals.
    private func isNear(_ fall: MonotonicTime, _ outage: MonotonicTime?) -> Bool {
        guard let outage else { return false }
        return fall >= outage && fall - outage <= .seconds(10)
    }

    /// Where a workload that fails, or loses some of its flows, fails: a link that is one of several drops what it is given,
    /// below the service.
    private func layer(of workload: WorkloadRecord, _ record: LinkRecord) -> Layer {
        guard !isMissed(workload) else { return ownLayer(of: workload) }
        let taken = record.active ?? record.lastActive ?? []
        let isTunnel = !taken.isEmpty && taken.allSatisfy { paths[record.paths[$0].path].spec.kind == .vpn }
        return isTunnel ? .gateway : .provider
    }

    /// The layer of a workload's own failure: what is asked for before, or in place of, its service.
    func ownLayer(of workload: WorkloadRecord) -> Layer {
        let failing = workload.flows.first { streams[$0.stream].health.lossRun > 0 }
        switch failing.flatMap({ streams[$0.stream].health.lastReason }) {
        case .dnsNXDomain, .dnsTimeout, .dnsServFail, .dnsError: return .dns
        case .tlsHandshake, .tlsUntrusted, .tlsExpired, .tlsName: return .tls
        case .proxyRefused, .proxyAuthRequired, .proxyAuthRejected, .proxyDenied, .proxyProtocol: return .proxy
        default: return .service
        }
    }

    /// A path of the link has not had a single result: too early for a first verdict.
    private func isStarting(_ record: LinkRecord) -> Bool {
        now < record.quietUntil
            && record.paths.contains { path in
                !path.throughs.isEmpty && !path.throughs.contains { streams[$0].health.hasNews }
            }
    }

    /// Down, or never answered since the start and all its flows missed `down_after`.
    func isMissed(_ workload: WorkloadRecord) -> Bool {
        workload.state == .down
            || workload.flows.allSatisfy { flow in
                let stream = streams[flow.stream]
                guard !stream.health.everAnswered, stream.health.lossRun >= stream.downAfter else { return false }
                return !mayBeLocal([flow.stream])
            }
    }

    private func downReason(_ record: LinkRecord, _ verified: [WorkloadRecord]) -> String? {
        // One that a reload brings in the middle of an outage ends it by an answer, not by being new.
        let tested = record.workloads.filter { workload in
            workload.flows.contains { flow in
                let health = streams[flow.stream].health
                return health.everAnswered || health.hasResult && (record.outageStart == nil || isMissed(workload))
            }
        }
        if !tested.isEmpty, tested.allSatisfy(isMissed) {
            return tested.count == 1 ? "\(tested[0].target) is down" : "all \(tested.count) workloads are down"
        }
        let isWithoutPath = !record.paths.isEmpty && record.paths.allSatisfy { $0.state == .down }
        // A workload that answers proves a way, whatever the pins say.
        let hasAnswer = verified.contains { $0.state == .up }
        return isWithoutPath && !hasAnswer ? "no path is up" : nil
    }

    private func layer(ofTier tier: Int, _ record: LinkRecord) -> Layer {
        record.paths.first { $0.tier == tier && !$0.state.isUp }?.layer ?? .route
    }

    /// Since when traffic has stayed on a tier that is down, although another is up.
    private mutating func judgeMovement(of link: Int) {
        let record = links[link]
        guard let tier = record.activeTier, tier > 0, !isIsolated else {
            // Unknown holds what was known; no route at all means that the routes did move.
            if record.activeTier == 0 { links[link].notMovedSince = nil }
            return
        }
        let members = record.paths.filter { $0.tier == tier }
        let isLost = !members.isEmpty && members.allSatisfy { $0.state == .down }
        let hasOther = record.paths.contains { $0.tier != tier && $0.state.isUp }
        if isLost, hasOther {
            if record.notMovedSince == nil { links[link].notMovedSince = members.map(\.since).max() ?? now }
        } else {
            links[link].notMovedSince = nil
        }
    }

    /// Since when a path of the first tier is up and not degraded: traffic could be there.
    func firstTierCleanSince(_ record: LinkRecord) -> MonotonicTime? {
        record.paths.filter { $0.tier == 1 && $0.state == .up }.map(\.since).min()
    }
}
