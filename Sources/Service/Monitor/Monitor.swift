import Alerting
import Glibc
import Links
import Logging
import Model
import Probing
import Scheduling
import Settings
import Sockets
import Synchronization
import Wire

/// The thread that decides: outcomes, routes and interfaces come in, the path model judges, metrics and alerts follow in
/// the same turn.
final class Monitor: Sendable {
    enum Message: Sendable {
        case batch(ProbeBatch)
        case routes([RouteReport])
        case network(NetworkEvent)
        case name(NameState)
        case trace(TraceFinding)
        case capture(CaptureNews)
        case settings(RunSettings)
        case stop
    }

    /// What the monitor uses and does not own.
    struct Parts: Sendable {
        var board: MetricsBoard
        var views: Views
        var alerts: AlertEngine
        var logger: Logger
        /// Set before the first message comes.
        var probes: @Sendable ([ProbeTask]) -> Void
        var requests: @Sendable ([RequestTask]) -> Void
        /// Asks for probes between the regular ones: from now to each.
        var probeNow: @Sendable (ProbeID, _ delays: [Duration]) -> Void
        var watch: @Sendable ([WatchedRoute]) -> Void
        var networkChanged: @Sendable () -> Void
        var follow: @Sendable ([String]) -> Void
        /// A probe of the name fails: perhaps its address has changed.
        var hurry: @Sendable (String) -> Void
        /// The address of the name that was probed is of no use: the next is to be probed. Of the family that is given.
        var passBy: @Sendable (String, _ isIPv4: Bool?) -> Void
        var hasInterface: @Sendable (String) -> Bool
        /// Those of the addresses that this host lacks.
        var lacking: @Sendable (Set<IPAddress>) -> Set<IPAddress>
        /// The interface that answers of a path come in by, where it filters strictly by reverse path; else nil.
        var strictInterface: @Sendable (PathSpec, _ egress: String?) -> String?
        /// Captures what the settings say, and tells whose packets are whose.
        var captures: @Sendable (CaptureSettings, PathAttribution) -> Void = { _, _ in }
        /// An interface has come or changed.
        var retryCapture: @Sendable (String) -> Void = { _ in }
        /// What the capture saw of a probe's connection.
        var stamps: @Sendable (UInt64) -> WireStamps? = { _ in nil }
        var hostAddresses: @Sendable () -> [PathAttribution.HostAddress] = { [] }
        /// Those that the run before left open.
        var formerOutages: OpenOutages?
        var keepOutages: @Sendable (OpenOutages) -> Void = { _ in }
    }

    private let inbox: Inbox<Message>
    private let thread = Mutex<DedicatedThread?>(nil)

    /// Alerts are judged at every change and at least this often.
    static let period: Duration = .milliseconds(100)

    init() throws(SystemError) {
        inbox = try Inbox()
    }

    func post(_ message: Message) { inbox.post(message) }

    /// Returns when alerts have been judged once: whoever asks from then on is shown those that the run before left open, and
    /// the watchdog, never that nothing fires.
    func start(_ settings: RunSettings, _ parts: Parts) throws(SystemError) {
        let inbox = inbox
        let judged = try Inbox<Bool>()
        let thread = try DedicatedThread(name: "np-monitor") {
            var turn = MonitorTurn(
                settings: settings,
                parts: parts,
                at: SystemClock.reading(),
                portSeed: UInt32.random(in: 0...UInt32.max)
            )
            // The first turn is due at once.
            var goesOn = turn.run(inbox.take(), at: SystemClock.reading())
            judged.post(true)
            while goesOn {
                inbox.wait(turn.nextDue - SystemClock.monotonic())
                goesOn = turn.run(inbox.take(), at: SystemClock.reading())
            }
        }
        self.thread.withLock { $0 = thread }
        while judged.take().isEmpty { judged.wait(nil) }
    }

    /// Ends the thread; what was posted before is still done.
    func stop() {
        inbox.post(.stop)
        thread.withLock { $0 }?.join()
    }
}
