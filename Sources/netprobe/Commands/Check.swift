import ArgumentParser
import Service

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validates configuration files; every error with file:line:column.",
        usage: "netprobe check [options] <file>...",
        discussion: """
            Exit status: 0 all is well, 2 a warning with --strict, 65 an error.

            Examples:
              netprobe check /etc/netprobe/netprobe.yml
              netprobe check netprobe.yml --print-effective seoul-koreacentral
              netprobe check --diff /etc/netprobe/netprobe.yml new.yml
            """
    )

    @Flag(help: "A warning is a failure too (exit status 2).")
    var strict = false

    @Option(
        defaultAsFlag: "",
        parsing: .next,
        help: ArgumentHelp(
            "Print the expanded file, or what belongs to one link; secrets as <secret>.",
            valueName: "link"
        ),
        completion: .none
    )
    var printEffective: String?

    @Option(
        name: .customLong("diff"),
        help: ArgumentHelp("Print what changes against this file.", valueName: "file"),
        completion: .file()
    )
    var old: String?

    @Argument(help: ArgumentHelp("Configuration files.", valueName: "file"), completion: .file())
    var files: [String] = []

    func validate() throws {
        if printEffective?.isEmpty ?? true, files.isEmpty {
            throw ValidationError("no file given; try: netprobe check /etc/netprobe/netprobe.yml")
        }
    }

    func run() throws {
        var check = ConfigurationCheck(files: files, isStrict: strict, old: old)
        check.printEffective(printEffective)
        let result = check.run()
        for line in result.errors { Console.printError(line) }
        for line in result.output { Console.deliver(line + "\n") }
        throw ExitCode(result.status)
    }
}
