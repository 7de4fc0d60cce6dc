import Model

/// What other probes of a link say of a path that is silent.
extension LinksModel {
    /// Whether any probe of the link has had an answer from the target.
    func isVerified(_ target: Target, _ link: Int) -> Bool {
        links[link].paths.contains { record in
            record.throughs.contains { streams[$0].key.target == target && streams[$0].health.everAnswered }
        }
            || links[link].workloads.contains { workload in
                workload.target == target && workload.flows.contains { streams[$0.stream].health.everAnswered }
            }
    }

    /// Another path over which a target answers that is silent here: first of the same tier, then any.
    ///
    /// "No path through" is the gateway's or the target's fault; one path through makes it this path's.
    func sibling(of path: Int, _ link: Int, _ record: LinkPathRecord, reaching witnesses: [Int]) -> Int? {
        var found: Int?
        for other in links[link].paths.indices where other != path {
            let isSameTier = links[link].paths[other].tier == record.tier
            guard found == nil || isSameTier, reaches(witnesses, over: other, link) else { continue }
            if isSameTier { return other }
            found = other
        }
        return found
    }

    /// Whether the target was seen to be well while this path lost `down_after` probes to it. A target that just came
    /// back answers over one path first, which says nothing against the other.
    private func reaches(_ witnesses: [Int], over path: Int, _ link: Int) -> Bool {
        links[link].paths[path].throughs.contains { index in
            let health = streams[index].health
            guard health.lossRun == 0, let last = health.lastAnswered, let steady = health.steadySince else {
                return false
            }
            return witnesses.contains { witness in
                guard streams[witness].key.target == streams[index].key.target,
                    let first = streams[witness].health.firstLoss, let latest = streams[witness].health.lastSent,
                    last >= first
                else { return false }
                let run = streams[witness].interval * (streams[witness].downAfter - 1)
                return steady <= first || latest >= steady + run
            }
        }
    }

    func isReturnProven(_ facts: PathRecord) -> Bool {
        facts.spec.pin.returns || facts.backward == .verified
    }

    /// A tier above `tier` whose paths are all down.
    func lostTier(above tier: Int, _ link: Int) -> Int? {
        (1..<max(1, tier)).first { candidate in
            let members = links[link].paths.filter { $0.tier == candidate }
            return !members.isEmpty && members.allSatisfy { $0.state == .down || $0.isWaiting }
        }
    }

    func name(of path: Int, _ link: Int) -> PathID { paths[links[link].paths[path].path].spec.id }

    /// That a VPN's gateway answers IKE narrows a fall down: it lives, and the tunnel or what is behind it fails.
    mutating func note(gateway host: String, of path: PathID, isAnswering: Bool) {
        guard let index = paths.firstIndex(where: { $0.spec.id == path }) else { return }
        let text = "its gateway \(host) answers IKE"
        for place in paths[index].users {
            var record = links[place.link].paths[place.path]
            let isKnown = record.evidence.contains { $0.text == text }
            guard isKnown != (isAnswering && record.state == .down) else { continue }
            if isKnown {
                record.evidence.removeAll { $0.text == text }
            } else {
                record.evidence.append(Evidence(at: now, text))
            }
            links[place.link].paths[place.path] = record
        }
    }

    func sentence(missing indices: [Int]) -> String {
        let parts = indices.map { index in
            let health = streams[index].health
            let message = health.lastMessage.map { ": \($0)" } ?? ""
            let reason = health.lastReason.map { " (\($0.rawValue)\(message))" } ?? ""
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
        // The VPN device on this side, its line and the gateway cannot be told apart from here; the first of them is the
        // customer's, who has to ask the others.
        case .vpn: .customerEdge
        case .internet: .provider
        }
    }
}
