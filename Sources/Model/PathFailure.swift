/// The document of a trace that was not made (docs/path.schema.json, `failure`).
public struct PathFailure: Sendable, Equatable {
    /// As it was asked for.
    public var target: String
    public var message: String
    /// That `netprobe path` ends with for it.
    public var exitStatus: Int32

    public init(target: String, message: String, exitStatus: Int32) {
        self.target = target
        self.message = message
        self.exitStatus = exitStatus
    }

    public var json: JSONValue {
        .object([
            ("schema", .integer(1)),
            // What names a user may hold a password.
            ("target", .string(target.contains("@") ? "<secret>" : target)),
            (
                "error",
                .object([("message", .string(message)), ("exit_status", .integer(Int64(exitStatus)))])
            ),
        ])
    }
}
