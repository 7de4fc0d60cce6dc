import Model
import Wire

/// Evidence of routers on the way, for a host whose own routes are the same for all paths.
///
/// A router sends about one error a second, so flows are asked about in turn, and all links share the turns (`HopRounds`). What
/// was seen of a flow stands until it is asked again, and over a few answers that do not come: silence of a hop is no evidence.
extension LinksModel {
    /// So many times a flow may be asked about in vain.
    static let hopRepeats = 3

    /// What a router said lately of the link: it is asked once a gap, and one answer may be missing.
    static func hopFreshness(_ link: LinkRecord) -> Duration { max(freshness, link.hopGap * 2) }

    /// Without any answer for so long nothing is known.
    private static func hopSilence(_ link: LinkRecord) -> Duration { hopFreshness(link) + HopRounds.period / 2 }

    mutating func note(hop address: IPAddress, of flow: Int, _ question: Target, _ changes: inout [LinksChange]) {
        for link in links.indices {
            guard let workload = links[link].workloads.firstIndex(where: { $0.hopQuestion == question }) else {
                continue
            }
            let candidates = links[link].paths.map { paths[$0.path].spec }
            guard let id = RouteIdentity.path(ofHop: address, among: candidates),
                let path = candidates.firstIndex(where: { $0.id == id })
            else { continue }
            if let index = links[link].hops.firstIndex(where: { $0.path == path }) {
                links[link].hops[index].at = now
                links[link].hops[index].count += 1
            } else {
                links[link].hops.append(HopSighting(path: path, at: now, count: 1))
            }
            if links[link].hopsSince == nil { links[link].hopsSince = now }
            remember(FlowSighting(flow: flow, path: path, at: now), of: workload, of: link)
            judge(link: link, &changes)
        }
    }

    /// An address is routed as a whole, and only the members of a tier divide its flows: one flow on another tier means that
    /// what was seen of the others before is over. Which router showed a flow, and how far away, does not matter: a flow takes
    /// one way.
    private mutating func remember(_ sighting: FlowSighting, of workload: Int, of link: Int) {
        let tier = links[link].paths[sighting.path].tier
        var kept = links[link].workloads[workload].hops.filter {
            now - $0.at < Self.freshness || links[link].paths[$0.path].tier == tier
        }
        if let index = kept.firstIndex(where: { $0.flow == sighting.flow }) {
            let former = kept[index].path
            if former != sighting.path, links[link].paths[former].tier == tier { links[link].hasMovedFlow = true }
            kept[index] = sighting
        } else {
            if kept.contains(where: { isMove(from: $0, to: sighting, of: link) }) { links[link].hasMovedFlow = true }
            kept.append(sighting)
        }
        links[link].workloads[workload].hops = kept
        links[link].workloads[workload].lastHopTier = tier
    }

    /// Whether a flow that is seen for the first time has come from where another flow of the same address was seen: while
    /// nothing passed over the path that it takes now, it was there too.
    private func isMove(from other: FlowSighting, to sighting: FlowSighting, of link: Int) -> Bool {
        let paths = links[link].paths
        guard other.path != sighting.path, paths[other.path].tier == paths[sighting.path].tier,
            let lostUntil = paths[sighting.path].lostUntil
        else { return false }
        return other.at <= lostUntil
    }

    /// The routes have changed: what was seen before says nothing any more.
    mutating func forgetHops(of link: Int) {
        links[link].hops = []
        links[link].hopsSince = nil
        for workload in links[link].workloads.indices { links[link].workloads[workload].hops = [] }
    }

    /// Whether the host's own routes tell nothing of the link: then a change of them makes nothing of what routers on the way
    /// showed untrue, unless the flows leave another way (`note(_:link:target:flow:)`).
    func isUndecidedThroughout(_ link: Int) -> Bool {
        let routes = links[link].workloads.flatMap(\.flows).compactMap(\.route)
        return !routes.isEmpty && routes.allSatisfy { $0 == .undecided }
    }

    /// A path has fallen: flows that were seen on it may be elsewhere before they are asked about again.
    mutating func outdateHops(over path: Int, of link: Int) {
        for workload in links[link].workloads.indices {
            for hop in links[link].workloads[workload].hops.indices
            where links[link].workloads[workload].hops[hop].path == path {
                links[link].workloads[workload].hops[hop].isOutdated = true
            }
        }
    }

    /// What is known now of a workload's flows.
    func sightings(of workload: WorkloadRecord) -> [FlowSighting] {
        guard let period = workload.hopPeriod else { return [] }
        let memory = max(Self.freshness, period * Self.hopRepeats + HopRounds.period / 2)
        return workload.hops.filter { now - $0.at <= ($0.isOutdated ? Self.freshness : memory) }
    }

    /// What routers show of one workload.
    private struct Whereabouts {
        var paths: Set<Int> = []
        /// Routers of two tiers were seen within two seconds.
        var isMoving = false
        var newest: MonotonicTime?
        /// The path of each flow that is known.
        var flows: [Int] = []
    }

    /// The path of each flow of a workload that routers have shown.
    func hopPaths(of workload: WorkloadRecord, _ link: LinkRecord) -> [Int] { whereabouts(workload, link).flows }

    private func whereabouts(_ workload: WorkloadRecord, _ link: LinkRecord) -> Whereabouts {
        let seen = sightings(of: workload)
        guard let newest = seen.max(by: { $0.at < $1.at }) else { return Whereabouts() }
        let tier = link.paths[newest.path].tier
        let others = seen.filter { link.paths[$0.path].tier != tier }
        let isMoving = others.contains { now - $0.at <= Self.freshness }
        let current = isMoving ? seen : seen.filter { link.paths[$0.path].tier == tier }
        return Whereabouts(
            paths: Set(current.map(\.path)),
            isMoving: isMoving,
            newest: newest.at,
            flows: current.map(\.path)
        )
    }

    /// Where routers on the way show the flows of the link's workloads, each by itself; nil where none has answered lately.
    func findByHops(_ index: Int) -> ActiveFinding? {
        let link = links[index]
        guard link.hopsSince != nil else { return nil }
        let found = link.workloads.map { whereabouts($0, link) }
        guard let newest = found.compactMap(\.newest).max(), now - newest <= Self.hopSilence(link) else { return nil }
        if found.allSatisfy({ $0.paths.isEmpty || $0.isMoving }) {
            return ActiveFinding(paths: nil, evidence: ["routers of two tiers were seen on the way"])
        }
        let set = found.reduce(into: Set<Int>()) { $0.formUnion($1.paths) }
        let tier = set.map { link.paths[$0].tier }.min() ?? 0
        for (workload, whereabouts) in zip(link.workloads, found)
        where whereabouts.paths.isEmpty && mayBeBetter(than: tier, workload, link) {
            return ActiveFinding(paths: nil, evidence: ["no router tells which path \(workload.target) takes"])
        }
        let evidence = set.sorted().map { path in
            let targets = zip(link.workloads, found).filter { $0.1.paths.contains(path) }.map(\.0.target.description)
            return "a router of \(name(of: path, index)) was seen on the way to \(targets.joined(separator: ", "))"
        }
        return ActiveFinding(paths: set, evidence: evidence, isOfHops: true)
    }

    /// Whether a workload that no router shows now may be on a better tier than the others: then the link has not failed over.
    /// What does not answer is nowhere; what was not seen yet is waited for until it was asked about twice.
    private func mayBeBetter(than tier: Int, _ workload: WorkloadRecord, _ link: LinkRecord) -> Bool {
        guard workload.hopPeriod != nil, !isMissed(workload),
            link.paths.contains(where: { $0.tier < tier && $0.state != .down })
        else { return false }
        if let last = workload.lastHopTier { return last < tier }
        return link.hopsSince.map { now - $0 <= hopRound * 2 + HopRounds.period } ?? true
    }
}
