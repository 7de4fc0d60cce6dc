public import Model
public import Sockets
import Synchronization

/// What the route source says of one workload flow now.
public struct RouteReport: Sendable, Hashable {
    public var route: WatchedRoute
    public var observation: RouteObservation
    public var at: MonotonicTime

    public init(route: WatchedRoute, observation: RouteObservation, at: MonotonicTime) {
        self.route = route
        self.observation = observation
        self.at = at
    }
}

/// Asks for the routes of all workload flows each second and at once after a change, on a thread of its own:
/// evidence for the active set is fresh for two seconds.
public final class RouteObserver: Sendable {
    private enum Command: Sendable {
        case watch([WatchedRoute])
        case changed
        case stop
    }

    private let inbox: Inbox<Command>
    private let thread: DedicatedThread

    static let period: Duration = .seconds(1)
    /// After a change the kernel's routes often move on for some milliseconds; asking again finds the last word.
    static let settling: [Duration] = [.milliseconds(20), .milliseconds(100)]

    /// - Parameter report: called on the observer's thread with all answers of one round.
    public init(
        source: any RouteSource,
        report: @escaping @Sendable ([RouteReport]) -> Void
    ) throws(SystemError) {
        let inbox = try Inbox<Command>()
        self.inbox = inbox
        thread = try DedicatedThread(name: "np-routes") {
            Self.run(inbox, source, report)
        }
    }

    public func watch(_ routes: [WatchedRoute]) { inbox.post(.watch(routes)) }

    /// Something changed in the host's network: ask now.
    public func networkChanged() { inbox.post(.changed) }

    public func stop() {
        inbox.post(.stop)
        thread.join()
    }

    private static func run(
        _ inbox: Inbox<Command>,
        _ source: any RouteSource,
        _ report: @Sendable ([RouteReport]) -> Void
    ) {
        var routes: [WatchedRoute] = []
        var due = [SystemClock.monotonic()]
        while true {
            let now = SystemClock.monotonic()
            if let first = due.min(), first <= now {
                due.removeAll { $0 <= now }
                if due.isEmpty { due = [now + period] }
                if !routes.isEmpty { report(ask(routes, source)) }
            }
            inbox.wait((due.min() ?? now + period) - SystemClock.monotonic())
            for command in inbox.take() {
                switch command {
                case .watch(let new):
                    routes = new
                    due.append(SystemClock.monotonic())
                case .changed:
                    let now = SystemClock.monotonic()
                    due = [now] + settling.map { now + $0 } + [now + period]
                case .stop:
                    return
                }
            }
        }
    }

    private static func ask(_ routes: [WatchedRoute], _ source: any RouteSource) -> [RouteReport] {
        routes.compactMap { route in
            guard let observation = try? source.observe(route.question) else { return nil }
            return RouteReport(route: route, observation: observation, at: SystemClock.monotonic())
        }
    }
}
