import Links
import Model
import TestSupport
import Wire

/// The truth that a model is to find out: which part of the network fails from when to when, in seconds.
struct Truth: Sendable {
    typealias Times = [Range<Double>]

    /// The wire of a path: its edge and all behind it.
    var cuts: [PathID: Times] = [:]
    /// The edge answers, nothing passes.
    var blackholes: [PathID: Times] = [:]
    /// The edge does not answer pings, everything passes.
    var silentEdges: [PathID: Times] = [:]
    /// Everything behind the gateway of the first VNet.
    var gateway: Times = []
    /// This host's own LAN: references and all paths.
    var lan: Times = []
    /// Flows of the service that vanish on the way, whatever the path.
    var lostFlows: [Int: Times] = [:]
    var deadTargets: [Target: Times] = [:]
    /// Probability that a probe is lost on its own.
    var loss = 0.0
    /// Losses of the edge alone, as of a router that polices ICMP.
    var edgeLoss = 0.0
    var roundTrip: [PathID: Double] = [Site.primary: 0.005, Site.secondary: 0.006, Site.vpn: 0.020]
    /// The path of the workload's traffic; nil for no route.
    var traffic: @Sendable (_ flow: Int, _ seconds: Double) -> PathID? = { flow, _ in
        flow % 2 == 0 ? Site.primary : Site.secondary
    }

    /// The path of one workload's traffic, where workloads differ.
    var way: (@Sendable (_ workload: Target, _ flow: Int, _ seconds: Double) -> PathID?)?
    /// Routers that answer nothing with a small TTL, and everything passes.
    var silentHops: [PathID: Times] = [:]

    func path(of workload: Target, _ flow: Int, _ seconds: Double) -> PathID? {
        way.map { $0(workload, flow, seconds) } ?? traffic(flow, seconds)
    }

    static func holds(_ times: Times?, during probe: ClosedRange<Double>) -> Bool {
        (times ?? []).contains { $0.lowerBound <= probe.upperBound && probe.lowerBound < $0.upperBound }
    }

    /// Seconds to the answer; nil when there is none.
    func answer(to key: ProbeKey, sentAt sent: Double) -> Double? {
        if key.role == .reference {
            return isBroken(lan, sent, 0.000_3) || isBroken(deadTargets[key.target], sent, 0) ? nil : 0.000_3
        }
        let path = key.path.isEmpty ? path(of: key.target, key.flow, sent) : PathID(rawValue: key.path)
        guard let path else { return nil }
        let time = roundTrip[path] ?? 0.010
        var faults = [lan, cuts[path] ?? [], deadTargets[key.target] ?? []]
        if key.role == .edge {
            faults.append(silentEdges[path] ?? [])
        } else {
            faults.append(blackholes[path] ?? [])
            if key.link == Site.link { faults.append(gateway) }
            if key.role == .workload, key.target == Site.service { faults.append(lostFlows[key.flow] ?? []) }
        }
        return faults.contains { isBroken($0, sent, time) } ? nil : time
    }

    private func isBroken(_ times: Times?, _ sent: Double, _ time: Double) -> Bool {
        Self.holds(times, during: sent...(sent + time))
    }
}

/// Probes, routes and ticks of a running netprobe over a network whose truth is known.
struct World {
    struct Stream {
        var key: ProbeKey
        var number: Int
        var interval: Int64
        var timeout: Int64
        var nextSend: Int64
        var sequence: UInt64 = 0
        var pending: [Outcome] = []
    }

    /// `hops`: a router answers for every flow at any time; `rounds`: each second for one, as a limited one does.
    enum Evidence: Sendable { case routes, behindRouter, hops, rounds, none }

    var model: LinksModel
    var truth: Truth
    var streams: [Stream] = []
    var changes: [LinksChange] = []
    var evidence: Evidence = .routes
    /// Probes sent in these times are spoiled by the host itself.
    var overload: Truth.Times = []
    private(set) var now: Int64 = 0
    private var nextTick: Int64 = 0
    private var nextRoute: Int64 = 0
    private var nextRound: Int64 = 300_000_000
    private var round = 0
    private var lastSuspicion: Int64 = -1_000_000_000
    private var generator: SeededGenerator
    let topology: Topology

    init(_ options: Site.Options = Site.Options(), truth: Truth = Truth(), seed: UInt64 = 1) {
        self.init(topology: Site.topology(options), truth: truth, seed: seed)
    }

    init(topology: Topology, truth: Truth = Truth(), seed: UInt64 = 1) {
        self.topology = topology
        self.truth = truth
        generator = SeededGenerator(seed: seed)
        model = LinksModel(topology: topology, at: at(0))
        for (key, spec) in Self.probes(of: topology) {
            guard let number = model.stream(of: key) else { continue }
            let interval = spec.interval.nanoseconds
            let phase = Int64(generator.unit() * Double(interval))
            streams.append(
                Stream(
                    key: key,
                    number: number,
                    interval: interval,
                    timeout: spec.timeout.nanoseconds,
                    nextSend: phase
                )
            )
        }
    }

    static func probes(of topology: Topology) -> [(ProbeKey, ProbeSpec)] {
        var probes = topology.site.references.map { (ProbeKey(role: .reference, target: $0.target), $0) }
        for path in topology.paths {
            probes += path.edge.map { (ProbeKey(path: path.id.rawValue, role: .edge, target: $0.target), $0) }
        }
        for link in topology.links {
            for path in link.paths {
                probes += link.through.map { spec in
                    let key = ProbeKey(link: link.name, path: path.rawValue, role: .through, target: spec.target)
                    return (key, spec)
                }
            }
            for workload in link.workloads {
                for flow in 0..<max(1, workload.flows) {
                    let key = ProbeKey(link: link.name, role: .workload, target: workload.target, flow: flow)
                    probes.append((key, workload))
                }
            }
        }
        return probes
    }

    /// Lets time pass; what changed is in `changes`, and returned.
    @discardableResult
    mutating func run(until seconds: Double) -> [LinksChange] {
        let end = at(seconds).nanoseconds
        let first = changes.count
        while let moment = nextMoment(), moment <= end {
            now = moment
            step()
        }
        now = end
        return Array(changes[first...])
    }

    private func nextMoment() -> Int64? {
        var moment = min(nextTick, nextRoute, evidence == .rounds ? nextRound : .max)
        for stream in streams {
            moment = min(moment, stream.nextSend, stream.pending.first?.settledAt.nanoseconds ?? .max)
        }
        return moment
    }

    private mutating func step() {
        for index in streams.indices {
            while let first = streams[index].pending.first, first.settledAt.nanoseconds <= now {
                streams[index].pending.removeFirst()
                apply(.outcome(stream: streams[index].number, first))
            }
            if streams[index].nextSend <= now { send(index) }
        }
        if nextRoute <= now {
            sayRoutes()
            apply(.routesSettled(at: MonotonicTime(nanoseconds: now)))
            nextRoute = now + 500_000_000
        }
        if evidence == .rounds, nextRound <= now {
            askHop()
            nextRound = now + 1_000_000_000
            round += 1
        }
        if nextTick <= now {
            apply(.tick(at: MonotonicTime(nanoseconds: now)))
            nextTick = now + 100_000_000
        }
    }

    /// As the monitor does it: a suspicion asks the references at once, at most each 250 ms.
    private mutating func apply(_ event: LinksEvent) {
        let made = model.apply(event)
        changes += made
        guard made.contains(where: { if case .suspicion = $0 { true } else { false } }),
            now - lastSuspicion >= 250_000_000
        else { return }
        lastSuspicion = now
        for index in streams.indices where streams[index].key.role == .reference {
            streams[index].nextSend -= streams[index].interval
            let regular = streams[index].nextSend
            send(index)
            streams[index].nextSend = regular + streams[index].interval
        }
    }

    private mutating func send(_ index: Int) {
        let stream = streams[index]
        let seconds = Double(now) / 1e9
        var time = truth.answer(to: stream.key, sentAt: seconds)
        if truth.loss > 0, stream.key.role != .reference, generator.unit() < truth.loss { time = nil }
        if truth.edgeLoss > 0, stream.key.role == .edge, generator.unit() < truth.edgeLoss { time = nil }
        let sent = MonotonicTime(nanoseconds: now)
        var outcome = Outcome(
            probe: ProbeID(rawValue: Int32(stream.number)),
            sequence: stream.sequence,
            sentAt: sent,
            settledAt: MonotonicTime(nanoseconds: now + stream.timeout),
            result: .failed(.timeout)
        )
        if let time {
            let roundTrip = Duration.nanoseconds(Int64(time * 1e9))
            outcome.settledAt = sent + roundTrip
            outcome.result = .answered(roundTrip: roundTrip, clock: .kernel)
        }
        if overload.contains(where: { $0.contains(seconds) }) { outcome.result = .invalid(.overload) }
        // Results settle in the order of sending.
        if let last = stream.pending.last, last.settledAt > outcome.settledAt { outcome.settledAt = last.settledAt }
        streams[index].pending.append(outcome)
        streams[index].sequence += 1
        streams[index].nextSend += stream.interval
    }

    /// One question with a small TTL; a target that is dead from the start has no address and no turn.
    private mutating func askHop() {
        let seconds = Double(now) / 1e9
        let members = HopRounds(of: topology).members.filter { truth.deadTargets[$0.target]?.first?.lowerBound != 0 }
        let member = members[round % members.count]
        let flow = round / members.count % member.flows
        guard let path = truth.path(of: member.target, flow, seconds), let edge = Site.hopEdges[path],
            !Truth.holds(truth.cuts[path], during: seconds...seconds),
            !Truth.holds(truth.silentHops[path], during: seconds...seconds)
        else { return }
        apply(.hop(member.target, flow: flow, address: edge, at: MonotonicTime(nanoseconds: now)))
    }

    private mutating func sayRoutes() {
        let moment = MonotonicTime(nanoseconds: now)
        for link in topology.links {
            for workload in link.workloads {
                for flow in 0..<max(1, workload.flows) {
                    say(link.name, workload.target, flow, moment)
                }
            }
        }
    }

    private mutating func say(_ link: String, _ workload: Target, _ flow: Int, _ moment: MonotonicTime) {
        let path = truth.path(of: workload, flow, Double(now) / 1e9)
        switch evidence {
        case .routes:
            let none = RouteObservation(verdict: .none(.unreachableNet))
            let route = path.map { Site.route(over: $0) } ?? none
            changes += model.apply(.route(link: link, target: workload, flow: flow, route, at: moment))
        case .behindRouter, .hops, .rounds:
            let route = Site.routeBehindRouter
            changes += model.apply(.route(link: link, target: workload, flow: flow, route, at: moment))
            guard evidence == .hops, let path, let edge = Site.edges[path]?.address else { return }
            let key = ProbeKey(link: link, role: .workload, target: workload, flow: flow)
            guard truth.answer(to: key, sentAt: Double(now) / 1e9) != nil else { return }
            changes += model.apply(.hop(workload, flow: flow, address: edge, at: moment))
        case .none: break
        }
    }

    // MARK: What the tests ask

    var snapshot: Snapshot { model.snapshot() }
    var link: LinkStatus? { snapshot.links.first { $0.name == Site.link } }

    func state(of path: PathID) -> PathState? { link?.paths.first { $0.path == path }?.state }

    /// States that a path entered, with the moments.
    func states(of path: PathID, link: String = Site.link) -> [(PathState, Double)] {
        changes.compactMap { change in
            guard case .path(link, path, _, let to, let at, _) = change else { return nil }
            return (to, Double(at.nanoseconds) / 1e9)
        }
    }

    func linkStates(_ name: String = Site.link) -> [LinkState] {
        changes.compactMap { change in
            if case .link(name, _, let to, _, _) = change { to } else { nil }
        }
    }

    func outages(_ name: String = Site.link) -> [Outage] {
        changes.compactMap { change in
            if case .outageClosed(name, let outage) = change { outage } else { nil }
        }
    }

    func openings(_ name: String = Site.link) -> Int {
        changes.count { if case .outageOpened(name, _, _) = $0 { true } else { false } }
    }

    func shifts(_ name: String = Site.link) -> [Set<PathID>] {
        changes.compactMap { change in
            if case .shift(name, _, let to, _) = change { to } else { nil }
        }
    }

    func moves(_ name: String = Site.link) -> [[Int]] {
        changes.compactMap { change in
            if case .failover(name, let from, let to, _, _) = change { [from, to] } else { nil }
        }
    }
}
