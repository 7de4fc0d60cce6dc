public import Glibc
public import Model
import Synchronization

/// A child process whose outputs are kept in memory; every call that waits blocks the calling thread.
public final class Subprocess: Sendable {
    public enum Ending: Equatable, Sendable {
        case exited(Int32)
        case signalled(Int32)
    }

    public struct CannotStart: Error, CustomStringConvertible {
        public let description: String
    }

    private struct State {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var ending: Ending?
        var endedAt: MonotonicTime?
    }

    /// More than this of one stream is thrown away, so that a chatty child does not fill the machine.
    private static let limit = 32 << 20

    public let pid: pid_t
    public let arguments: [String]
    private let state = Mutex(State())

    /// Starts `arguments`, the first being a program of the PATH or a path.
    /// - Parameters:
    ///   - environment: added to that of the test.
    ///   - input: given as standard input, then closed; at most what a pipe holds (64 KiB).
    public init(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws {
        self.arguments = arguments
        let (standardInput, output, errors) = (try Pipe(), try Pipe(), try Pipe())
        standardInput.fill(input)
        pid = try Self.spawn(
            arguments,
            environment: environment,
            input: standardInput.reading,
            output: output.writing,
            errors: errors.writing
        )
        close(standardInput.reading)
        close(output.writing)
        close(errors.writing)
        Thread.detach { self.collect(output: output.reading, errors: errors.reading) }
    }

    public var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
    public var errors: String { state.withLock { String(decoding: $0.errors, as: UTF8.self) } }
    /// Nil while it runs.
    public var ending: Ending? { state.withLock { $0.ending } }
    public var endedAt: MonotonicTime? { state.withLock { $0.endedAt } }

    public func signal(_ number: Int32) {
        if ending == nil { kill(pid, number) }
    }

    @discardableResult
    public func waitForEnd(within limit: Duration = .seconds(10)) throws -> Ending {
        try eventually("\(arguments.joined(separator: " ")) ends", within: limit) { ending }
    }

    /// Kills it, where it still runs, and waits for that.
    public func destroy() {
        signal(SIGKILL)
        _ = try? waitForEnd()
    }

    private func collect(output: Int32, errors: Int32) {
        defer {
            close(output)
            close(errors)
        }
        var buffer = [UInt8](repeating: 0, count: 65536)
        var ended: Ending?
        while true {
            ended = ended ?? reap()
            // Whatever came before the end is in the pipes now.
            var descriptors = [pollfd(fd: output, events: Int16(POLLIN), revents: 0)]
            descriptors.append(pollfd(fd: errors, events: Int16(POLLIN), revents: 0))
            poll(&descriptors, 2, ended == nil ? 10 : 0)
            var received = 0
            for descriptor in descriptors where descriptor.revents & Int16(POLLIN) != 0 {
                let count = read(descriptor.fd, &buffer, buffer.count)
                guard count > 0 else { continue }
                received += count
                keep(buffer[..<count], isOutput: descriptor.fd == output)
            }
            guard let ended, received == 0 else {
                if received == 0 { Thread.sleep(.milliseconds(1)) }
                continue
            }
            state.withLock { $0.ending = ended }
            return
        }
    }

    private func keep(_ bytes: ArraySlice<UInt8>, isOutput: Bool) {
        state.withLock { state in
            if isOutput {
                if state.output.count < Self.limit { state.output += bytes }
            } else if state.errors.count < Self.limit {
                state.errors += bytes
            }
        }
    }

    /// How the child ended; can be asked once, since the kernel forgets.
    private func reap() -> Ending? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        state.withLock { $0.endedAt = Clock.now }
        let number = status & 0x7f
        return number == 0 ? .exited((status >> 8) & 0xff) : .signalled(number)
    }

    private static func spawn(
        _ arguments: [String],
        environment: [String: String],
        input: Int32,
        output: Int32,
        errors: Int32
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = Self.environment(with: environment).map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        let program = arguments.first.map { $0.contains("/") ? $0 : Requirement.path(of: $0) ?? $0 } ?? ""
        var pid: pid_t = 0
        // A test's thread blocks and ignores signals, which a child would inherit.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (all, none) = (sigset_t(), sigset_t())
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let status = posix_spawn(&pid, program, &actions, &attributes, &argv, &envp)
        guard status == 0 else {
            throw CannotStart(description: "cannot start \(program): \(String(cString: strerror(status)))")
        }
        return pid
    }

    private static func environment(with added: [String: String]) -> [String: String] {
        var result = added
        result["SWIFT_BACKTRACE"] = result["SWIFT_BACKTRACE"] ?? "enable=no"
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let equals = text.firstIndex(of: "=") {
                let name = String(text[..<equals])
                if result[name] == nil { result[name] = String(text[text.index(after: equals)...]) }
            }
            entry += 1
        }
        return result
    }
}

/// Both ends of a pipe.
private struct Pipe {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw Subprocess.CannotStart(description: "pipe: \(String(cString: strerror(errno)))")
        }
        (reading, writing) = (ends[0], ends[1])
        // Another child must not keep them open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    /// Writes `text` and closes that end.
    func fill(_ text: String) {
        let bytes = Array(text.utf8.prefix(65536))
        _ = write(writing, bytes, bytes.count)
        close(writing)
    }
}
