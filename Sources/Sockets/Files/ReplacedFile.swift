internal import Glibc
internal import Synchronization

/// A small file that is replaced as a whole, so that a reader sees the old or the new content and never a part. Nobody who
/// writes waits for the disk: a thread does, and ends; of several contents that wait only the last is written.
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

    /// - Returns: nil where there is none, or none that can be read; what is beyond `limit` bytes is left out.
    public func read(limit: Int = 1 << 20) -> [UInt8]? {
        // The stream is closed once, and the buffer outlives the call that fills it.
        guard let file = unsafe fopen(path, "re") else { return nil }
        defer { unsafe fclose(file) }
        var content = [UInt8](repeating: 0, count: limit)
        let count = unsafe fread(&content, 1, content.count, file)
        return Array(content.prefix(count))
    }

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

    private func run() {
        while let content = next() { store(content) }
    }

    private func next() -> [UInt8]? {
        state.withLock { state in
            defer { state.pending = nil }
            if state.pending == nil { state.isWriting = false }
            return state.pending
        }
    }

    private func store(_ bytes: [UInt8]) {
        let fresh = path + ".new"
        // Paths and bytes live until each call returns.
        let descriptor = unsafe Glibc.open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let isWhole = unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        Glibc.close(descriptor)
        if isWhole { _ = unsafe rename(fresh, path) } else { unsafe unlink(fresh) }
    }
}
