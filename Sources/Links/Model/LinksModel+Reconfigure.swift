public import Model

extension LinksModel {
    /// Takes over a new topology: what is configured as before keeps all it knows.
    public mutating func reconfigure(topology new: Topology, at moment: MonotonicTime) {
        guard new != topology else { return }
        var fresh = LinksModel(topology: new, at: max(now, moment))
        fresh.watchedSince = watchedSince
        fresh.isIsolated = isIsolated
        fresh.isolatedSince = isolatedSince
        fresh.isolationStart = isolationStart
        fresh.answers = answers
        fresh.lossesCountFrom = lossesCountFrom
        fresh.blindTimes = blindTimes
        for index in fresh.streams.indices {
            if let old = stream(of: fresh.streams[index].key) { fresh.streams[index].health = streams[old].health }
        }
        for index in fresh.paths.indices {
            guard let old = paths.first(where: { $0.spec.id == fresh.paths[index].spec.id }) else { continue }
            fresh.paths[index].keep(old)
        }
        // Edges may be others now, and of those that answer no outcome would tell.
        for index in fresh.paths.indices { fresh.judgeEdge(of: index) }
        for index in fresh.links.indices {
            guard let old = links.first(where: { $0.spec.name == fresh.links[index].spec.name }) else { continue }
            fresh.keep(old, in: index, from: self)
        }
        // Beside other paths another way may be its own.
        let isEveryWay =
            new.paths.count == topology.paths.count
            && zip(new.paths, topology.paths).allSatisfy { $0.id == $1.id && $0.hasWay(of: $1) }
        if isEveryWay, new.links.map(\.tiers) == topology.links.map(\.tiers) {
            for index in fresh.paths.indices { fresh.paths[index].home = paths[index].home }
        }
        fresh.pendingLinks = fresh.links.count(where: \.isPending)
        self = fresh
    }

    /// Carries over what a link knows, path by path and workload by workload.
    private mutating func keep(_ old: LinkRecord, in link: Int, from former: LinksModel) {
        for index in links[link].paths.indices {
            let id = name(of: index, link)
            guard let known = old.paths.first(where: { former.paths[$0.path].spec.id == id }) else { continue }
            let fresh = links[link].paths[index]
            links[link].paths[index] = known
            links[link].paths[index].path = fresh.path
            links[link].paths[index].tier = fresh.tier
            links[link].paths[index].throughs = fresh.throughs
            // Another pin is another way, and a target that is gone is asked no more.
            let isSame = paths[fresh.path].spec.hasWay(of: former.paths[known.path].spec)
            let targets = Set(fresh.throughs.map { streams[$0].key.target })
            links[link].paths[index].mtus = isSame ? known.mtus.filter { targets.contains($0.key) } : [:]
        }
        for index in links[link].workloads.indices {
            let fresh = links[link].workloads[index]
            guard !fresh.flows.isEmpty, let known = old.workloads.first(where: { $0.target == fresh.target }) else {
                continue
            }
            let isSameCount = known.flows.count == fresh.flows.count
            links[link].workloads[index] = known
            links[link].workloads[index].flows = fresh.flows
            links[link].workloads[index].hopQuestion = fresh.hopQuestion
            links[link].workloads[index].hopPeriod = fresh.hopPeriod
            // Places in another list of paths mean nothing, and flows of another question are others.
            if old.spec.tiers != links[link].spec.tiers || known.hopQuestion != fresh.hopQuestion || !isSameCount {
                links[link].workloads[index].hops = []
                links[link].workloads[index].lastHopTier = nil
            }
            for (flow, record) in zip(fresh.flows.indices, known.flows) {
                links[link].workloads[index].flows[flow] = record
                links[link].workloads[index].flows[flow].stream = fresh.flows[flow].stream
            }
            // Those that are left may all be down, and no outcome would tell.
            if !isSameCount { judge(workload: index, of: link) }
        }
        links[link].state = old.state
        links[link].since = old.since
        links[link].layer = old.layer
        links[link].evidence = old.evidence
        links[link].outageStart = old.outageStart
        links[link].quietUntil = old.quietUntil
        links[link].isPending = old.isPending
        links[link].lastOutage = old.lastOutage
        links[link].lastSlowOutage = old.lastSlowOutage
        guard old.spec.tiers == links[link].spec.tiers else { return }
        links[link].hops = old.hops
        links[link].hopsSince = old.hopsSince
        links[link].active = old.active
        links[link].activeTier = old.activeTier
        links[link].activeTierSince = old.activeTierSince
        links[link].seenTier = old.seenTier
        links[link].activeEvidence = old.activeEvidence
        links[link].lastTier = old.lastTier
        links[link].lastActive = old.lastActive
        links[link].notMovedSince = old.notMovedSince
    }
}

extension PathSpec {
    /// Its packets leave as those of the other do, whatever else is told of either.
    fileprivate func hasWay(of other: PathSpec) -> Bool {
        kind == other.kind && pin == other.pin && subnet == other.subnet
    }
}

extension PathRecord {
    fileprivate mutating func keep(_ old: PathRecord) {
        edgeAnswering = old.edgeAnswering
        edgeSince = old.edgeSince
        // A session is known by its subnet. It goes on, whatever else the path is told to be, and only changes of it are told.
        if spec.subnet == old.spec.subnet {
            bfd = old.bfd
            hasSeenBFDUp = old.hasSeenBFDUp
        }
        // What is known of the pin and its interface hangs on these alone.
        guard spec.hasWay(of: old.spec) else { return }
        strictInterface = old.strictInterface
        interface = old.interface
        hasSeenInterface = old.hasSeenInterface
        forward = old.forward
        backward = old.backward
        answersArriveOver = old.answersArriveOver
        pinSince = old.pinSince
        neighbour = old.neighbour
        egress = old.egress
        pinRoute = old.pinRoute
        wrongArrivalAt = old.wrongArrivalAt
    }
}
