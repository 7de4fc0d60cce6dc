import Capture
import Flows
import Glibc
import Links
import Model
import Sockets

/// One captured interface on a thread of its own: what it shows goes to the metrics, what the monitor must know to it.
final class InterfaceThread: Sendable {
    enum Command: Sendable {
        case attribute(PathAttribution)
        /// The interface may be there now.
        case retry
        case stop
    }

    /// What it uses and does not own.
    struct Parts: Sendable {
        var board: MetricsBoard
        var stamps: ProbeStamps
        var post: @Sendable (CaptureNews) -> Void
    }

    let options: InterfaceCapture.Options
    private let inbox: Inbox<Command>
    private let thread: DedicatedThread

    /// Between two tries to open an interface that is not there.
    private static let retryPause: Duration = .seconds(1)
    /// Without packets it looks for commands so often, in milliseconds.
    private static let patience: Int32 = 100
    /// Between two looks at the kernel's counters.
    private static let harvestPause: Duration = .seconds(1)

    init(
        _ options: InterfaceCapture.Options,
        _ attribution: PathAttribution,
        _ parts: Parts
    ) throws(SystemError) {
        self.options = options
        let inbox = try Inbox<Command>()
        self.inbox = inbox
        thread = try DedicatedThread(name: "np-cap-\(options.interface)") {
            Self.run(options, attribution, parts, inbox)
        }
    }

    func post(_ command: Command) { inbox.post(command) }

    func stop() {
        inbox.post(.stop)
        thread.join()
    }

    private static func run(
        _ options: InterfaceCapture.Options,
        _ attribution: PathAttribution,
        _ parts: Parts,
        _ inbox: Inbox<Command>
    ) {
        var capture = InterfaceCapture(options, stamps: parts.stamps)
        var tally = CaptureTally(attribution, on: options.interface)
        var counted = Counted(options.interface, parts)
        var lastProblem: String?
        while true {
            for command in inbox.take() {
                switch command {
                case .attribute(let new): tally.attribute(by: new)
                case .retry: break
                case .stop:
                    counted.harvest(capture.packets, capture.dropped, &tally)
                    return
                }
            }
            do throws(CaptureError) {
                if !capture.isOpen {
                    try capture.open()
                    lastProblem = nil
                    parts.post(.opened(interface: options.interface, clock: capture.clock ?? ""))
                }
                let clock = SystemClock.reading()
                _ = try capture.turn(patience: patience) { sample in
                    tally.take(sample)
                } event: { event in
                    tally.take(event, clock: clock)
                }
            } catch {
                // The same trouble is told once.
                if lastProblem != error.reason {
                    lastProblem = error.reason
                    parts.post(
                        .closed(
                            interface: options.interface,
                            reason: error.reason,
                            isMissing: error.kind == .absent
                        )
                    )
                }
                inbox.wait(retryPause)
            }
            parts.board.record(tally.finds, on: options.interface)
            tally.clearFinds()
            let sightings = tally.takeSightings()
            if !sightings.isEmpty { parts.post(.bfd(sightings)) }
            counted.harvestWhenDue(capture.packets, capture.dropped, &tally, pause: harvestPause)
        }
    }
}

/// What was counted of an interface so far.
private struct Counted {
    private let interface: String
    private let parts: InterfaceThread.Parts
    private var packets: UInt64 = 0
    private var dropped: UInt64 = 0
    private var wasDropping = false
    private var last = SystemClock.monotonic()

    init(_ interface: String, _ parts: InterfaceThread.Parts) {
        self.interface = interface
        self.parts = parts
    }

    mutating func harvestWhenDue(
        _ packets: UInt64,
        _ dropped: @autoclosure () -> UInt64,
        _ tally: inout CaptureTally,
        pause: Duration
    ) {
        let now = SystemClock.monotonic()
        guard now - last >= pause else { return }
        last = now
        harvest(packets, dropped(), &tally)
    }

    mutating func harvest(_ packets: UInt64, _ dropped: UInt64, _ tally: inout CaptureTally) {
        let (new, lost) = (packets &- self.packets, dropped > self.dropped ? dropped - self.dropped : 0)
        (self.packets, self.dropped) = (packets, max(dropped, self.dropped))
        parts.board.count(packets: new, dropped: lost, on: interface)
        // A gap that is found now may be of a packet that was dropped in the second before.
        let missing = tally.takeMissing(isSpoiled: lost > 0 || wasDropping)
        wasDropping = lost > 0
        if !missing.isEmpty { parts.board.record(missing) }
        if lost > 0 { parts.post(.dropped(interface: interface, packets: lost)) }
    }
}
