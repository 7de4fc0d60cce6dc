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
        var incidents = IncidentBook()
        var settings: RunSettings
        /// A probe has settled, or there is nothing to probe.
        var isReady = false
    }

    private let state: Mutex<State>
    /// Whom to tell that an incident wants traces.
    private let listener = Mutex<(@Sendable () -> Void)?>(nil)

    /// Entries kept of the journal.
    static let journalLimit = 1000

    init(settings: RunSettings) {
        state = Mutex(State(settings: settings))
    }

    /// - Parameter changes: what led here since the last snapshot.
    func show(_ snapshot: Snapshot, _ clock: ClockReading, isReady: Bool, after changes: [LinksChange] = []) {
        let isCalled = state.withLock { state in
            state.snapshot = snapshot
            state.clock = clock
            state.isReady = isReady
            return state.incidents.note(changes, snapshot, clock)
        }
        if isCalled { listener.withLock { $0 }?() }
    }

    /// - Parameter body: told, on the monitor's thread, of each moment of an incident; must not block.
    func onIncident(_ body: (@Sendable () -> Void)?) { listener.withLock { $0 = body } }

    func attach(_ traces: [IncidentTrace], to incident: Int) {
        guard !traces.isEmpty else { return }
        state.withLock { $0.incidents.attach(traces, to: incident) }
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
