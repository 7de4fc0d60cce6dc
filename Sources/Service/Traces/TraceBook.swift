import Model
import Traceroute
import Wire

/// Which trace is due, and what the former ones found: values in, values out.
struct TraceBook: Sendable {
    struct Task: Sendable, Hashable {
        /// Empty for the edge of a path, which belongs to no link.
        var link: String
        /// Nil for a workload, which takes the host's own route.
        var path: String?
        var target: Target
        var period: Duration
        var pin: Pin
        var searchesMTU = false
        /// The link's traffic had moved, or an incident came, before it began: what it shows is told in any case.
        var isEvidence = false
        /// The moment that asks for it at once; nil for a regular one.
        var call: IncidentBook.Call?

        var key: TraceKey { TraceKey(link: link, path: path ?? "", target: target) }

        /// - Parameter topology: names the path that the trace took.
        func request(_ topology: Topology? = nil) -> TraceRequest {
            let (wire, port): (TraceRequest.TraceProtocol, UInt16?) =
                switch target.scheme {
                // Nothing else can be handed to a router of one's own choice.
                case _ where pin.nextHop != nil: (.icmp, nil)
                case .tcp, .tls, .http, .https: (.tcp, target.port)
                case .udp: (.udp, target.port)
                case .icmp, .dns, .stamp, .ike, .bfd: (.icmp, nil)
                }
            var request = TraceRequest(
                target: target.host,
                protocol: wire,
                port: port,
                findsMTU: searchesMTU,
                plan: TracePlan(
                    count: call == nil ? TraceRounds.rounds : TraceRounds.burstRounds,
                    flows: .fixed(TraceRounds.flows)
                ),
                source: pin.source,
                interface: pin.interface,
                mark: pin.mark,
                resolvesNames: false,
                topology: topology
            )
            request.nextHop = pin.nextHop
            request.mayReplaceICMP = pin.nextHop == nil
            return request
        }
    }

    private struct Entry {
        var due: MonotonicTime
        var traces = 0
        var ways = WayBook()
        /// Of the next trace.
        var isEvidence = false
        /// Something was said of its way.
        var isTold = false
        var call: IncidentBook.Call?
        /// The last trace, for an incident to come.
        var last: IncidentTrace?
        /// The largest path MTU yet of a pinned trace, the last of a workload's, whose way may be another each time.
        var mtu: Int?
        /// Why the last trace was not made, or not to its end; nil when it was.
        var hindrance: String?
        /// Something speaks for another path MTU: it is searched in the next trace.
        var wantsMTU = false
    }

    private var entries: [TraceKey: Entry] = [:]
    /// The paths that carried each link's traffic at the last look; nil: not known.
    private var active: [String: Set<PathID>?] = [:]
    /// The calls that have been obeyed, by link.
    private var obeyed: [String: IncidentBook.Call] = [:]

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

    /// A moment of an incident: the link's traces are due at once, before all others.
    /// - Returns: for a new incident what the last traces had found.
    mutating func obey(_ call: IncidentBook.Call, _ topology: Topology, at now: MonotonicTime) -> [IncidentTrace] {
        let former = obeyed.updateValue(call, forKey: call.link)
        guard former != call else { return [] }
        var before: [IncidentTrace] = []
        let paths = topology.links.first { $0.name == call.link }?.paths.map(\.rawValue) ?? []
        for task in Self.tasks(of: topology) {
            let isEdge = task.link.isEmpty && task.path.map(paths.contains) == true
            guard task.link == call.link || isEdge else { continue }
            guard var entry = entries[task.key] else { continue }
            entry.due = now
            entry.call = call
            entry.isEvidence = true
            // Another path may carry less: the next regular trace searches it.
            entry.traces = 0
            entries[task.key] = entry
            if former?.incident != call.incident, let last = entry.last { before.append(last) }
        }
        return before
    }

    /// The trace that has been due longest, those of an incident first; nil when none is. What the topology no longer
    /// names is forgotten.
    /// - Parameters:
    ///   - isCalled: only of an incident.
    ///   - hosts: that are not to be traced now.
    ///   - begun: keys of traces that have begun: what they find is known before the next of the same.
    mutating func next(
        _ topology: Topology,
        at now: MonotonicTime,
        isCalled: Bool = false,
        besides hosts: Set<String> = [],
        running begun: Set<TraceKey> = []
    ) -> Task? {
        let tasks = Self.tasks(of: topology)
        let keys = Set(tasks.map(\.key))
        entries = entries.filter { keys.contains($0.key) }
        obeyed = obeyed.filter { call in topology.links.contains { $0.name == call.key } }
        for task in tasks where entries[task.key] == nil { entries[task.key] = Entry(due: now) }
        let waiting = tasks.filter { task in
            guard let entry = entries[task.key], entry.due <= now else { return false }
            return (!isCalled || entry.call != nil) && !hosts.contains(task.target.host) && !begun.contains(task.key)
        }
        guard var task = waiting.min(by: { urgency($0) < urgency($1) }) else { return nil }
        // A trace that comes late is not made up for.
        entries[task.key]?.due = now + task.period
        task.call = entries[task.key]?.call
        task.isEvidence = entries[task.key]?.isEvidence ?? false
        entries[task.key]?.call = nil
        entries[task.key]?.isEvidence = false
        guard task.call == nil else { return task }
        let isItsTurn = (entries[task.key]?.traces ?? 0) % TraceRounds.searchEvery == 0
        task.searchesMTU = isItsTurn || entries[task.key]?.wantsMTU == true
        entries[task.key]?.wantsMTU = false
        entries[task.key]?.traces += 1
        return task
    }

    /// An incident waits for traces.
    var isCalled: Bool { entries.values.contains { $0.call != nil } }

    /// How many traces are due for longer than their period, and how many there are.
    func lateness(_ topology: Topology, at now: MonotonicTime) -> (late: Int, all: Int) {
        let tasks = Self.tasks(of: topology)
        return (tasks.count { task in entries[task.key].map { $0.due + task.period < now } ?? false }, tasks.count)
    }

    /// The trace was given up for others: it is due again.
    mutating func postpone(_ task: Task, at now: MonotonicTime) {
        entries[task.key]?.due = now
        if let call = task.call, entries[task.key]?.call == nil { entries[task.key]?.call = call }
        if task.isEvidence { entries[task.key]?.isEvidence = true }
        if task.searchesMTU { entries[task.key]?.traces = 0 }
    }

    private func urgency(_ task: Task) -> (Int, MonotonicTime) {
        let entry = entries[task.key]
        return (entry?.call == nil ? 1 : 0, entry?.due ?? MonotonicTime(nanoseconds: .max))
    }

    /// - Returns: what to show, and a sentence when the way is another one than before.
    mutating func settle(_ task: Task, _ report: TraceReport) -> (TraceFinding, sentence: String?) {
        var entry = entries[task.key] ?? Entry(due: MonotonicTime(nanoseconds: .max))
        let flows = report.flows.isEmpty ? [Self.onlyFlow(of: report)] : report.flows
        // Where packets take parallel paths one by one, what they meet is no way that could change.
        let single = flows.filter { !$0.isMixed }
        let isNew = !entry.isTold
        let (changes, isFirst) =
            single.isEmpty ? ([], isNew) : entry.ways.take(single, interface: report.interface)
        let isEvidence = task.isEvidence
        entry.isTold = true
        entry.last = IncidentTrace(report, .before, of: task.target, pin: task.path)
        if entries[task.key] != nil { entries[task.key] = entry }
        followMTU(of: task, report, !changes.isEmpty)
        let finding = TraceFinding(
            key: task.key,
            hops: report.distance,
            hash: entry.ways.hash ?? "",
            mtu: report.mtu?.bytes,
            ownMTU: Self.ownMTU(task, report),
            isChange: !changes.isEmpty,
            flowLoss: Self.loss(of: report)
        )
        let over = task.path.map { " over \($0)" } ?? ""
        guard let change = changes.first else {
            guard isFirst || isEvidence else { return (finding, nil) }
            let flow = flows.first { $0.distance != nil } ?? flows[0]
            let shown = flow.isMixed ? "" : KnownWay(flow.responders).text
            let end = report.distance == nil ? " and ends there" : ""
            let way = shown.isEmpty ? "unknown" : "\(shown)\(end)"
            let moment = isEvidence ? Self.moment(of: task) : ""
            return (finding, "\(moment)the way to \(task.target)\(over) is \(way)")
        }
        let part = changes.count < flows.count ? " for \(changes.count) of \(flows.count) flows" : ""
        return (
            finding,
            "the way to \(task.target)\(over) has changed\(part): it was \(change.former), it is \(change.present)"
        )
    }

    /// A trace that could not be made, or not to its end: whether the target answers is not known, and the way stays what it was.
    mutating func miss(_ task: Task) -> TraceFinding {
        if task.searchesMTU { entries[task.key]?.wantsMTU = true }
        if task.isEvidence { entries[task.key]?.isEvidence = true }
        return TraceFinding(
            key: task.key,
            hash: entries[task.key]?.ways.hash ?? "",
            isChange: false
        )
    }

    /// What lasts is said once.
    /// - Parameter hindrance: why the trace was not made, or not to its end; nil when it was.
    /// - Returns: a sentence where that is another than of the trace before.
    mutating func tell(_ hindrance: String?, of task: Task) -> String? {
        guard let entry = entries[task.key], entry.hindrance != hindrance else { return nil }
        entries[task.key]?.hindrance = hindrance
        return "trace to \(task.target): \(hindrance ?? "possible again")"
    }

    /// When a trace was made that is evidence.
    private static func moment(of task: Task) -> String {
        let moment =
            switch task.call?.moment {
            case .began?: "in the outage"
            case .ended?: "after the outage"
            case .moved?, .before?, nil: "after the move"
            }
        return "\(moment) of \(task.call?.link ?? task.link) "
    }

    private static func onlyFlow(of report: TraceReport) -> TraceFlow {
        TraceFlow(
            number: 0,
            responders: report.hops.map { $0.responders.first?.address },
            distance: report.distance,
            statistics: report.statistics
        )
    }

    /// By flow; nothing where each probe was a flow of its own, or where the target limits its answers.
    private static func loss(of report: TraceReport) -> [Int: Double] {
        guard report.access != .connect, report.isLossKnown else { return [:] }
        let measured = report.flows.filter { $0.statistics.sent > 0 }
        return Dictionary(measured.map { ($0.number, $0.statistics.loss) }, uniquingKeysWith: { first, _ in first })
    }

    /// Decides whether the next trace searches the path MTU: on a new way, until the target answers, and while what was found
    /// is smaller than before.
    private mutating func followMTU(of task: Task, _ report: TraceReport, _ isChange: Bool) {
        guard var entry = entries[task.key] else { return }
        // A workload's flows take either connection of a circuit in turn; where they have moved, the link says so.
        if isChange, task.path != nil { entry.wantsMTU = true }
        if task.searchesMTU, let bytes = report.mtu?.bytes {
            let former = entry.mtu ?? bytes
            // What has asked for another search meanwhile is not answered by this one.
            if bytes < former { entry.wantsMTU = true }
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
        let edges = topology.paths.flatMap { path in
            path.edge.compactMap { spec in
                spec.trace.map {
                    Task(link: "", path: path.id.rawValue, target: spec.target, period: $0, pin: path.pin)
                }
            }
        }
        return ofLinks(topology) + edges
    }

    private static func ofLinks(_ topology: Topology) -> [Task] {
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
