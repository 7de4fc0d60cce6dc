internal import Glibc
internal import Model
internal import Sockets
internal import Synchronization

/// Keeps a `CredentialMemory` in a file, replaced as a whole. No probe waits for the disk: a thread writes and ends.
final class CredentialFile: Sendable {
    private struct State {
        var pending: CredentialMemory?
        var isWriting = false
    }

    private let path: String
    private let state = Mutex(State())

    private static let mostBytes = 1 << 20

    init(path: String) {
        self.path = path
    }

    private static var clock: ClockReading {
        ClockReading(monotonic: SystemClock.monotonic(), wall: SystemClock.wall())
    }

    /// - Returns: nil where there is none, or none that can be read.
    func read() -> CredentialMemory? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var content = [UInt8](repeating: 0, count: Self.mostBytes)
        let count = fread(&content, 1, content.count, file)
        return CredentialMemory(Array(content.prefix(count)), Self.clock)
    }

    func write(_ memory: CredentialMemory) {
        let mustStart = state.withLock { state in
            state.pending = memory
            defer { state.isWriting = true }
            return !state.isWriting
        }
        guard mustStart, (try? DedicatedThread(name: "np-credentials") { self.run() }) == nil else { return }
        if mustStart { state.withLock { $0.isWriting = false } }
    }

    private func run() {
        while let memory = next() { store(memory.text(Self.clock)) }
    }

    private func next() -> CredentialMemory? {
        state.withLock { state in
            defer { state.pending = nil }
            if state.pending == nil { state.isWriting = false }
            return state.pending
        }
    }

    /// What cannot be written is lost: the next run then shows the password once more.
    private func store(_ text: String) {
        let fresh = path + ".new"
        let descriptor = Glibc.open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let bytes = Array(text.utf8)
        let isWhole = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        Glibc.close(descriptor)
        if isWhole { _ = rename(fresh, path) } else { unlink(fresh) }
    }
}
