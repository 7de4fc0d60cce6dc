import ArgumentParser
import Glibc
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
        let arguments = ProcessEnvironment.arguments
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        if let unknown = UnknownCommand(arguments: arguments, names: names) {
            for line in unknown.lines { Console.printError(line) }
            exit(withError: ExitStatus.usage)
        }
        if let capture = Capture.ofSources(arguments) { leave(with: Capture.status(of: capture)) }
        var command: any ParsableCommand
        do {
            command = try named(arguments) ?? parseAsRoot(arguments)
        } catch {
            if let document = RefusedArguments(arguments, exitCode(for: error).rawValue, fullMessage(for: error)) {
                Console.print(document.text)
            }
            refuse(error)
        }
        do {
            try command.run()
        } catch let status as ExitCode {
            leave(with: status.rawValue)
        } catch {
            refuse(error)
        }
    }

    /// As the parser does it, but what it says may repeat the arguments.
    private static func refuse(_ error: any Error) -> Never {
        let status = exitCode(for: error)
        // Help, versions and completions.
        guard !status.isSuccess else { exit(withError: error) }
        for line in fullMessage(for: error).split(separator: "\n", omittingEmptySubsequences: false) {
            Console.printError(String(line))
        }
        leave(with: status.rawValue)
    }

    /// What the parser does with a status, in which it looks for a message first. A thread may be in OpenSSL still, reading the
    /// trusted roots: what libraries clear away at an `exit` would be taken from under it.
    private static func leave(with status: Int32) -> Never {
        fflush(nil)
        _exit(status)
    }

    /// The command that the first word names, read without those above it: nobody has to find out their options, which takes a good
    /// part of the time in which the program starts. Nil for whatever only the whole tree can answer: help, versions, mistakes.
    private static func named(_ arguments: [String]) -> (any ParsableCommand)? {
        guard let word = arguments.first,
            let type = configuration.subcommands.first(where: { $0.configuration.commandName == word }),
            let command = try? type.parseAsRoot(Array(arguments.dropFirst())),
            Swift.type(of: command) == type
        else { return nil }
        return command
    }
}
