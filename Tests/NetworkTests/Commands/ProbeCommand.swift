import Model
import TestSupport

/// `netprobe probe TARGET --output json`, run to its end.
struct ProbeCommand {
    let status: Int32
    let output: String
    let document: JSONValue?
    let seconds: Double

    var reason: String? { document?["reason"]?.asString }
    var success: Bool? { document?["success"]?.asBool }
    var duration: Int64? { document?["duration_ns"]?.asInteger }

    static func run(
        _ target: String,
        _ more: [String] = [],
        inside namespace: Namespace? = nil,
        wrapper: [String] = [],
        environment: [String: String] = [:]
    ) throws -> Self {
        let command = wrapper + [try NetprobeBinary.path(), "probe", target, "--output", "json"] + more
        // What one test was refused must not rest in another.
        let state = try TemporaryFolder()
        defer { state.remove() }
        let environment = ["XDG_STATE_HOME": state.path].merging(environment) { $1 }
        let started = Clock.now
        let result = try Shell.finish(namespace?.command(command) ?? command, environment: environment)
        return Self(
            status: result.status,
            output: result.output + result.errors,
            document: try? JSONValue(parsing: result.output),
            seconds: (Clock.now - started).seconds
        )
    }
}
