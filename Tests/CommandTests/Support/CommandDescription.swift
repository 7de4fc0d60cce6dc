import Model
import TestSupport
import Testing

/// What the program itself says of its commands and their options.
struct CommandDescription {
    let name: String
    /// As they are written, `--max-hops` or `-4`; without those that every command has.
    let options: Set<String>

    /// All commands, as `--experimental-dump-help` lists them.
    static func all() throws -> [Self] {
        let document = try JSONValue(parsing: Netprobe.run("--experimental-dump-help").output)
        let commands = try #require(document["command"]?["subcommands"]?.asArray)
        return try commands.compactMap { command in
            let name = try #require(command["commandName"]?.asString)
            guard name != "help" else { return nil }
            let names = (command["arguments"]?.asArray ?? []).flatMap { $0["names"]?.asArray ?? [] }
            let options = names.compactMap { entry -> String? in
                guard let text = entry["name"]?.asString else { return nil }
                return (entry["kind"]?.asString == "long" ? "--" : "-") + text
            }
            return Self(name: name, options: Set(options).subtracting(["--help", "-h", "--version"]))
        }
    }
}
