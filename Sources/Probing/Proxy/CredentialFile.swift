internal import Glibc
internal import Model
internal import Sockets
internal import Synchronization

/// Keeps a `CredentialMemory` in a file, replaced as a whole. No probe of a program that goes on waits for the disk: a thread
/// writes and ends. Several programs share the file under a lock.
final class CredentialFile: Sendable {
    /// Makes what is to be written of what is there.
    typealias Change = @Sendable (CredentialMemory?) -> CredentialMemory

    private struct State {
        var pending: Change?
        var isWriting = false
    }

    private let path: String
    private let state = Mutex(State())

    private static let mostBytes = 1 << 20
    /// Each is ten milliseconds.
    private static let mostTries = 100

    init(path: String) {
        self.path = path
    }

    private static var clock: ClockReading {
        ClockReading(monotonic: SystemClock.monotonic(), wall: SystemClock.wall())
    }

    /// - Returns: nil where there is none, or none that can be read.
    func read() -> CredentialMemory? {
        WholeFile.read(path, limit: Self.mostBytes).flatMap { CredentialMemory($0, Self.clock) }
    }

    /// Reads, decides and writes while no other program does; the caller waits for the disk.
    /// - Parameter body: gives its answer and what is to be written; nil leaves the file as it is.
    func exclusively<Answer>(_ body: (CredentialMemory?) -> (Answer, CredentialMemory?)) -> Answer {
        let lock = takeLock()
        defer { if lock >= 0 { Glibc.close(lock) } }
        let (answer, memory) = body(read())
        if let memory { store(memory.text(Self.clock)) }
        return answer
    }

    /// - Returns: the descriptor that holds the lock; negative where the folder is not there, or somebody holds it for long.
    private func takeLock() -> Int32 {
        let descriptor = Glibc.open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return descriptor }
        for _ in 0..<Self.mostTries {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
            usleep(10_000)
        }
        Glibc.close(descriptor)
        return -1
    }

    func write(_ change: @escaping Change) {
        let mustStart = state.withLock { state in
            state.pending = change
            defer { state.isWriting = true }
            return !state.isWriting
        }
        guard mustStart, (try? DedicatedThread(name: "np-credentials") { self.run() }) == nil else { return }
        if mustStart { state.withLock { $0.isWriting = false } }
    }

    private func run() {
        while let change = next() { exclusively { ((), change($0)) } }
    }

    private func next() -> Change? {
        state.withLock { state in
            defer { state.pending = nil }
            if state.pending == nil { state.isWriting = false }
            return state.pending
        }
    }

    /// What cannot be written is lost: the next run then shows the password once more.
    private func store(_ text: String) { WholeFile.replace(path, with: Array(text.utf8)) }
}
