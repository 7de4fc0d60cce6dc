import Links
import Model
import Synchronization

/// A sentence about a change, for `/api/v1/events`.
struct JournalEntry: Sendable, Equatable {
    var at: WallTime
    var link: String?
    var path: PathID?
    var text: String
}

/// What the monitor shows to the web side: copies, replaced as a whole.
final class Views: Sendable {
    struct State: Sendable {
        var snapshot: Snapshot?
        var clock: ClockReading?
        var journal: [JournalEntry] = []
        var settings: RunSettings
        /// A probe has settled, or there is nothing to probe.
        var isReady = false
    }

    private let state: Mutex<State>

    /// Entries kept of the journal.
    static let journalLimit = 1000

    init(settings: RunSettings) {
        state = Mutex(State(settings: settings))
    }

    func show(_ snapshot: Snapshot, _ clock: ClockReading, isReady: Bool) {
        state.withLock {
            $0.snapshot = snapshot
            $0.clock = clock
            $0.isReady = isReady
        }
    }

    func append(_ entries: [JournalEntry]) {
        guard !entries.isEmpty else { return }
        state.withLock { state in
            state.journal += entries
            if state.journal.count > Self.journalLimit {
                state.journal.removeFirst(state.journal.count - Self.journalLimit)
            }
        }
    }

    func replace(_ settings: RunSettings) {
        state.withLock { $0.settings = settings }
    }

    var current: State { state.withLock { $0 } }
}
