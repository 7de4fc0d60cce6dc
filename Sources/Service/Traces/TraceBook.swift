import Model
import Traceroute
import Wire

/// Which trace is due, and what the former ones found: values in, values out.
struct TraceBook: Sendable {
    struct Task: Sendable, Hashable {
        var link: String
        /// Nil for a workload, which takes the host's own route.
        var path: String?
        var target: Target
        var period: Duration
        var pin: Pin
        var searchesMTU = false

        fileprivate var key: String { "\(link) \(path ?? "") \(target)" }

        /// - Parameter topology: names the path that the trace took.
        func request(_ topology: Topology) -> TraceRequest {
            let (wire, port): (TraceRequest.TraceProtocol, UInt16?) =
                switch target.scheme {
                case .tcp, .tls, .http, .https: (.tcp, target.port)
                case .udp: (.udp, target.port)
                case .icmp, .dns, .stamp, .ike, .bfd: (.icmp, nil)
                }
            return TraceRequest(
                target: target.host,
                protocol: wire,
                port: port,
                findsMTU: searchesMTU,
                plan: TracePlan(count: TraceRounds.rounds),
                source: pin.source,
                interface: pin.interface,
                mark: pin.mark,
                resolvesNames: false,
                topology: topology
            )
        }
    }

    private struct Entry {
        var due: MonotonicTime
        var traces = 0
        var way: KnownWay?
        /// The link's traffic has moved: what the next trace shows is told in any case.
        var isEvidence = false
        /// The largest path MTU yet of a pinned trace, the last of a workload's, whose way may be another each time.
        var mtu: Int?
        /// Something speaks for another path MTU: it is searched in the next trace.
        var wantsMTU = false
    }

    private var entries: [String: Entry] = [:]
    /// The paths that carried each link's traffic at the last look; nil: not known.
    private var active: [String: Set<PathID>?] = [:]

    /// Looks where the traffic of a link goes: when it has moved, the link's traces are due at once.
    mutating func note(link: String, active paths: Set<PathID>?, _ topology: Topology, at now: MonotonicTime) {
        let former = active.updateValue(paths, forKey: link)
        guard let former, let former, let paths, former != paths else {
            // What is not known moves nothing, and what was known before it is remembered.
            if paths == nil, let former { active[link] = former }
            return
        }
        for task in Self.tasks(of: topology) where task.link == link {
            guard entries[task.key] != nil else { continue }
            entries[task.key]?.due = now
            entries[task.key]?.isEvidence = true
            entries[task.key]?.wantsMTU = true
        }
    }

    /// The trace that has been due longest; nil when none is. What the topology no longer names is forgotten.
    mutating func next(_ topology: Topology, at now: MonotonicTime) -> Task? {
        let tasks = Self.tasks(of: topology)
        let keys = Set(tasks.map(\.key))
        entries = entries.filter { keys.contains($0.key) }
        for task in tasks where entries[task.key] == nil { entries[task.key] = Entry(due: now) }
        let waiting = tasks.filter { entries[$0.key].map { $0.due <= now } ?? false }
        guard var task = waiting.min(by: { due($0) < due($1) }) else { return nil }
        // A trace that comes late is not made up for.
        entries[task.key]?.due = now + task.period
        let isItsTurn = (entries[task.key]?.traces ?? 0) % TraceRounds.searchEvery == 0
        task.searchesMTU = isItsTurn || entries[task.key]?.wantsMTU == true
        entries[task.key]?.traces += 1
        return task
    }

    private func due(_ task: Task) -> MonotonicTime { entries[task.key]?.due ?? MonotonicTime(nanoseconds: .max) }

    func hash(of task: Task) -> String? { entries[task.key]?.way?.hashText }

    /// - Returns: what to show, and a sentence when the way is another one than before.
    mutating func settle(_ task: Task, _ report: TraceReport) -> (TraceFinding, sentence: String?) {
        let responders = report.hops.map { $0.responders.first?.address }
        var way = entries[task.key]?.way
        let former = way?.text
        // What does not reach the target shows where it ends, not where the way has gone.
        let isChange = report.distance != nil && way?.update(responders, interface: report.interface) == true
        if way == nil { way = KnownWay(responders, interface: report.interface) }
        if report.distance != nil || former == nil { entries[task.key]?.way = way }
        let isEvidence = entries[task.key]?.isEvidence ?? false
        entries[task.key]?.isEvidence = false
        followMTU(of: task, report, isChange)
        let finding = TraceFinding(
            link: task.link,
            path: task.path ?? "",
            target: task.target,
            hops: report.distance,
            hash: (way ?? KnownWay(responders)).hashText,
            mtu: report.mtu?.bytes,
            ownMTU: Self.ownMTU(task, report),
            isChange: isChange
        )
        let over = task.path.map { " over \($0)" } ?? ""
        guard let former else {
            return (finding, "the way to \(task.target)\(over) is \(KnownWay(responders).text)")
        }
        guard isChange, let way else {
            guard isEvidence else { return (finding, nil) }
            let end = report.distance == nil ? " and ends there" : ""
            return (
                finding,
                "after the move of \(task.link) the way to \(task.target)\(over) is \(KnownWay(responders).text)\(end)"
            )
        }
        return (finding, "the way to \(task.target)\(over) has changed: it was \(former), it is \(way.text)")
    }

    /// Decides whether the next trace searches the path MTU: on a new way, until the target answers, and while what was found
    /// is smaller than before.
    private mutating func followMTU(of task: Task, _ report: TraceReport, _ isChange: Bool) {
        guard var entry = entries[task.key] else { return }
        // A workload's flows take either connection of a circuit in turn; where they have moved, the link says so.
        if isChange, task.path != nil { entry.wantsMTU = true }
        if task.searchesMTU, let bytes = report.mtu?.bytes {
            let former = entry.mtu ?? bytes
            entry.wantsMTU = bytes < former
            entry.mtu = task.path == nil ? bytes : max(bytes, former)
        } else if task.searchesMTU, report.distance == nil {
            entry.wantsMTU = true
        }
        entries[task.key] = entry
    }

    /// The path MTU where the trace speaks of the path that it is pinned to. A workload's says nothing of one: its packets of
    /// other sizes may take another connection than its hops did.
    private static func ownMTU(_ task: Task, _ report: TraceReport) -> Int? {
        guard let path = task.path, let mtu = report.mtu, let bytes = mtu.bytes else { return nil }
        // Where packets are lost, large ones that vanish prove nothing.
        if mtu.behaviour == .blackHole, report.statistics.loss > 0 { return nil }
        let shown = report.identity
        guard !shown.isContradictory else { return nil }
        if let named = shown.path { return named.rawValue == path ? bytes : nil }
        let isAmong = shown.candidates.isEmpty || shown.candidates.contains(PathID(rawValue: path))
        return isAmong ? bytes : nil
    }

    static func tasks(of topology: Topology) -> [Task] {
        topology.links.flatMap { link -> [Task] in
            let workloads = link.workloads.compactMap { spec in
                spec.trace.map {
                    Task(link: link.name, path: nil, target: spec.target, period: $0, pin: .none)
                }
            }
            let through = link.through.flatMap { spec -> [Task] in
                guard let period = spec.trace else { return [] }
                return link.paths.compactMap { id in
                    topology.path(id).map {
                        Task(link: link.name, path: id.rawValue, target: spec.target, period: period, pin: $0.pin)
                    }
                }
            }
            return workloads + through
        }
    }
}
