internal import Glibc
internal import Synchronization

/// A file that is replaced as a whole while nobody waits for the disk: a thread writes, and ends; of several contents that wait
/// only the last is written.
public final class ReplacedFile: Sendable {
    private struct State {
        var pending: [UInt8]?
        var isWriting = false
    }

    private let path: String
    private let threadName: String
    private let state = Mutex(State())

    /// - Parameter threadName: at most 15 bytes, as Linux has it.
    public init(path: String, threadName: String) {
        self.path = path
        self.threadName = threadName
    }

    public func read() -> [UInt8]? { WholeFile.read(path) }

    /// What cannot be written is lost.
    public func write(_ content: [UInt8]) {
        let mustStart = state.withLock { state in
            state.pending = content
            defer { state.isWriting = true }
            return !state.isWriting
        }
        guard mustStart, (try? DedicatedThread(name: threadName) { self.run() }) == nil else { return }
        state.withLock { $0.isWriting = false }
    }

    /// Waits until all that was given is written.
    /// - Returns: false where it was not within that time: the disk hangs.
    @discardableResult
    public func finish(within patience: Duration) -> Bool {
        let end = ContinuousClock.now + patience
        while state.withLock({ $0.isWriting }) {
            guard ContinuousClock.now < end else { return false }
            usleep(1_000)
        }
        return true
    }

    private func run() {
        while let content = next() { WholeFile.replace(path, with: content) }
    }

    private func next() -> [UInt8]? {
        state.withLock { state in
            defer { state.pending = nil }
            if state.pending == nil { state.isWriting = false }
            return state.pending
        }
    }
}
