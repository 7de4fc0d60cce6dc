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
        let known = links[link].workloads[workload].flows[flow]
        let leavesElsewhere = known.observation.flatMap(RouteWay.init) != RouteWay(observation)
        // Undecided before and after, by another way: as if it were decided otherwise.
        if known.route != nil, known.route != identity || identity == .undecided && leavesElsewhere {
            forgetHops(of: link)
        }
        if case .path(let id) = identity {
            if let last = known.lastPath, last != id, links[link].spec.tier(of: last) == links[link].spec.tier(of: id) {
                links[link].hasMovedFlow = true
            }
            links[link].workloads[workload].flows[flow].lastPath = id
        }
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
        for path in links[link].paths.indices where isLost(path, link) { links[link].paths[path].lostUntil = now }
        let finding = isIsolated ? ActiveFinding(paths: nil, evidence: ["this host is cut off"]) : find(link)
        let tier = finding.paths.map { set in set.map { links[link].paths[$0].tier }.min() ?? 0 }
        let isNew = links[link].active != finding.paths
        // The same set may rest on other facts than before.
        if isNew || links[link].activeEvidence.map(\.text) != finding.evidence {
            links[link].activeEvidence = finding.evidence.map { Evidence(at: now, $0) }
        }
        if isNew {
            links[link].active = finding.paths
            if links[link].activeTier != tier { enter(tier: tier, of: link) }
        }
        judgeUse(of: link, finding.paths ?? [])
        guard let set = finding.paths, let tier, tier > 0 else { return }
        tellMove(to: set, tier, of: link, finding, &changes)
    }

    /// A gap in the evidence is no move: a tier that is seen again has been the active one since before it.
    private mutating func enter(tier: Int?, of link: Int) {
        links[link].activeTier = tier
        links[link].activeTierSince = now
        guard let tier else { return }
        if let seen = links[link].seenTier, seen.tier == tier {
            links[link].activeTierSince = seen.since
        } else {
            links[link].seenTier = SeenTier(tier: tier, since: now)
        }
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
        guard let last = links[link].lastActive, let lastTier = links[link].lastTier, lastTier == tier else {
            if let lastTier = links[link].lastTier {
                let evidence = links[link].activeEvidence
                changes.append(.failover(link: name, from: lastTier, to: tier, at: now, evidence: evidence))
            }
            links[link].lastShift = nil
            told(set, tier, of: link)
            return
        }
        // What workloads take another tier beside it is no part of a shift.
        let members = set.filter { links[link].paths[$0].tier == tier }
        let former = last.filter { links[link].paths[$0].tier == tier }
        if members != former, links[link].hasMovedFlow {
            // A flow that is seen for the first time has not moved.
            if !finding.isOfHops || !isRest(of: links[link].lastShift, from: former, to: members, link) {
                changes.append(.shift(link: name, from: ids(former, link), to: ids(members, link), at: now))
            }
            links[link].lastShift = ToldShift(from: former, at: now)
        } else if finding.isOfHops, !members.isSuperset(of: former) {
            return
        }
        told(set, tier, of: link)
    }

    private mutating func told(_ set: Set<Int>, _ tier: Int, of link: Int) {
        links[link].lastTier = tier
        links[link].lastActive = set
        links[link].hasMovedFlow = false
    }

    /// Whether what leaves now is what others have just been seen to leave: within one round over all flows that is one move.
    private func isRest(of shift: ToldShift?, from former: Set<Int>, to members: Set<Int>, _ link: Int) -> Bool {
        guard let shift, members.isSubset(of: former), former.subtracting(members) == shift.from else { return false }
        let round = links[link].workloads.compactMap(\.hopPeriod).max() ?? .zero
        return now - shift.at <= round
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
            hop.count >= 2 && now - hop.at <= Self.hopFreshness(record) && !tiers.contains(record.paths[hop.path].tier)
        }
        if let stranger = strangers.first {
            let other = name(of: stranger.path, link)
            return ActiveFinding(paths: nil, evidence: evidence + ["but a router of \(other) is on the way"])
        }
        return ActiveFinding(paths: set, evidence: evidence)
    }

    /// Whether nothing passes over the path. One that is down and answers again waits only to have answered often enough, and
    /// traffic may take it all the same.
    private func isLost(_ path: Int, _ link: Int) -> Bool {
        let record = links[link].paths[path]
        guard record.state == .down else { return false }
        let own = record.throughs.isEmpty ? paths[record.path].edges : record.throughs
        if own.contains(where: { streams[$0].health.answerRun > 0 }) { return false }
        return !links[link].workloads.contains { workload in sightings(of: workload).contains { $0.path == path } }
    }

    /// Exactly one tier is up and the workload answers: there is no other way that it can take.
    private func findByPins(_ link: Int) -> ActiveFinding {
        let record = links[link]
        let up = record.paths.indices.filter { record.paths[$0].state.isUp }
        let tiers = Set(up.map { record.paths[$0].tier })
        let isElsewhereLost = record.paths.indices.allSatisfy { record.paths[$0].state.isUp || isLost($0, link) }
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
