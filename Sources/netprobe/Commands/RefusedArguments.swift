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
        let prefix = "Error: "
        let failure = CommandFailure(
            target: command == "host" ? nil : Self.target(arguments.dropFirst()) ?? "",
            message: line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)) : line,
            exitStatus: status
        )
        text = (command == "probe" ? failure.probeJSON : failure.json).text(pretty: true)
    }

    /// Options that the next argument belongs to.
    static let withValue: Set<String> = [
        "--asn-table", "--by", "--config", "--count", "--duration", "--filter", "--flows", "--interface", "--interval",
        "--max-hops", "--module", "--output", "--port", "--protocol", "--root", "--source", "--strategy", "--timeout",
        "--top", "--via",
    ]

    /// The first that is neither an option nor the value of one.
    private static func target(_ arguments: ArraySlice<String>) -> String? {
        var rest = arguments
        while let word = rest.popFirst() {
            if word == "--" { return rest.first }
            // Standard input of `capture`.
            if !word.hasPrefix("-") || word == "-" { return word }
            if withValue.contains(word) { rest = rest.dropFirst() }
        }
        return nil
    }

    private static func wantsJSON(_ arguments: [String]) -> Bool {
        arguments.contains("--output=json")
            || zip(arguments, arguments.dropFirst()).contains { $0 == "--output" && $1 == "json" }
    }
}
