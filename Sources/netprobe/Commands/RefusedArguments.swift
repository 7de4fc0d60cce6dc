import Model

/// The document of a command line that cannot be read, for a script that wants JSON.
struct RefusedArguments {
    let text: String

    /// - Parameters:
    ///   - status: that the process ends with.
    ///   - message: for people: what is wrong, then how the command is used.
    /// - Returns: nil unless `netprobe path|probe|host|capture … --output json` was refused for its arguments.
    init?(_ arguments: [String], _ status: Int32, _ message: String) {
        guard status == 64, let command = arguments.first, ["path", "probe", "host", "capture"].contains(command),
            Self.wantsJSON(arguments)
        else { return nil }
        let line = message.split(separator: "\n").first.map(String.init) ?? "the arguments cannot be read"
        let others = zip(arguments, arguments.dropFirst()).filter { before, _ in before != "--output" }.map(\.1)
        let target = others.first { !$0.hasPrefix("-") } ?? ""
        let prefix = "Error: "
        let failure = CommandFailure(
            target: command == "host" ? nil : target,
            message: line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)) : line,
            exitStatus: status
        )
        text = (command == "probe" ? failure.probeJSON : failure.json).text(pretty: true)
    }

    private static func wantsJSON(_ arguments: [String]) -> Bool {
        arguments.contains("--output=json")
            || zip(arguments, arguments.dropFirst()).contains { $0 == "--output" && $1 == "json" }
    }
}
