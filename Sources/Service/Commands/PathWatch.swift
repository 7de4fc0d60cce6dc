import Glibc
import Model
import Sockets
import Traceroute

/// What `netprobe path --watch` does: rounds without end, drawn as they come.
struct PathWatch {
    /// At least so long, so that a screen can be read.
    static let interval: Duration = .seconds(1)
    /// No responder gets more than twenty probes a second.
    static let shortestInterval: Duration = .milliseconds(50)

    let request: TraceRequest
    let interval: Duration
    let colour: Bool
    let cancellation: TraceCancellation
    /// What the keys say, and Ctrl-C.
    let commands: Inbox<TraceWatch.Command>

    /// - Returns: the last screen as plain text, and the exit status.
    func run() throws -> PathTrace.Result {
        var watch = try TraceWatch(request, cancellation: cancellation)
        guard let terminal = LiveTerminal() else {
            throw StartFailure(
                "netprobe path: --watch needs a terminal to draw on; leave it out for a report",
                status: 64
            )
        }
        try Self.readKeys(into: commands, cancellation)
        var due = SystemClock.monotonic()
        var status: Int32 = 1
        while !watch.isOver {
            if !watch.history.isPaused, SystemClock.monotonic() >= due {
                let start = SystemClock.monotonic()
                try watch.round()
                status = watch.history.verdict?.status.exitStatus ?? status
                // A target that is not found is looked for at every distance.
                let shortest = watch.isFound ? Self.shortestInterval : Self.interval
                due = start + max(interval, shortest)
            }
            let taken = commands.take()
            for command in taken { watch.obey(command) }
            draw(watch.history, on: terminal)
            if taken.isEmpty, !watch.isOver {
                commands.wait(watch.history.isPaused ? .seconds(1) : max(due - SystemClock.monotonic(), .zero))
            }
        }
        watch.end()
        terminal.restore()
        // What does not take that would not take the report.
        guard !terminal.isStuck else { return PathTrace.Result(text: nil, status: status) }
        let screen = WatchScreen(title: title, columns: 80, rows: 300, colour: false, isPlain: isPlain)
        let text = screen.lines(watch.history).dropLast().joined(separator: "\n")
        return PathTrace.Result(text: text, status: status)
    }

    private var title: String { "netprobe path \(request.target)" }

    private func draw(_ history: WatchHistory, on terminal: LiveTerminal) {
        let size = terminal.size
        terminal.show(
            WatchScreen(
                title: title,
                columns: size.columns,
                rows: size.rows,
                colour: colour,
                isPlain: isPlain
            )
            .lines(history)
        )
    }

    private var isPlain: Bool { Self.isPlain(ProcessEnvironment.read()) }

    /// The locale has another character set than UTF-8. Where none is set, as in containers, terminals show UTF-8 as a rule.
    static func isPlain(_ environment: [String: String]) -> Bool {
        let names = ["LC_ALL", "LC_CTYPE", "LANG"]
        let set = names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        guard let word = set?.lowercased() else { return false }
        return !(word.contains("utf-8") || word.contains("utf8"))
    }

    /// The thread waits for keys that may never come and goes with the process. `q` acts at once, whatever a round waits
    /// for.
    private static func readKeys(
        into keys: Inbox<TraceWatch.Command>,
        _ cancellation: TraceCancellation
    ) throws(SystemError) {
        _ = try DedicatedThread(name: "np-keys") {
            while let key = LiveTerminal.readKey() {
                switch key {
                case UInt8(ascii: "q"):
                    cancellation.cancel()
                    keys.post(.quit)
                case UInt8(ascii: "p"): keys.post(.pause)
                case UInt8(ascii: "r"): keys.post(.reset)
                case UInt8(ascii: "s"): keys.post(.sort)
                default: break
                }
            }
        }
    }
}
