public import Model
public import Probing
public import Sockets
import Wire

/// A route that is asked of the kernel again and again.
public struct WatchedRoute: Hashable, Sendable {
    public enum Purpose: Hashable, Sendable {
        /// Where one flow of a workload goes: evidence for the active set.
        case flow(link: String, target: Target, flow: Int)
        /// Where probes with a path's pin go.
        case pin(PathID)
    }

    public var purpose: Purpose
    public var question: RouteQuestion

    public init(purpose: Purpose, question: RouteQuestion) {
        self.purpose = purpose
        self.question = question
    }
}

/// Turns a plan and what its names resolve to into the tasks of the probe engine. Pure: addresses and time come in.
public struct TaskBook: Sendable {
    public private(set) var index = StreamIndex()
    private var addresses: [String: [IPAddress]] = [:]
    private var failures: [String: Reason] = [:]
    private var ports: [ProbeID: UInt16] = [:]
    private var usedPorts: Set<UInt16> = []
    private var phases: [ProbeID: Duration] = [:]
    private var nextPort: UInt32
    private var unresolved: [ProbeID: Unresolved] = [:]

    /// A stream without an address still settles a probe each interval: as failed, with the resolver's reason.
    private struct Unresolved: Sendable {
        var next: MonotonicTime
        var sequence: UInt64
    }

    /// Above the ports that Linux gives to others by itself (ip_local_port_range ends at 60999).
    static let sourcePorts: ClosedRange<UInt16> = 61_000...65_535

    /// - Parameter portSeed: where in the range of source ports the flows begin; random in production.
    public init(portSeed: UInt32) {
        nextPort = portSeed % UInt32(Self.sourcePorts.count)
    }

    /// Takes over a new plan.
    ///
    /// - Parameter alsoFollowed: names that are resolved for others than its streams. What they mean is kept: a later plan may
    ///   have a stream of one, and it is told once.
    public mutating func adopt(_ plan: ProbePlan, alsoFollowed: [String] = []) -> StreamIndex.Change {
        let change = index.adopt(plan)
        for id in change.removed {
            ports[id] = nil
            unresolved[id] = nil
            phases[id] = nil
        }
        usedPorts = Set(ports.values)
        spread(change.added)
        givePorts(to: change.added)
        let wanted = Set(names + alsoFollowed)
        addresses = addresses.filter { wanted.contains($0.key) }
        failures = failures.filter { wanted.contains($0.key) }
        return change
    }

    /// The new workload streams of a link that have the same interval divide it evenly, so that an outage of the link is
    /// known to a part of it. A stream keeps its phase: another one would start it anew.
    private mutating func spread(_ added: [ProbeID]) {
        struct Group: Hashable {
            var link: String
            var interval: Duration
        }
        var groups: [Group: [ProbeID]] = [:]
        for id in added {
            guard let stream = index[id], let key = stream.key, key.role == .workload else { continue }
            groups[Group(link: key.link, interval: stream.interval), default: []].append(id)
        }
        for (group, members) in groups {
            // The groups themselves are kept apart by the number of their first stream.
            let first = Int(members[0].rawValue) % 16
            for (position, id) in members.enumerated() {
                phases[id] = group.interval * (16 * position + first) / (16 * members.count)
            }
        }
    }

    /// A port for each flow; the packets that ask all distances about a flow are that flow.
    private mutating func givePorts(to added: [ProbeID]) {
        struct Flow: Hashable {
            var target: Target
            var number: Int
        }
        var shared: [Flow: UInt16] = [:]
        for id in added where index[id]?.packetKind?.hasFlow == true {
            guard case .hop(let question)? = index[id]?.purpose else {
                ports[id] = takePort()
                continue
            }
            let flow = Flow(target: question.member.target, number: question.seenFlow)
            let port = shared[flow] ?? takePort()
            shared[flow] = port
            ports[id] = port
        }
    }

    /// The source port of a flow; nil where it has none of its own.
    public func sourcePort(of key: ProbeKey) -> UInt16? {
        index.id(of: .probe(key)).flatMap { ports[$0] }
    }

    /// The next port that no flow has; where all are taken, one that another target's flow has.
    private mutating func takePort() -> UInt16 {
        while true {
            let port = Self.sourcePorts.lowerBound + UInt16(nextPort)
            nextPort = (nextPort + 1) % UInt32(Self.sourcePorts.count)
            if usedPorts.insert(port).inserted || usedPorts.count == Self.sourcePorts.count { return port }
        }
    }

    /// Host names that need a resolver, sorted.
    public var names: [String] {
        let followed = index.streams.compactMap { stream -> Target? in
            // A request resolves its name itself; of a workload the address is wanted for its route.
            guard let stream, stream.question == nil || stream.key?.role == .workload else { return nil }
            return stream.target.address == nil ? stream.target : nil
        }
        return Set(followed.map(\.host)).sorted()
    }

    /// Notes what a name resolves to now.
    /// - Returns: what was known of it before.
    @discardableResult
    public mutating func resolved(_ state: NameState) -> NameState {
        let former = NameState(
            name: state.name,
            addresses: addresses[state.name] ?? [],
            failure: failures[state.name]
        )
        addresses[state.name] = state.addresses
        failures[state.name] = state.failure
        return former
    }

    private func address(of stream: PlannedStream) -> IPAddress? {
        if let literal = stream.target.address { return literal }
        let candidates = addresses[stream.target.host] ?? []
        guard let source = stream.pin.source else { return candidates.first }
        return candidates.first { $0.isIPv4 == source.isIPv4 }
    }

    /// The tasks of all streams that have an address.
    public func tasks() -> [ProbeTask] {
        let turns = HopTurns(index.streams.map { stream in stream.flatMap { address(of: $0) == nil ? nil : $0 } })
        return index.streams.enumerated().compactMap { position, stream in
            guard let stream, let destination = address(of: stream), let kind = stream.packetKind else { return nil }
            let id = ProbeID(rawValue: Int32(position))
            var task = ProbeTask(
                id: id,
                kind: kind,
                destination: destination,
                port: stream.target.port,
                pin: stream.pin,
                interval: stream.interval,
                timeout: stream.timeout,
                phase: phases[id]
            )
            if kind.hasFlow { task.sourcePort = ports[id] }
            if case .hop(let question) = stream.purpose {
                task.ttl = question.ttl
                (task.interval, task.phase) = turns.turn(of: question)
            }
            return task
        }
    }

    /// The tasks of the request engine; those whose proxy is not there are left out.
    public func requests(through proxies: [String: ProxyServer] = [:]) -> [RequestTask] {
        index.streams.enumerated().compactMap { position, stream in
            guard let stream, let question = stream.question else { return nil }
            var proxy = stream.via.flatMap { proxies[$0] }
            if !stream.showsCredentials { proxy?.credentials = nil }
            guard proxy != nil || stream.via == nil else { return nil }
            let id = ProbeID(rawValue: Int32(position))
            var task = RequestTask(
                id: id,
                target: stream.target,
                question: question,
                proxy: proxy,
                pin: stream.pin,
                interval: stream.interval,
                timeout: stream.timeout,
                phase: phases[id],
                caFile: stream.caFile,
                keepsResponse: stream.keepsResponse
            )
            task.tls = stream.tls
            if case .endpoint(let way) = stream.purpose { task.expectsDenial = !way.use.mustReach }
            return task
        }
    }

    /// What the kernel is asked for the active set: each flow of each workload, and each pin that is no interface.
    public func watchedRoutes() -> [WatchedRoute] {
        var pins: Set<String> = []
        return index.streams.enumerated().compactMap { position, stream in
            guard let stream, let key = stream.key, let destination = address(of: stream) else { return nil }
            let port = ports[ProbeID(rawValue: Int32(position))] ?? 0
            let flow = Self.flow(of: stream.target, destination, port)
            switch key.role {
            case .workload:
                return WatchedRoute(
                    purpose: .flow(link: key.link, target: key.target, flow: key.flow),
                    question: RouteQuestion(destination: destination, flow: flow)
                )
            case .through where isRouteWatched(stream, key):
                guard pins.insert(key.path).inserted else { return nil }
                let pin = stream.pin
                return WatchedRoute(
                    purpose: .pin(PathID(rawValue: key.path)),
                    question: RouteQuestion(destination: destination, source: pin.source, mark: pin.mark, flow: flow)
                )
            case .edge, .through, .reference, .target:
                return nil
            }
        }
    }

    /// Where probes by a source or a mark leave is the routing's matter; so it is with the Internet without a pin.
    private func isRouteWatched(_ stream: PlannedStream, _ key: ProbeKey) -> Bool {
        guard stream.pin.interface == nil else { return false }
        return stream.pin != .none || key.path == PathID.internet.rawValue
    }

    private static func flow(of target: Target, _ destination: IPAddress, _ port: UInt16) -> RouteQuestion.Flow? {
        switch target.scheme {
        case .icmp: RouteQuestion.Flow(ipProtocol: destination.isIPv4 ? 1 : 58)
        case .tcp: RouteQuestion.Flow(ipProtocol: 6, sourcePort: port, destinationPort: target.port ?? 0)
        case .stamp, .ike: RouteQuestion.Flow(ipProtocol: 17, sourcePort: port, destinationPort: target.port ?? 0)
        case .tls, .http, .https: RouteQuestion.Flow(ipProtocol: 6, sourcePort: 0, destinationPort: target.port ?? 0)
        case .dns, .udp, .bfd: nil
        }
    }

    /// Why a stream has no address; nil when it has one or the resolver has not spoken yet.
    private func cause(of stream: PlannedStream) -> (reason: Reason, message: String)? {
        guard stream.question == nil, address(of: stream) == nil else { return nil }
        let host = stream.target.host
        if let reason = failures[host] { return (reason, "\(host) does not resolve") }
        guard addresses[host] != nil, let source = stream.pin.source else { return nil }
        return (
            .dnsError, "\(host) has no \(source.isIPv4 ? "IPv4" : "IPv6") address, which the source \(source) needs"
        )
    }

    /// The settled probes of streams whose name did not resolve, one each interval.
    public mutating func unresolvedOutcomes(at now: MonotonicTime) -> [Outcome] {
        guard !addresses.isEmpty || !failures.isEmpty else {
            unresolved.removeAll()
            return []
        }
        var outcomes: [Outcome] = []
        for (position, stream) in index.streams.enumerated() {
            let id = ProbeID(rawValue: Int32(position))
            guard let stream, let cause = cause(of: stream) else {
                unresolved[id] = nil
                continue
            }
            var state = unresolved[id] ?? Unresolved(next: now, sequence: 0)
            if state.next <= now {
                outcomes.append(
                    Outcome(
                        probe: id,
                        sequence: state.sequence,
                        sentAt: now,
                        settledAt: now,
                        result: .failed(cause.reason),
                        detail: OutcomeDetail(message: cause.message)
                    )
                )
                state.sequence += 1
                state.next = state.next + stream.interval
                if state.next <= now { state.next = now + stream.interval }
            }
            unresolved[id] = state
        }
        return outcomes
    }
}

extension PlannedStream {
    /// How it is probed by packets; nil for requests.
    fileprivate var packetKind: ProbeKind? { question == nil ? ProbePlan.kind(of: target) : nil }

    fileprivate var keepsResponse: Bool {
        switch purpose {
        case .storage, .egress: true
        case .probe, .hop, .proxy, .storageName, .endpoint: false
        }
    }
}

extension ProbeKind {
    /// Whether it has a source port, by which routers choose among equal ways.
    fileprivate var hasFlow: Bool { self == .tcpConnect || self == .stamp }
}
