public import Links
import Model

extension NetworkFacts {
    /// The path model's snapshot in the words of the rules.
    public init(_ snapshot: Snapshot) {
        let site = snapshot.site
        let references: References =
            if site.isIsolated {
                .allFailed(since: site.isolatedSince ?? snapshot.at)
            } else if site.references.isEmpty || site.references.contains(where: { $0.state == .up }) {
                .answering
            } else {
                .unknown
            }
        let shared = Dictionary(snapshot.paths.map { ($0.id, $0) }) { first, _ in first }
        self.init(references: references, links: snapshot.links.map { LinkFacts($0, shared) })
        watchedSince = snapshot.watchedSince
    }
}

extension LinkFacts {
    init(_ link: LinkStatus, _ shared: [PathID: Links.PathFacts]) {
        let active = link.activePaths ?? []
        self.init(
            name: link.name,
            state: State(link.state),
            since: link.since,
            activeTier: link.activeTier.map { $0 == 0 ? .none : .tier($0) } ?? .unknown,
            activeSince: link.activeTierSince,
            activePaths: link.paths.map(\.path).filter(active.contains),
            paths: link.paths.map { LinkPathFacts($0, shared[$0.path]) },
            workloads: link.workloads.map { WorkloadFacts($0) },
            slowOutage: link.lastSlowOutage.map { Outage(duration: $0.duration, endedAt: $0.end) }
        )
        lastTier = link.lastTier
        notMovedSince = link.notMovedSince
        firstTierCleanSince = link.firstTierCleanSince
        outageStart = link.outageStart
        evidence = link.evidence.sentence
        guard state == .down else { return }
        layer = link.layer
        owner = link.owner
    }
}

extension LinkPathFacts {
    init(_ path: PathStatus, _ shared: Links.PathFacts?) {
        self.init(id: path.path, state: State(path.state), since: path.since)
        wasJudged = path.everUp || path.state != .unknown
        evidence = path.evidence.sentence
        if !path.state.isUp {
            layer = path.layer
            owner = path.owner
        }
        isFlapping = path.isFlapping
        edgeAnswers = shared?.edgeAnswering
        reducedMTU = path.reducedMTU.map { ($0.bytes, $0.baseline) }
        mtu = path.mtu
        guard let shared else { return }
        tunnelsDown = shared.lostTunnels.map(\.description)
        tunnelsUnproven = shared.unprovenTunnels.map(\.description)
        if let other = shared.answersArriveOver { asymmetry = "answers arrive over \(other)" }
        if shared.forward == .wrong { pinLost = "its probes leave another way" }
        if shared.backward == .wrong, asymmetry == nil { pinLost = pinLost ?? "its answers come back another way" }
    }
}

extension WorkloadFacts {
    init(_ workload: WorkloadStatus) {
        self.init(target: workload.target, state: State(workload.state), since: workload.since)
        lostFlows = workload.flows.compactMap { flow in
            guard let since = flow.lostSince, workload.lostFlows.contains(flow.flow) else { return nil }
            return LostFlow(
                number: flow.flow,
                since: since,
                sourcePort: flow.sourcePort,
                path: flow.path,
                isBeyondChance: flow.isBeyondChance
            )
        }
        flows = workload.flows.count
        paths = workload.flows.compactMap(\.path)
        layer = workload.layer
        evidence = workload.evidence.sentence
    }
}

extension LinkPathFacts.State {
    init(_ state: PathState) {
        switch state {
        case .up: self = .up
        case .degraded: self = .degraded
        case .drained: self = .drained
        case .down: self = .down
        case .unknown: self = .unknown
        }
    }
}

extension LinkFacts.State {
    init(_ state: LinkState) {
        switch state {
        case .protected: self = .protected
        case .atRisk: self = .atRisk
        case .failedOver: self = .failedOver
        case .down: self = .down
        case .unknown: self = .unknown
        }
    }
}

extension WorkloadFacts.State {
    init(_ state: FlowState) {
        switch state {
        case .up: self = .up
        case .down: self = .down
        case .unknown: self = .unknown
        }
    }
}

extension [Evidence] {
    fileprivate var sentence: String { map(\.text).joined(separator: ", ") }
}
