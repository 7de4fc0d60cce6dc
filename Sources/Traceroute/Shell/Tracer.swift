internal import Model
public import Sockets
internal import Wire

/// Traces the way to a target, on the caller's thread, until it is known.
///
/// - Parameters:
///   - routes: whom to ask how packets leave; nil asks the kernel.
///   - cancellation: ends the trace at once; the report then holds what there is.
/// - Throws: `TraceError` when nothing could be sent at all. A target that does not answer is a report.
public func trace(
    _ request: TraceRequest,
    routes: (any RouteSource)? = nil,
    cancellation: TraceCancellation? = nil
) throws(TraceError) -> TraceReport {
    if let problem = request.plan.problem { throw .usage(problem) }
    let host = try TraceTarget.host(of: request.target)
    let address = try TraceTarget.address(of: host, request, cancellation)
    let question = RouteQuestion(
        destination: address,
        source: request.source,
        interface: request.interface,
        mark: request.mark,
        // Among several next hops the kernel chooses by the flow, whose protocol a hash policy may count in.
        flow: RouteQuestion.Flow(ipProtocol: address.isIPv4 ? 1 : 58)
    )
    let routes = routes ?? (try? RouteQuery())
    let before = try? routes?.observe(question)
    let names = request.resolvesNames ? try? HopNames() : nil
    let run = try TraceRun(request, to: address, names: names, cancellation: cancellation)
    do throws(SystemError) {
        try run.loop()
    } catch {
        throw .local("\(error)")
    }
    // The neighbour's state is known only after packets went there.
    let after = try? routes?.observe(question)
    return run.report(host: host, route: after ?? before, duration: SystemClock.monotonic() - run.start)
}

/// From what the user wrote to an address.
enum TraceTarget {
    static func host(of text: String) throws(TraceError) -> String {
        let target: Target
        do throws(TargetError) {
            target = try Target(parsing: text)
        } catch {
            throw .usage("\(text): \(error)")
        }
        guard target.scheme == .icmp else {
            throw .usage("\(text): path traces by ICMP; give a host, an address or icmp://HOST")
        }
        return target.host
    }

    static func address(
        of host: String,
        _ request: TraceRequest,
        _ cancellation: TraceCancellation?
    ) throws(TraceError) -> IPAddress {
        let family = request.family ?? request.source?.family
        if let source = request.source, let wanted = request.family, source.family != wanted {
            throw .usage("the source \(source) is no IPv\(wanted.rawValue) address")
        }
        if let address = IPAddress(host) {
            if let family, address.family != family { throw .usage("\(host) is no IPv\(family.rawValue) address") }
            return address
        }
        let found = try NameService.addresses(of: host, family: family, cancellation: cancellation)
        guard let address = found.first(where: \.isIPv4) ?? found.first else {
            throw .resolution(host: host, message: "the name has no address")
        }
        return address
    }
}

/// One trace: the state machine between clock and socket.
final class TraceRun {
    let start: MonotonicTime
    private let startedAt: WallTime
    private let request: TraceRequest
    private let address: IPAddress
    private let socket: TraceSocket
    private let names: HopNames?
    private let cancellation: TraceCancellation?
    private var state: TraceState

    init(
        _ request: TraceRequest,
        to address: IPAddress,
        names: HopNames?,
        cancellation: TraceCancellation?
    ) throws(TraceError) {
        self.request = request
        self.address = address
        self.names = names
        self.cancellation = cancellation
        socket = try TraceSocket(to: address, request: request)
        start = SystemClock.monotonic()
        startedAt = SystemClock.wall()
        state = TraceState(request.plan, start: start)
    }

    func loop() throws(SystemError) {
        let epoll = try Epoll(capacity: 4)
        try epoll.add(socket.socket.number, .readable, token: 0)
        if let cancellation { try epoll.add(cancellation.event.number, .readable, token: 1) }
        while true {
            if cancellation?.isCancelled == true { state.cancel() }
            let now = SystemClock.monotonic()
            switch state.next(at: now) {
            case .finished:
                try drain()
                try awaitStamps(epoll)
                return
            case .send(let number, let ttl):
                if let reason = socket.send(number: number, ttl: ttl) {
                    state.didFail(number, reason == .overload ? nil : reason)
                }
            case .wait(let until):
                _ = try epoll.wait(until - now)
                try drain()
            }
        }
    }

    /// The kernel's stamp of a departure may come after the answer; it gets a little time.
    private func awaitStamps(_ epoll: Epoll) throws(SystemError) {
        let end = SystemClock.monotonic() + .milliseconds(5)
        while state.lacksTransmitStamp, cancellation?.isCancelled != true {
            let rest = end - SystemClock.monotonic()
            guard rest > .zero else { return }
            _ = try epoll.wait(rest)
            try drain()
        }
    }

    private func drain() throws(SystemError) {
        try socket.drain { received in
            switch received {
            case .stray: state.receiveStray()
            case .transmitted(let number, let stamp): state.didTransmit(number, at: stamp)
            case .answer(let number, let answer):
                if state.receive(answer, for: number) { names?.ask(answer.responder, at: answer.receivedAt) }
            }
        }
    }

    func report(host: String, route: RouteObservation?, duration: Duration) -> TraceReport {
        let known = names?.finish(cancellation: cancellation) ?? [:]
        var hops = state.hops
        for hop in hops.indices {
            for index in hops[hop].responders.indices {
                hops[hop].responders[index].name = known[hops[hop].responders[index].address]
            }
        }
        let paths = request.topology?.paths ?? []
        let links = request.topology?.links ?? []
        let identity = PathNaming(paths: paths, links: links)
            .identity(of: address, host: host, hops: hops, route: route)
        let link = links.first { $0.name == identity.links.first?.link }
        let statistics = state.targetStatistics
        let judge = TraceJudge(
            target: address,
            hops: hops,
            statistics: statistics,
            distance: state.distance,
            route: route,
            paths: paths,
            path: identity.path,
            localRefusal: state.localRefusal,
            hasLoop: state.hasLoop,
            maxHops: request.plan.maxHops,
            degradedLoss: (link?.detection ?? Detection()).degradedLoss
        )
        var report = TraceReport(
            target: request.target,
            address: address,
            source: request.source,
            interface: request.interface,
            route: route,
            startedAt: startedAt,
            duration: duration,
            rounds: (state.probes.last?.round ?? -1) + 1,
            interval: request.plan.interval,
            access: socket.access,
            clock: state.clock,
            hops: hops,
            distance: state.distance,
            statistics: statistics,
            identity: identity,
            verdict: judge.verdict,
            duplicates: state.duplicates,
            strays: state.strays,
            distanceChanges: state.distanceChanges,
            isCancelled: state.isCancelled
        )
        if case .route(let interface, _, let source)? = route?.verdict {
            report.interface = report.interface ?? interface
            report.source = report.source ?? source
        }
        return report
    }
}
