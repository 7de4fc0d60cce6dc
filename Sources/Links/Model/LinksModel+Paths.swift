import Model

/// What the probes of a path prove now.
private enum PathVerdict {
    case up
    case down(Layer, [String])
    case unknown(Layer, [String])
    /// Not enough has been seen to change anything.
    case same
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
        switch verdict {
        case .up:
            let record = links[link].paths[path]
            links[link].paths[path].everUp = true
            links[link].paths[path].hasFallen = false
            links[link].paths[path].isEdgeSilent =
                !record.throughs.isEmpty && paths[record.path].edgeAnswering == false
            judgeQuality(of: path, of: link)
            let (state, reasons) = quality(of: path, of: link)
            enter(state, path, link, layer: record.layer, reasons, &changes)
        case .down(let layer, let reasons):
            links[link].paths[path].hasFallen = true
            enter(.down, path, link, layer: layer, reasons, &changes)
        case .unknown(let layer, let reasons):
            enter(.unknown, path, link, layer: layer, reasons, &changes)
        case .same:
            break
        case .wait:
            links[link].paths[path].isWaiting = true
        }
    }

    private mutating func enter(
        _ state: PathState,
        _ path: Int,
        _ link: Int,
        layer: Layer,
        _ reasons: @autoclosure () -> [String],
        _ changes: inout [LinksChange]
    ) {
        let old = links[link].paths[path].state
        guard old != state else { return }
        let evidence = reasons().map { Evidence(at: now, $0) }
        links[link].paths[path].state = state
        links[link].paths[path].since = now
        links[link].paths[path].layer = layer
        links[link].paths[path].evidence = evidence
        if old.isUp != state.isUp { noteChange(of: path, of: link) }
        let record = links[link].paths[path]
        changes.append(
            .path(
                link: links[link].spec.name, path: paths[record.path].spec.id, from: old, to: state, at: now,
                evidence: evidence))
    }

    /// Six changes in ten minutes are flapping.
    private mutating func noteChange(of path: Int, of link: Int) {
        links[link].paths[path].changes.append(now)
        if links[link].paths[path].changes.count > Self.flapCount { links[link].paths[path].changes.removeFirst() }
    }

    static let flapCount = 6
    static let flapWindow: Duration = .seconds(600)

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
        if facts.bfd == .down, facts.spec.bfd != .off {
            return .down(.provider, ["BFD says that the session is down"])
        }
        return record.throughs.isEmpty ? edgeVerdict(record, facts) : throughVerdict(path, link, record, facts)
    }

    /// Without through probes the edge alone decides.
    private func edgeVerdict(_ record: LinkPathRecord, _ facts: PathRecord) -> PathVerdict {
        let verified = facts.edges.filter { streams[$0].health.everAnswered }
        guard !verified.isEmpty else { return .unknown(facts.layer, ["no edge has answered since the start"]) }
        let detection = links[facts.users.first?.link ?? 0].spec.detection
        if record.hasFallen {
            let isBack = verified.contains { streams[$0].health.answerRun >= detection.upAfter }
            return isBack ? .up : .same
        }
        if verified.contains(where: { streams[$0].health.lossRun < streams[$0].downAfter }) { return .up }
        let firstLoss = verified.compactMap { streams[$0].health.firstLoss }.min() ?? now
        return mayBeLocal(since: firstLoss) ? .wait : .down(facts.layer, [sentence(missing: verified)])
    }

    private func throughVerdict(
        _ path: Int,
        _ link: Int,
        _ record: LinkPathRecord,
        _ facts: PathRecord
    ) -> PathVerdict {
        let detection = links[link].spec.detection
        let answering = record.throughs.filter {
            streams[$0].health.everAnswered && streams[$0].health.lossRun < detection.downAfter
        }
        if record.hasFallen, !answering.isEmpty {
            return answering.contains { streams[$0].health.answerRun >= detection.upAfter } ? .up : .same
        }
        if !answering.isEmpty { return .up }
        // A target that never answered on any way says nothing of this one.
        let witnesses = record.throughs.filter { isVerified(streams[$0].key.target, link) }
        guard !witnesses.isEmpty else {
            let hasResults = record.throughs.contains { streams[$0].health.hasResult }
            let reason = "no through target has answered over any path since the start"
            return hasResults ? .unknown(.vnet, [reason]) : .same
        }
        guard witnesses.allSatisfy({ streams[$0].health.lossRun >= detection.downAfter }) else { return .same }
        return silentVerdict(path, link, record, facts, witnesses)
    }

    /// All through probes of the path are lost; what the edge and the siblings show decides whose fault it is.
    private func silentVerdict(
        _ path: Int,
        _ link: Int,
        _ record: LinkPathRecord,
        _ facts: PathRecord,
        _ witnesses: [Int]
    ) -> PathVerdict {
        let firstLoss = witnesses.compactMap { streams[$0].health.firstLoss }.min() ?? now
        let edges = facts.edges.filter { streams[$0].health.everAnswered }
        let isEdgeLost = !edges.isEmpty && edges.allSatisfy { streams[$0].health.lossRun >= streams[$0].downAfter }
        let targets = witnesses.map { streams[$0].key.target }
        let siblings = links[link].paths.indices.filter { other in
            other != path && links[link].paths[other].tier == record.tier && reaches(targets, other, link, firstLoss)
        }
        let others = links[link].paths.indices.filter { $0 != path && reaches(targets, $0, link, firstLoss) }
        var reasons = [sentence(missing: witnesses)]
        let layer: Layer
        if isEdgeLost {
            layer = facts.layer
            reasons.append(sentence(missing: edges))
        } else if let sibling = siblings.first {
            layer = edges.isEmpty ? facts.layer : facts.spec.kind == .expressroute ? .microsoftEdge : .gateway
            reasons.append("\(name(of: sibling, link)) still reaches the same target")
        } else if edges.isEmpty, let other = others.first {
            layer = facts.layer
            reasons.append("\(name(of: other, link)) still reaches the same target")
        } else if edges.contains(where: { streams[$0].health.lossRun > 0 }) {
            return .same
        } else {
            let edge = edges.isEmpty ? "no edge has answered since the start" : "its edge answers"
            return .unknown(.gateway, [reasons[0], "\(edge): the gateway of the VNet or what stands behind it"])
        }
        if !isReturnProven(facts), let higher = lostTier(above: record.tier, link) {
            return .unknown(layer, reasons + ["its answers may have come back over tier \(higher), which is down"])
        }
        if mayBeLocal(since: firstLoss) { return .wait }
        if facts.neighbour.isUnresolved {
            return .down(.customerEdge, reasons + ["the next hop does not answer neighbour resolution"])
        }
        return .down(layer, reasons)
    }

    /// Whether any probe of the link has had an answer from the target.
    func isVerified(_ target: Target, _ link: Int) -> Bool {
        links[link].paths.contains { record in
            record.throughs.contains { streams[$0].key.target == target && streams[$0].health.everAnswered }
        }
            || links[link].workloads.contains { workload in
                workload.target == target && workload.flows.contains { streams[$0.stream].health.everAnswered }
            }
    }

    /// Whether another path got an answer to a probe that it sent since the loss began here.
    private func reaches(_ targets: [Target], _ path: Int, _ link: Int, _ firstLoss: MonotonicTime) -> Bool {
        links[link].paths[path].throughs.contains { index in
            let health = streams[index].health
            return targets.contains(streams[index].key.target) && health.lossRun == 0 && health.everAnswered
                && (health.lastSent.map { $0 >= firstLoss } ?? false)
        }
    }

    private func isReturnProven(_ facts: PathRecord) -> Bool {
        facts.spec.pin.returns || facts.backward == .verified
    }

    /// A tier above `tier` whose paths are all down.
    private func lostTier(above tier: Int, _ link: Int) -> Int? {
        (1..<max(1, tier)).first { candidate in
            let members = links[link].paths.filter { $0.tier == candidate }
            return !members.isEmpty && members.allSatisfy { $0.state == .down || $0.isWaiting }
        }
    }

    func name(of path: Int, _ link: Int) -> PathID { paths[links[link].paths[path].path].spec.id }

    private func sentence(missing indices: [Int]) -> String {
        let parts = indices.map { index in
            let health = streams[index].health
            let reason = health.lastReason.map { " (\($0.rawValue))" } ?? ""
            return "\(streams[index].key.target) missed \(health.lossRun) in a row\(reason)"
        }
        return parts.joined(separator: ", ")
    }
}

extension PathRecord {
    /// Where a path breaks when its own hop is silent.
    var layer: Layer {
        switch spec.kind {
        case .expressroute: .provider
        case .vpn: .gateway
        case .internet: .provider
        }
    }
}
