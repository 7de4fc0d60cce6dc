import Logging
import Model
import Sockets

/// Writes the sentences about alerts on a thread of its own: a standard error that nobody reads must not hold up a
/// decision.
final class LogThread: Sendable {
    private struct State: Sendable {
        var notices: [AlertNotice] = []
        var dropped = 0
        var isStopping = false
        var hasEnded = false
    }

    private let state = Monitor(State())
    private let logger: Logger
    private static let limit = 1000

    init(logger: Logger) {
        self.logger = logger
    }

    func start() {
        let hasThread = (try? DedicatedThread(name: "np-alert-log") { self.run() }) != nil
        if !hasThread { state.change { $0.hasEnded = true } }
    }

    func tell(_ notice: AlertNotice) {
        state.change { state in
            guard state.notices.count < Self.limit else {
                state.dropped += 1
                return
            }
            state.notices.append(notice)
        }
    }

    func stop(deadline: MonotonicTime) {
        state.change { $0.isStopping = true }
        _ = state.wait(until: deadline) { $0.hasEnded ? true : nil }
    }

    private func run() {
        while true {
            let work: (notices: [AlertNotice], dropped: Int, isLast: Bool)? = state.wait(until: nil) { state in
                guard !state.notices.isEmpty || state.isStopping else { return nil }
                defer {
                    state.notices = []
                    state.dropped = 0
                }
                return (state.notices, state.dropped, state.isStopping)
            }
            guard let work else { continue }
            for notice in work.notices { write(notice) }
            if work.dropped > 0 { logger.warning("\(work.dropped) lines about alerts were left out") }
            if work.isLast { break }
        }
        state.change { $0.hasEnded = true }
    }

    private func write(_ notice: AlertNotice) {
        let name = notice.identity.name.rawValue
        guard notice.identity.name != .watchdog else { return }
        if notice.isResolved {
            logger.notice("alert \(name) is resolved; it last said: \(notice.annotations.summary)")
            return
        }
        let level: Logger.Level =
            notice.severity == .critical ? .error : notice.severity == .warning ? .warning : .notice
        logger.log(level: level, "alert \(name) fires (\(notice.severity.rawValue)): \(notice.annotations.summary)")
    }
}
