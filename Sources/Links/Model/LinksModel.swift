public import Model

/// The path model of contract §2: health of paths and links, active set, failovers, outages.
///
/// A value: events go in, changes come out, no clock and no I/O. A verdict is given in the call that settles the probe on
/// which it rests.
public struct LinksModel: Sendable, Equatable {
    public internal(set) var topology: Topology
    var streams: [StreamRecord] = []
    private var places: [ProbeKey: Int] = [:]
    var references: [Int] = []
    var paths: [PathRecord] = []
    var links: [LinkRecord] = []
    var isIsolated = false
    var isolatedSince: MonotonicTime?
    /// The latest moment of any event.
    var now: MonotonicTime
    var lastSweep: MonotonicTime

    /// Losses in a row for probes that belong to no link: those of the first link's detection or the default.
    private let sharedDownAfter: Int

    public init(topology: Topology, at moment: MonotonicTime) {
        self.topology = topology
        now = moment
        lastSweep = moment
        sharedDownAfter = topology.links.map(\.detection.downAfter).min() ?? Detection().downAfter
        for reference in topology.site.references {
            let key = ProbeKey(role: .reference, target: reference.target)
            if let stream = add(key, .reference, downAfter: sharedDownAfter) { references.append(stream) }
        }
        paths = topology.paths.map { PathRecord(spec: $0, pinSince: moment, edgeSince: moment) }
        for index in paths.indices { addEdges(of: index) }
        for link in topology.links { add(link, at: moment) }
    }

    /// The number of a stream for `.outcome`; nil when the model has no use for it (hints, free targets).
    public func stream(of key: ProbeKey) -> Int? { places[key] }

    private mutating func add(
        _ key: ProbeKey,
        _ place: StreamPlace,
        downAfter: Int,
        keepsRoundTrips: Bool = false
    ) -> Int? {
        guard places[key] == nil else { return nil }
        places[key] = streams.count
        let health = StreamHealth(keepsRoundTrips: keepsRoundTrips)
        streams.append(StreamRecord(key: key, place: place, health: health, downAfter: downAfter))
        return streams.count - 1
    }

    private mutating func addEdges(of index: Int) {
        let spec = paths[index].spec
        var targets = spec.edge.map(\.target)
        // An IKE answer is evidence, its silence none: only where it is required does it count as an edge.
        if spec.ike == .required { targets += spec.gateways.map { Target(scheme: .ike, host: $0) } }
        for target in targets {
            let key = ProbeKey(path: spec.id.rawValue, role: .edge, target: target)
            let stream = add(key, .edge(path: index), downAfter: sharedDownAfter)
            if let stream { paths[index].edges.append(stream) }
        }
    }

    private mutating func add(_ spec: LinkSpec, at moment: MonotonicTime) {
        let index = links.count
        var link = LinkRecord(spec: spec, since: moment, activeTierSince: moment)
        for (tier, ids) in spec.tiers.enumerated() {
            for id in ids {
                guard let path = paths.firstIndex(where: { $0.spec.id == id && $0.spec.peering == spec.peering }) else {
                    continue
                }
                var record = LinkPathRecord(path: path, tier: tier + 1, since: moment)
                let place = StreamPlace.through(link: index, path: link.paths.count)
                for through in spec.through {
                    let key = ProbeKey(link: spec.name, path: id.rawValue, role: .through, target: through.target)
                    let downAfter = spec.detection.downAfter
                    let stream = add(key, place, downAfter: downAfter, keepsRoundTrips: true)
                    if let stream { record.throughs.append(stream) }
                }
                paths[path].users.append(LinkPathPlace(link: index, path: link.paths.count))
                link.paths.append(record)
            }
        }
        for (number, workload) in spec.workloads.enumerated() {
            var record = WorkloadRecord(
                target: workload.target, flows: [], since: moment, lostFlowsSince: moment)
            for flow in 0..<max(1, workload.flows) {
                let key = ProbeKey(link: spec.name, role: .workload, target: workload.target, flow: flow)
                let place = StreamPlace.workload(link: index, workload: number, flow: flow)
                if let stream = add(key, place, downAfter: spec.detection.downAfter) {
                    record.flows.append(FlowRecord(stream: stream))
                }
            }
            link.workloads.append(record)
        }
        links.append(link)
    }
}

extension LinksModel {
    /// Takes one event.
    /// - Returns: what it changed, in the order of cause and effect.
    public mutating func apply(_ event: LinksEvent) -> [LinksChange] {
        var changes: [LinksChange] = []
        switch event {
        case .outcome(let stream, let outcome):
            guard streams.indices.contains(stream) else { return [] }
            advance(to: outcome.settledAt)
            apply(outcome, to: stream, &changes)
        case .interface(let observation, let moment):
            advance(to: moment)
            for path in paths.indices where paths[path].spec.pin.interface == observation.name {
                paths[path].interface = observation
                if observation.isUsable { paths[path].hasSeenInterface = true }
                judgeUsers(of: path, &changes)
            }
        case .route(let link, let target, let flow, let observation, let moment):
            advance(to: moment)
            note(observation, link: link, target: target, flow: flow)
        case .routesSettled(let moment):
            advance(to: moment)
            for link in links.indices { judge(link: link, &changes) }
        case .pinRoute(let path, let observation, let moment):
            advance(to: moment)
            note(pinRoute: observation, of: path)
        case .routesChanged(let moment):
            advance(to: moment)
            for link in links.indices { links[link].hops = [] }
        case .hop(let link, let target, let address, let moment):
            advance(to: moment)
            note(hop: address, link: link, target: target, &changes)
        case .arrival(let path, let interface, let moment):
            advance(to: moment)
            note(arrivalOver: interface, of: path)
        case .bfd(let path, let state, let moment):
            advance(to: moment)
            guard let index = paths.firstIndex(where: { $0.spec.id == path }) else { return [] }
            paths[index].bfd = state
            judgeUsers(of: index, &changes)
        case .blind(let from, let end):
            advance(to: end)
            hide(from: from, to: end, &changes)
        case .tick(let moment):
            advance(to: moment)
            sweep(&changes)
        }
        return changes
    }

    private mutating func advance(to moment: MonotonicTime) {
        if moment > now { now = moment }
    }

    private mutating func apply(_ outcome: Outcome, to stream: Int, _ changes: inout [LinksChange]) {
        let hadLosses = streams[stream].health.lossRun
        streams[stream].health.record(outcome)
        let health = streams[stream].health
        let isFirstLoss = health.lossRun == 1 && hadLosses == 0
        switch streams[stream].place {
        case .reference:
            judgeSite(&changes)
        case .edge(let path):
            judgeEdge(of: path)
            judgeUsers(of: path, &changes)
        case .through(let link, let path):
            if isFirstLoss { changes.append(.suspicion(at: now)) }
            if health.lossRun > 0 { links[link].paths[path].lastLoss = now }
            if outcome.isAnswer { noteReturn(outcome, of: links[link].paths[path].path) }
            judge(path: path, of: link, &changes)
            // A sibling's answer may be what another path's verdict waits for.
            for other in links[link].paths.indices where other != path && links[link].paths[other].isWaiting {
                judge(path: other, of: link, &changes)
            }
            judge(link: link, &changes)
        case .workload(let link, let workload, let flow):
            if isFirstLoss { changes.append(.suspicion(at: now)) }
            judge(flow: flow, of: workload, of: link, outcome, &changes)
            judge(link: link, &changes)
        }
    }

    mutating func judgeUsers(of path: Int, _ changes: inout [LinksChange]) {
        for place in paths[path].users {
            judge(path: place.path, of: place.link, &changes)
            judge(link: place.link, &changes)
        }
    }

    /// What time alone changes: windows that fill, evidence that grows old, verdicts that wait.
    private mutating func sweep(_ changes: inout [LinksChange]) {
        guard now - lastSweep >= .milliseconds(90) else { return }
        lastSweep = now
        judgeSite(&changes)
        for link in links.indices {
            for path in links[link].paths.indices { judge(path: path, of: link, &changes) }
            judgeOutage(of: link, &changes)
            judge(link: link, &changes)
        }
    }

    private mutating func hide(from: MonotonicTime, to end: MonotonicTime, _ changes: inout [LinksChange]) {
        guard end > from else { return }
        for stream in streams.indices { streams[stream].health.hide(until: end) }
        for link in links.indices {
            if links[link].outageStart != nil { links[link].outageBlind = (from, end) }
            changes.append(.blind(link: links[link].spec.name, end - from))
        }
    }
}
