public import Model
public import Sockets
internal import Synchronization
internal import Wire

/// A hybrid network inside this process, on 127.0.0.0/8 and high ports: no privilege, configuration or network needed.
///
/// Two Microsoft edges, a VPN gateway and its edge, a workload and a reference of the site answer real packets over
/// real sockets, late as their paths are long. The circuit is lost and comes back as `DemoTimeline` says. Of the host
/// only the table of routes is replaced (`RouteSource`).
public final class DemoNetwork: RouteSource {
    /// What to probe, and by which detection.
    public let topology: Topology

    private let state: DemoState
    private let loop: DemoLoop
    private let thread = Mutex<DedicatedThread?>(nil)

    /// Opens the sockets on ports that are free.
    ///
    /// - Parameter seed: of delays and cookies; equal seeds give equal rows.
    /// - Throws: `SystemError` with the address that could not be bound.
    public init(seed: UInt64) throws(SystemError) {
        var ears: [DemoEar] = []
        for endpoint in DemoEndpoint.allCases { ears.append(try DemoEar(endpoint)) }
        state = DemoState()
        loop = try DemoLoop(ears, seed: seed, state: state)
        topology = DemoTopology.make { endpoint in ears.first { $0.endpoint == endpoint }?.port ?? 0 }
    }

    /// What the log says of it at the start.
    public var introduction: String {
        "an embedded network runs on 127.0.0.0/8: circuit \(DemoLayout.circuit) with two connections, "
            + "\(DemoLayout.vpn) as backup; the circuit is cut every 40 s"
    }

    /// Begins to answer and starts the clock of the timeline; a second call does nothing.
    ///
    /// - Parameter onEvent: called on the network's thread; it must not block, nor call `stop`.
    public func start(onEvent: @escaping @Sendable (DemoEvent) -> Void) throws(SystemError) {
        try start(elapsed: .zero, onEvent: onEvent)
    }

    /// Starts as if it had run for some time already.
    func start(elapsed: Duration, onEvent: @escaping @Sendable (DemoEvent) -> Void) throws(SystemError) {
        try thread.withLock { (thread) throws(SystemError) in
            guard thread == nil else { return }
            state.begin(at: SystemClock.monotonic() - elapsed)
            thread = try DedicatedThread(name: "np-demo") { [loop] in loop.run(onEvent) }
        }
    }

    /// Ends it; no event comes afterwards.
    public func stop() {
        loop.stop()
        thread.withLock { $0 }?.join()
    }

    deinit {
        loop.stop()
    }

    public func observe(_ question: RouteQuestion) throws(NetlinkError) -> RouteObservation {
        state.observe(question, at: SystemClock.monotonic())
    }

    /// Over which path one flow of a workload goes now.
    ///
    /// - Parameter flow: its source port.
    public func route(for workload: Target, flow: UInt16) -> RouteObservation {
        guard let address = workload.address else { return RouteObservation(verdict: .none(.noRoute)) }
        let ports = RouteQuestion.Flow(ipProtocol: 17, sourcePort: flow, destinationPort: workload.port ?? 0)
        return state.observe(RouteQuestion(destination: address, flow: ports), at: SystemClock.monotonic())
    }
}

/// The table of routes and its clock, which the thread of the network and its users share.
final class DemoState: Sendable {
    private struct Shared {
        var routing = DemoRouting()
        var start: MonotonicTime?
    }

    private let shared = Mutex(Shared())

    func begin(at now: MonotonicTime) {
        shared.withLock { $0.start = now }
    }

    func elapsed(at now: MonotonicTime) -> Duration {
        shared.withLock { $0.start.map { now - $0 } ?? .zero }
    }

    func observe(_ question: RouteQuestion, at now: MonotonicTime) -> RouteObservation {
        shared.withLock { $0.routing.observe(question, at: $0.start.map { now - $0 } ?? .zero) }
    }

    func path(to endpoint: DemoEndpoint, from source: SocketAddress, at elapsed: Duration) -> DemoPath {
        shared.withLock { $0.routing.path(to: endpoint, from: source, at: elapsed) }
    }
}
