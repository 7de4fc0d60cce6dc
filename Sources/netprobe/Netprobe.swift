import ArgumentParser
import Service

@main
struct Netprobe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "netprobe",
        abstract: "Tests every path to Azure, names the one in use, and says what is broken and whose it is.",
        discussion: """
            Start with: netprobe serve --demo

            Exit status: 0 good, 1 tested and bad, 2 tested and degraded, 64 usage, 65 bad input or configuration, \
            69 name not resolved, 77 missing privilege.
            """,
        version: "netprobe \(Version.text)",
        subcommands: [Serve.self, PathCommand.self, Probe.self, Capture.self, Check.self, Host.self, Reflect.self]
    )

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        if let unknown = UnknownCommand(arguments: arguments, names: names) {
            for line in unknown.lines { Console.printError(line) }
            exit(withError: ExitStatus.usage)
        }
        var command: any ParsableCommand
        do {
            command = try parseAsRoot(arguments)
        } catch {
            if let document = RefusedArguments(arguments, exitCode(for: error).rawValue, fullMessage(for: error)) {
                Console.print(document.text)
            }
            exit(withError: error)
        }
        do {
            try command.run()
        } catch {
            exit(withError: error)
        }
    }
}
