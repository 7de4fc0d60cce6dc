import Model
import Wire

extension LinksModel {
    /// Evidence for the active set counts for two seconds.
    static let freshness: Duration = .seconds(2)

    /// An answer of a workload, asked each second, stands for the time until the next.
    static let answerFreshness: Duration = .seconds(4)

    // MARK: Evidence comes in

    mutating func note(
        _ observation: RouteObservation,
        link name: String,
        target: Target,
        flow: Int
    ) {
        guard let link = links.firstIndex(where: { $0.spec.name == name }),
            let workload = links[link].workloads.firstIndex(where: { $0.target == target }),
            links[link].workloads[workload].flows.indices.contains(flow)
        else { return }
        let identity = self.identity(of: observation, target, link)
        let flows = links[link].workloads[workload].flows
        if flows[flow].route != nil, flows[flow].route != identity { forgetHops(of: link) }
        if case .path? = flows[flow].route, flows[flow].route != identity { links[link].hasMovedFlow = true }
        links[link].workloads[workload].flows[flow].route = identity
        links[link].workloads[workload].flows[flow].routeAt = now
        links[link].workloads[workload].flows[flow].observation = observation
        if case .path(let id) = identity, let path = paths.firstIndex(where: { $0.spec.id == id }) {
            paths[path].neighbour = observation.neighbour
        }
    }

    // MARK: The set

    struct ActiveFinding {
        /// Nil: nothing fresh proves a set.
        var paths: Set<Int>?
        var evidence: [String]
        /// Seen by routers on the way, which speak of one flow after the other.
        var isOfHops = false
    }

    mutating func judgeActiveSet(of link: Int, _ changes: inout [LinksChange]) {
        let finding = isIsolated ? ActiveFinding(paths: nil, evidence: ["this host is cut off"]) : find(link)
        let tier = finding.paths.map { set in set.map { links[link].paths[$0].tier }.min() ?? 0 }
        let isNew = links[link].active != finding.paths
        // The same set may rest on other facts than before.
        if isNew || links[link].activeEvidence.map(\.text) != finding.evidence {
            links[link].activeEvidence = finding.evidence.map { Evidence(at: now, $0) }
        }
        if isNew {
            links[link].active = finding.paths
            if links[link].activeTier != tier {
                links[link].activeTier = tier
                links[link].activeTierSince = now
            }
        }
        guard let set = finding.paths, let tier, tier > 0 else { return }
        if isNew { for path in set { links[link].paths[path].wasActive = true } }
        tellMove(to: set, tier, of: link, finding, &changes)
    }

    /// Tells where the traffic has moved, compared with what was told last. Flows that routers are asked about in turn are seen
    /// to move one after the other, and what is not seen for a while has not moved.
    private mutating func tellMove(
        to set: Set<Int>,
        _ tier: Int,
        of link: Int,
        _ finding: ActiveFinding,
        _ changes: inout [LinksChange]
    ) {
        let name = links[link].spec.name
        let last = links[link].lastActive
        if let lastTier = links[link].lastTier, lastTier != tier {
            let evidence = links[link].activeEvidence
            changes.append(.failover(link: name, from: lastTier, to: tier, at: now, evidence: evidence))
        } else if let last, last != set, links[link].hasMovedFlow {
            // A flow that is seen for the first time has not moved.
            changes.append(.shift(link: name, from: ids(last, link), to: ids(set, link), at: now))
        } else if let last, finding.isOfHops, !set.isSuperset(of: last) {
            return
        }
        links[link].lastTier = tier
        links[link].lastActive = set
        links[link].hasMovedFlow = false
    }

    func ids(_ set: Set<Int>, _ link: Int) -> Set<PathID> {
        Set(set.map { name(of: $0, link) })
    }

    /// The kernel's route alone suffices; without it hops speak, and at last the pins.
    private func find(_ link: Int) -> ActiveFinding {
        let record = links[link]
        let routes = record.workloads.flatMap(\.flows).compactMap { flow -> RouteIdentity? in
            guard let route = flow.route, let at = flow.routeAt, now - at <= Self.freshness, route != .undecided else {
                return nil
            }
            return route
        }
        if !routes.isEmpty { return find(link, routes) }
        if let finding = findByHops(link) { return finding }
        return findByPins(link)
    }

    private func find(_ link: Int, _ routes: [RouteIdentity]) -> ActiveFinding {
        let record = links[link]
        var set: Set<Int> = []
        var evidence: [String] = []
        for (index, path) in record.paths.enumerated() {
            let id = paths[path.path].spec.id
            let count = routes.count { $0 == .path(id) }
            guard count > 0 else { continue }
            set.insert(index)
            evidence.append("the kernel routes \(count) of \(routes.count) flows over \(id)")
        }
        if set.isEmpty, case .nowhere(let reason)? = routes.first {
            return ActiveFinding(paths: [], evidence: ["the kernel has no route to the workloads (\(reason.rawValue))"])
        }
        let tiers = Set(set.map { record.paths[$0].tier })
        let strangers = record.hops.filter { hop in
            hop.count >= 2 && now - hop.at <= Self.freshness && !tiers.contains(record.paths[hop.path].tier)
        }
        if let stranger = strangers.first {
            let other = name(of: stranger.path, link)
            return ActiveFinding(paths: nil, evidence: evidence + ["but a router of \(other) is on the way"])
        }
        return ActiveFinding(paths: set, evidence: evidence)
    }

    /// Exactly one tier is up and the workload answers: there is no other way that it can take.
    private func findByPins(_ link: Int) -> ActiveFinding {
        let record = links[link]
        let up = record.paths.indices.filter { record.paths[$0].state.isUp }
        let tiers = Set(up.map { record.paths[$0].tier })
        let isElsewhereLost = record.paths.allSatisfy { $0.state == .down || $0.state.isUp }
        // Only an answer to a probe that was sent after the others fell shows where traffic goes now.
        let fallen = record.paths.filter { $0.state == .down }.map(\.since).max()
        let answers = record.workloads.contains { workload in
            workload.flows.contains { flow in
                let health = streams[flow.stream].health
                guard health.answerRun > 0, let last = health.lastAnswered, now - last <= Self.answerFreshness else {
                    return false
                }
                return fallen.map { last >= $0 } ?? true
            }
        }
        guard answers, tiers.count == 1, isElsewhereLost, let tier = tiers.first else {
            return ActiveFinding(paths: nil, evidence: ["nothing fresh tells which path the traffic takes"])
        }
        return ActiveFinding(paths: Set(up), evidence: ["the workload answers and only tier \(tier) is up"])
    }
}
