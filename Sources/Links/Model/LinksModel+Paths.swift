import Model

/// What the probes of a path prove now.
private enum PathVerdict {
    case up
    case down(Layer, [String])
    case unknown(Layer, [String])
    /// Not enough has been seen to change anything.
    case same
    /// Lost, and what its edge shows next decides.
    case open
    /// It would be down, if this host were sure of itself.
    case wait
}

extension LinksModel {
    /// The far end of the path's own hop: answering, silent, or not yet known.
    mutating func judgeEdge(of index: Int) {
        let verified = paths[index].edges.filter { streams[$0].health.everAnswered }
        let isAnswering: Bool? =
            verified.isEmpty ? nil : verified.contains { streams[$0].health.lossRun < streams[$0].downAfter }
        guard paths[index].edgeAnswering != isAnswering else { return }
        paths[index].edgeAnswering = isAnswering
        paths[index].edgeSince = now
    }

    /// Judges one path of one link anew and notes a change of its state.
    mutating func judge(path: Int, of link: Int, _ changes: inout [LinksChange]) {
        let verdict = verdict(on: path, of: link)
        links[link].paths[path].isWaiting = false
        links[link].paths[path].isPending = false
        switch verdict {
        case .up:
            rise(path, link, &changes)
        case .down(let layer, let reasons):
            fall(path, link)
            enter(.down, path, link, layer: layer, reasons, &changes)
        case .unknown(let layer, let reasons):
            links[link].paths[path].isPending = links[link].paths[path].everUp && !isIsolated
            enter(.unknown, path, link, layer: layer, reasons, &changes)
        case .same:
            break
        case .open:
            links[link].paths[path].isPending = true
        case .wait:
            links[link].paths[path].isWaiting = true
            links[link].paths[path].isPending = true
        }
    }

    private mutating func fall(_ path: Int, _ link: Int) {
        guard !links[link].paths[path].hasFallen else { return }
        links[link].paths[path].hasFallen = true
        let own = links[link].paths[path].throughs
        for stream in own.isEmpty ? paths[links[link].paths[path].path].edges : own {
            streams[stream].health.restartAnswers()
        }
    }

    private mutating func rise(_ path: Int, _ link: Int, _ changes: inout [LinksChange]) {
        let record = links[link].paths[path]
        links[link].paths[path].isEdgeSilent = !record.throughs.isEmpty && paths[record.path].edgeAnswering == false
        guard !record.state.isUp else { return }
        let own = record.throughs.isEmpty ? paths[record.path].edges : record.throughs
        if !record.everUp {
            for stream in own { streams[stream].health.forgetWindow() }
            links[link].paths[path].isDegraded = false
        } else {
            // What it lost before counts, but for the losses that left it unknown or down: a path that loses much falls now and
            // then, and is no better for it.
            for stream in own { streams[stream].health.forgetFall() }
        }
        links[link].paths[path].everUp = true
        links[link].paths[path].hasFallen = false
        let (state, reasons) = quality(of: path, of: link)
        enter(state, path, link, layer: paths[record.path].layer, reasons, &changes)
    }

    /// For how long it counts how many packets a path has lost.
    public static let lossMemory: Duration = .seconds(LossWindow.seconds)

    mutating func enter(
        _ state: PathState,
        _ path: Int,
        _ link: Int,
        layer: Layer,
        _ reasons: @autoclosure () -> [String],
        _ changes: inout [LinksChange]
    ) {
        let old = links[link].paths[path].state
        if old == state {
            // The verdict stays, and what is known of its cause grows.
            guard links[link].paths[path].layer != layer, !state.isUp else { return }
            links[link].paths[path].layer = layer
            links[link].paths[path].evidence = reasons().map { Evidence(at: now, $0) }
            return
        }
        let evidence = reasons().map { Evidence(at: now, $0) }
        links[link].paths[path].state = state
        links[link].paths[path].since = now
        links[link].paths[path].layer = layer
        links[link].paths[path].evidence = evidence
        noteChange(of: path, of: link, to: state)
        if old.isUp, !state.isUp { outdateHops(over: path, of: link) }
        let record = links[link].paths[path]
        changes.append(
            .path(
                link: links[link].spec.name,
                path: paths[record.path].spec.id,
                from: old,
                to: state,
                at: now,
                evidence: evidence
            )
        )
    }

    /// Six changes between up and down in ten minutes are flapping. Ignorance is no change: a fault of this host makes
    /// no path flap; nor is degraded, which has its own hysteresis.
    private mutating func noteChange(of path: Int, of link: Int, to state: PathState) {
        guard state != .unknown else { return }
        let state: PathState = state.isUp ? .up : .down
        let last = links[link].paths[path].lastDefinite
        guard last != state else { return }
        links[link].paths[path].lastDefinite = state
        guard last != .unknown else { return }
        links[link].paths[path].changes.append(now)
        if links[link].paths[path].changes.count > Self.flapCount { links[link].paths[path].changes.removeFirst() }
    }

    static let flapCount = 6
    /// In which changes are counted.
    public static let flapWindow: Duration = .seconds(600)

    func isFlapping(_ record: LinkPathRecord) -> Bool {
        guard record.changes.count >= Self.flapCount, let first = record.changes.first else { return false }
        return now - first <= Self.flapWindow
    }

    // MARK: The verdict

    private func verdict(on path: Int, of link: Int) -> PathVerdict {
        let record = links[link].paths[path]
        let facts = paths[record.path]
        if isIsolated {
            return .unknown(.lan, ["no reference of the site answers: this host is cut off"])
        }
        if let interface = facts.interface, !interface.isUsable {
            let state = !interface.exists ? "is gone" : !interface.isUp ? "is down" : "has no carrier"
            let reason = "interface \(interface.name) \(state)"
            return facts.hasSeenInterface ? .down(.host, [reason]) : .unknown(.host, [reason])
        }
        if facts.spec.followsRoutes, facts.forward == .wrong {
            return .unknown(.route, ["it has no pin, and the host's route leads over another path: nothing tests it"])
        }
        if let source = facts.spec.pin.source, facts.isSourceMissing {
            return .unknown(.host, ["no interface of this host has its address \(source)"])
        }
        if facts.bfd == .down, facts.hasSeenBFDUp, facts.spec.bfd != .off {
            return .down(.provider, ["BFD says that the session is down"])
        }
        return record.throughs.isEmpty ? edgeVerdict(record, facts, link) : throughVerdict(path, link, record, facts)
    }

    /// Without through probes the edge alone decides.
    private func edgeVerdict(_ record: LinkPathRecord, _ facts: PathRecord, _ link: Int) -> PathVerdict {
        if facts.edges.isEmpty, links[link].paths.count == 1 { return workloadVerdict(facts, link) }
        let detection = links[link].spec.detection
        let verified = facts.edges.filter { streams[$0].health.everAnswered }
        guard !verified.isEmpty else { return .unknown(facts.layer, ["no edge has answered since the start"]) }
        if verified.contains(where: { streams[$0].health.answerRun > 0 }) {
            if !record.hasFallen { return .up }
            return verified.contains { streams[$0].health.answerRun >= detection.upAfter } ? .up : .same
        }
        guard verified.allSatisfy({ streams[$0].health.lossRun >= detection.downAfter }) else { return .same }
        return mayBeLocal(verified) ? .wait : .down(facts.layer, [sentence(missing: verified)])
    }

    /// The only path of a link, without probes of its own: an answer of a workload can have come no other way.
    private func workloadVerdict(_ facts: PathRecord, _ link: Int) -> PathVerdict {
        var isHesitating = false
        for workload in links[link].workloads {
            for flow in workload.flows {
                if streams[flow.stream].health.answerRun > 0 { return .up }
                if streams[flow.stream].health.lossRun < streams[flow.stream].downAfter { isHesitating = true }
            }
        }
        return isHesitating ? .same : .unknown(facts.layer, ["it has no probe of its own, and no workload answers"])
    }

    private func throughVerdict(
        _ path: Int,
        _ link: Int,
        _ record: LinkPathRecord,
        _ facts: PathRecord
    ) -> PathVerdict {
        let detection = links[link].spec.detection
        if record.throughs.contains(where: { streams[$0].health.answerRun > 0 }) {
            if !record.hasFallen { return .up }
            return record.throughs.contains { streams[$0].health.answerRun >= detection.upAfter } ? .up : .same
        }
        // A target that never answered on any way says nothing of this one.
        let witnesses = record.throughs.filter { isVerified(streams[$0].key.target, link) }
        guard !witnesses.isEmpty else {
            let hasResults = record.throughs.contains { streams[$0].health.hasResult }
            let reason = "no through target has answered over any path since the start"
            return hasResults ? .unknown(.vnet, [reason]) : .same
        }
        guard witnesses.allSatisfy({ streams[$0].health.lossRun >= detection.downAfter }) else { return .same }
        // What never could leave (a source that this host does not have yet) proves nothing of the path.
        guard witnesses.contains(where: { streams[$0].health.hasLeft }) else {
            return .unknown(.host, ["none of its probes could leave since the start", sentence(missing: witnesses)])
        }
        return silentVerdict(path, link, record, facts, witnesses)
    }

    /// An edge proves its hop by an answer to what was sent after the first loss behind it; an older one is stale.
    private func isFailing(_ edge: Int, since witnesses: [Int]) -> Bool {
        guard streams[edge].health.lossRun == 0, let answered = streams[edge].health.lastAnswered else { return true }
        return witnesses.compactMap { streams[$0].health.firstLoss }.min().map { answered <= $0 } ?? false
    }

    /// The edge of a path that is down answers again, and the through probes, which are asked less often, could not yet: that
    /// blames nobody behind the edge.
    private func hasEdgeReturned(_ record: LinkPathRecord, _ facts: PathRecord) -> Bool {
        guard record.state == .down, facts.edgeAnswering != nil else { return false }
        let interval = record.throughs.map { streams[$0].interval }.max() ?? .zero
        return facts.edgeAnswering == false || now - facts.edgeSince < interval * 2 + .seconds(1)
    }

    /// All through probes of the path are lost; what the edge and the other paths show decides whose fault it is.
    private func silentVerdict(
        _ path: Int,
        _ link: Int,
        _ record: LinkPathRecord,
        _ facts: PathRecord,
        _ witnesses: [Int]
    ) -> PathVerdict {
        let downAfter = links[link].spec.detection.downAfter
        let edges = facts.edges.filter { streams[$0].health.everAnswered }
        let isEdgeLost = !edges.isEmpty && edges.allSatisfy { streams[$0].health.lossRun >= downAfter }
        let isEdgeFailing = edges.isEmpty || edges.contains { isFailing($0, since: witnesses) }
        let sibling = sibling(of: path, link, record, reaching: witnesses)
        var reasons = [sentence(missing: witnesses)]
        var layer = facts.layer
        if isEdgeLost { reasons.append(sentence(missing: edges)) }
        if let sibling, !isEdgeLost {
            reasons.append("\(name(of: sibling, link)) still reaches the same target")
            let isSameTier = links[link].paths[sibling].tier == record.tier
            if !isEdgeFailing, !hasEdgeReturned(record, facts) {
                layer = facts.spec.kind == .expressroute && isSameTier ? .microsoftEdge : .gateway
            }
        }
        let hasLeft = !witnesses.allSatisfy { streams[$0].health.lastReason?.isOfThisHost == true }
        if !hasLeft, !isEdgeFailing, !edges.isEmpty {
            // The hop itself is well, and what is behind it was not asked.
            if record.hasFallen { return .same }
            return .unknown(.route, reasons + ["its edge answers, but this host has no route for what lies behind it"])
        }
        if !isEdgeLost, sibling == nil {
            // What fell before stays down: an edge that comes back first does not undo it.
            if record.hasFallen { return .same }
            if isEdgeFailing, !edges.isEmpty { return .open }
            let edge = edges.isEmpty ? "no edge has answered since the start" : "its edge answers"
            return .unknown(.gateway, [reasons[0], "\(edge): the gateway of the VNet or what stands behind it"])
        }
        if !isReturnProven(facts), let higher = lostTier(above: record.tier, link) {
            return .unknown(layer, reasons + ["its answers may have come back over tier \(higher), which is down"])
        }
        if mayBeLocal(witnesses) { return .wait }
        if !hasLeft {
            let isForbidden = witnesses.allSatisfy { streams[$0].health.lastReason == .permission }
            return .down(isForbidden ? .host : .route, reasons)
        }
        if facts.forward == .wrong {
            return .unknown(.route, reasons + ["its probes leave another way than its pin says: that way is lost"])
        }
        if let interface = facts.strictInterface, links[link].active?.contains(path) != true {
            let trap =
                "strict reverse-path filtering (rp_filter=1) on \(interface) drops answers of a path that is not routed"
            return .down(.host, reasons + [trap])
        }
        if isEdgeLost, edges.allSatisfy({ streams[$0].health.lastReason?.isOfThisHost == true }) {
            return .down(.host, reasons + ["probes of its edge cannot leave this host"])
        }
        if facts.neighbour.isUnresolved {
            return .down(.customerEdge, reasons + ["the next hop does not answer neighbour resolution"])
        }
        return .down(layer, reasons)
    }
}
