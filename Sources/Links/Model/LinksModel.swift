public import Model

/// The path model of contract §2: health of paths and links, active set, failovers, outages.
///
/// A value: events go in, changes come out, no clock and no I/O. A verdict is given in the call that settles the probe
/// on which it rests.
public struct LinksModel: Sendable, Equatable {
    public internal(set) var topology: Topology
    var streams: [StreamRecord] = []
    private var places: [ProbeKey: Int] = [:]
    var references: [Int] = []
    var paths: [PathRecord] = []
    var links: [LinkRecord] = []
    var isIsolated = false
    var isolatedSince: MonotonicTime?
    /// The last answer of a reference before this host was cut off.
    var isolationStart: MonotonicTime?
    /// What proves this host well.
    var answers = AnswerLog()
    /// Losses of probes sent before this moment were this host's own.
    var lossesCountFrom = MonotonicTime(nanoseconds: .min)
    var blindTimes: [BlindTime] = []
    /// How many links have a verdict that waits.
    var pendingLinks = 0
    let patience: Duration
    /// The time in which routers on the way are asked about every address once.
    let hopRound: Duration
    /// Of what was before nothing is known.
    var watchedSince: MonotonicTime
    /// The latest moment of any event.
    var now: MonotonicTime
    var lastSweep: MonotonicTime
    var lastQualitySweep: MonotonicTime

    /// Losses in a row for probes that belong to no link: the least of all links, or the default.
    private let sharedDownAfter: Int
    private let sharedSettledAfter: Int

    public init(topology: Topology, at moment: MonotonicTime) {
        self.topology = topology
        now = moment
        watchedSince = moment
        lastSweep = moment
        lastQualitySweep = moment
        let detections = topology.links.map(\.detection)
        sharedDownAfter = detections.map(\.downAfter).min() ?? Detection().downAfter
        sharedSettledAfter = detections.map { max($0.downAfter, $0.upAfter) }.max() ?? Detection().upAfter
        patience = Self.patience(topology.site, downAfter: sharedDownAfter)
        let rounds = HopRounds(of: topology)
        hopRound = rounds.round
        for reference in topology.site.references {
            let key = ProbeKey(role: .reference, target: reference.target)
            if let stream = add(key, .reference, reference.interval, nil) { references.append(stream) }
        }
        paths = topology.paths.map { PathRecord(spec: $0, pinSince: moment, edgeSince: moment) }
        for index in paths.indices { addEdges(of: index) }
        for link in topology.links { add(link, rounds, at: moment) }
        findPeers()
    }

    /// The number of a stream for `.outcome`; nil when the model has no use for it (hints, free targets).
    public func stream(of key: ProbeKey) -> Int? { places[key] }

    private mutating func add(
        _ key: ProbeKey,
        _ place: StreamPlace,
        _ interval: Duration,
        _ detection: Detection?
    ) -> Int? {
        guard places[key] == nil else { return nil }
        places[key] = streams.count
        var settled = sharedSettledAfter
        if let detection { settled = max(detection.downAfter, detection.upAfter) }
        streams.append(
            StreamRecord(
                key: key,
                place: place,
                health: StreamHealth(keepsRoundTrips: key.role == .through),
                downAfter: detection?.downAfter ?? sharedDownAfter,
                settledAfter: settled,
                interval: interval
            )
        )
        return streams.count - 1
    }

    private mutating func addEdges(of index: Int) {
        let spec = paths[index].spec
        var targets = spec.edge.map { ($0.target, $0.interval) }
        // An IKE answer is evidence, its silence none: only where it is required does it count as an edge.
        if spec.ike == .required { targets += spec.gateways.map { (Target(scheme: .ike, host: $0), .seconds(10)) } }
        for (target, interval) in targets {
            let key = ProbeKey(path: spec.id.rawValue, role: .edge, target: target)
            if let stream = add(key, .edge(path: index), interval, nil) { paths[index].edges.append(stream) }
        }
    }

    private mutating func add(_ spec: LinkSpec, _ rounds: HopRounds, at moment: MonotonicTime) {
        let index = links.count
        var link = LinkRecord(
            spec: spec,
            since: moment,
            activeTierSince: moment,
            quietUntil: moment + quiet(spec)
        )
        for (tier, ids) in spec.tiers.enumerated() {
            for id in ids {
                let candidate = paths.firstIndex { $0.spec.id == id && $0.spec.peering == spec.peering }
                guard let path = candidate else { continue }
                var record = LinkPathRecord(path: path, tier: tier + 1, since: moment)
                let place = StreamPlace.through(link: index, path: link.paths.count)
                for through in spec.through {
                    let key = ProbeKey(link: spec.name, path: id.rawValue, role: .through, target: through.target)
                    let stream = add(key, place, through.interval, spec.detection)
                    if let stream { record.throughs.append(stream) }
                }
                paths[path].users.append(LinkPathPlace(link: index, path: link.paths.count))
                link.paths.append(record)
            }
        }
        link.hopGap = rounds.gap(of: spec.name) ?? HopRounds.period
        link.workloads = spec.workloads.enumerated().map { number, workload in
            var record = add(workload, number: number, of: spec, link: index, at: moment)
            record.hopQuestion = rounds.question(for: workload.target, of: spec.name)
            record.hopPeriod = record.hopQuestion.flatMap { rounds.period(of: $0) }
            return record
        }
        links.append(link)
    }

    private mutating func add(
        _ workload: ProbeSpec,
        number: Int,
        of spec: LinkSpec,
        link: Int,
        at moment: MonotonicTime
    ) -> WorkloadRecord {
        var record = WorkloadRecord(target: workload.target, flows: [], since: moment)
        for flow in 0..<max(1, workload.flows) {
            let key = ProbeKey(link: spec.name, role: .workload, target: workload.target, flow: flow)
            let place = StreamPlace.workload(link: link, workload: number, flow: flow)
            if let stream = add(key, place, workload.interval, spec.detection) {
                record.flows.append(FlowRecord(stream: stream))
            }
        }
        return record
    }

    /// How long the first verdict on a link waits for a result of each path.
    func quiet(_ spec: LinkSpec) -> Duration {
        let longest = spec.through.map { $0.interval + $0.timeout }.max() ?? .zero
        return longest + .seconds(1)
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
            if record(outcome, of: stream) { judge(stream, after: outcome, &changes) }
        case .interface(let observation, let moment):
            advance(to: moment)
            for path in paths.indices where paths[path].spec.pin.interface == observation.name {
                paths[path].interface = observation
                if observation.isUsable { paths[path].hasSeenInterface = true }
                judgeUsers(of: path, &changes)
            }
        case .source(let id, let isPresent, let moment):
            advance(to: moment)
            for path in paths.indices where paths[path].spec.id == id && paths[path].isSourceMissing == isPresent {
                paths[path].isSourceMissing = !isPresent
                judgeUsers(of: path, &changes)
            }
        case .route(let link, let target, let flow, let observation, let moment):
            advance(to: moment)
            note(observation, link: link, target: target, flow: flow)
        case .routesSettled(let moment):
            advance(to: moment)
            settleWays()
            for link in links.indices { judge(link: link, &changes) }
        case .pinRoute(let path, let observation, let moment):
            advance(to: moment)
            note(pinRoute: observation, of: path)
            if let index = paths.firstIndex(where: { $0.spec.id == path && $0.spec.followsRoutes }) {
                judgeUsers(of: index, &changes)
            }
        case .routesChanged(let moment):
            advance(to: moment)
            for link in links.indices where !isUndecidedThroughout(link) { forgetHops(of: link) }
        case .hop(let question, let flow, let address, let moment):
            advance(to: moment)
            note(hop: address, of: flow, question, &changes)
        case .arrival(let path, let interface, let moment):
            advance(to: moment)
            note(arrivalOver: interface, of: path)
        case .strictFilter(let path, let interface, let moment):
            advance(to: moment)
            guard let index = paths.firstIndex(where: { $0.spec.id == path }) else { return [] }
            guard paths[index].strictInterface != interface else { return [] }
            paths[index].strictInterface = interface
            judgeUsers(of: index, &changes)
        case .bfd(let path, let state, let moment):
            advance(to: moment)
            guard let index = paths.firstIndex(where: { $0.spec.id == path }) else { return [] }
            paths[index].bfd = state
            if state == .up { paths[index].hasSeenBFDUp = true }
            judgeUsers(of: index, &changes)
        case .gateway(let path, let host, let isAnswering, let moment):
            advance(to: moment)
            note(gateway: host, of: path, isAnswering: isAnswering)
        case .paused(let from, let end):
            advance(to: end)
            forgive(end - from)
        case .mtu(let link, let path, let target, let bytes, let moment):
            advance(to: moment)
            note(mtu: bytes, of: path, link: link, target: target)
        case .outagesResumed(let starts, let hidden, let seenUntil, let moment):
            advance(to: moment)
            resume(starts, hidden, seenUntil: seenUntil, &changes)
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
}
