internal import Model
internal import Sockets
internal import Wire

/// Traces again and again over the same sockets, for a live view.
///
/// Each round is a trace of one round; what it finds of the way is where the next one begins. With `automatic` flows the
/// first round looks for the parallel paths, and the others follow them.
public struct TraceWatch {
    public enum Command: Hashable, Sendable { case pause, reset, sort, quit }

    private let prepared: PreparedTrace
    private let run: TraceRun
    private let routes: RouteQuery?
    private let cancellation: TraceCancellation
    /// The next round knows nothing of the ones before.
    private var beginsAnew = false
    /// The way that `mtu` belongs to.
    private var way: KnownWay?
    private var mtu: PathMTU?
    public private(set) var history = WatchHistory()

    /// - Throws: `TraceError` when nothing could be sent at all.
    public init(_ request: TraceRequest, cancellation: TraceCancellation) throws(TraceError) {
        var request = request
        request.plan.count = 1
        prepared = try TraceTarget.prepare(request, cancellation)
        routes = try? RouteQuery()
        self.cancellation = cancellation
        run = try TraceRun(
            prepared,
            names: request.resolvesNames ? try? HopNames() : nil,
            cancellation: cancellation
        )
    }

    public var isOver: Bool { cancellation.isCancelled }

    private var isReached: Bool { run.state.distance != nil }

    /// Where the target is: then a round asks nobody behind it.
    public var isFound: Bool { history.distance != nil }

    /// Ends what was opened for the rounds.
    public func end() { run.close() }

    public mutating func obey(_ command: Command) {
        switch command {
        case .pause: history.isPaused.toggle()
        case .reset:
            history.reset()
            beginsAnew = true
            (way, mtu) = (nil, nil)
        case .sort: history.nextOrder()
        case .quit: cancellation.cancel()
        }
    }

    /// One round; blocks until it is known.
    public mutating func round() throws(TraceError) {
        if history.rounds > 0 || beginsAnew { run.restart(isFresh: beginsAnew) }
        beginsAnew = false
        do throws(SystemError) {
            try run.loop()
        } catch {
            throw .local("\(error)")
        }
        guard !isOver else { return }
        let route = run.route(routes)
        try searchMTU(route)
        guard !isOver else { return }
        let report = run.report(route: route, mtu: mtu, waitsForNames: false, history: history)
        history.add(report, silent: run.silent(after: report.hops.count), run.state.limitEvidence)
    }

    /// Once, and again when the way has become another one.
    private mutating func searchMTU(_ route: RouteObservation?) throws(TraceError) {
        guard prepared.request.findsMTU, isReached else { return }
        let responders = run.state.flows[run.state.leader].hops.map { $0.responders.first?.address }
        var interface: String?
        if case .route(let name, _, _)? = route?.verdict { interface = name }
        let isOther = way?.update(responders, interface: interface) ?? true
        if way == nil { way = KnownWay(responders, interface: interface) }
        guard isOther || mtu == nil else { return }
        mtu = try run.findMTU(route: route)
    }
}
