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

    public mutating func obey(_ command: Command) {
        switch command {
        case .pause: history.isPaused.toggle()
        case .reset:
            history.reset()
            beginsAnew = true
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
        history.add(
            run.report(
                route: try? routes?.observe(prepared.question(sourcePort: run.channel.sourcePort(ofFlow: 0))),
                mtu: nil,
                waitsForNames: false,
                history: history
            )
        )
    }
}
