/// Why a command, or a request for a trace, came to nothing, as a document for scripts that want JSON.
public struct CommandFailure: Sendable, Equatable {
    /// As it was asked for; nil for commands that have none.
    public var target: String?
    public var message: String
    /// That the command ends with for it.
    public var exitStatus: Int32

    public init(target: String?, message: String, exitStatus: Int32) {
        self.target = target
        self.message = message
        self.exitStatus = exitStatus
    }

    /// What was said on standard error, as one message.
    /// - Parameter command: which each line begins with.
    public init(of command: String, target: String?, said lines: [String], exitStatus: Int32) {
        let prefix = "netprobe \(command): "
        // Others tell what is done.
        let errors = lines.filter { $0.hasPrefix(prefix) }
        let text = errors.isEmpty ? lines : errors.map { String($0.dropFirst(prefix.count)) }
        self.init(target: target, message: text.joined(separator: "; "), exitStatus: exitStatus)
    }

    /// Of `path` (docs/path.schema.json), and of commands without a target.
    public var json: JSONValue {
        .object([("schema", 1)] + (target == nil ? [] : [shownTarget]) + [error])
    }

    /// Of `probe`: the keys of a probe that was not made.
    public var probeJSON: JSONValue {
        .object([
            shownTarget, ("success", false), ("reason", .null), ("duration_ns", .null), ("phases_ns", .object([])),
            ("proxy", .null), ("tls", .null), ("status", .null), error,
        ])
    }

    /// What names a user may hold a password.
    private var shownTarget: (String, JSONValue) {
        ("target", .optional(target.map { $0.contains("@") ? "<secret>" : $0 }))
    }

    private var error: (String, JSONValue) {
        ("error", .object([("message", .string(message)), ("exit_status", .integer(Int64(exitStatus)))]))
    }
}
