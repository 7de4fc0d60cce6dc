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

        var request: TraceRequest {
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
                resolvesNames: false
            )
        }
    }

    private struct Entry {
        var due: MonotonicTime
        var traces = 0
        var way: KnownWay?
        /// The link's traffic has moved: what the next trace shows is told in any case.
        var isEvidence = false
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
        task.searchesMTU = (entries[task.key]?.traces ?? 0) % TraceRounds.searchEvery == 0
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
        let finding = TraceFinding(
            link: task.link,
            path: task.path ?? "",
            target: task.target,
            hops: report.distance,
            hash: (way ?? KnownWay(responders)).hashText,
            mtu: report.mtu?.bytes,
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
