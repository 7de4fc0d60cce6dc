/// Runs programs to their end.
public enum Shell {
    public struct Finished: Sendable {
        public let status: Int32
        public let output: String
        public let errors: String
    }

    public struct Failed: Error, CustomStringConvertible {
        public let description: String
    }

    /// Runs `arguments` to the end, whatever the status; a signal counts as 128 and its number.
    public static func finish(
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String = "",
        within limit: Duration = .seconds(20)
    ) throws -> Finished {
        let process = try Subprocess(arguments, environment: environment, input: input)
        defer { process.destroy() }
        let status: Int32 =
            switch try process.waitForEnd(within: limit) {
            case .exited(let status): status
            case .signalled(let number): 128 + number
            }
        return Finished(status: status, output: process.output, errors: process.errors)
    }

    /// Runs `arguments`, which must succeed, and gives their output.
    @discardableResult
    public static func run(_ arguments: String..., input: String = "") throws -> String {
        try run(arguments, input: input)
    }

    @discardableResult
    public static func run(_ arguments: [String], input: String = "") throws -> String {
        let result = try finish(arguments, input: input)
        guard result.status == 0 else {
            let what = arguments.joined(separator: " ")
            throw Failed(description: "\(what): status \(result.status): \(result.errors)\(input)")
        }
        return result.output
    }
}
