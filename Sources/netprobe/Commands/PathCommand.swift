public import ArgumentParser
public import Service

struct PathCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "path",
        abstract: "Where packets to a target go, over which path, what is broken, and whose it is.",
        usage: "netprobe path <target> [options]",
        discussion: """
            All hops are asked at once, over one constant flow. Loss is judged at the target alone: a router that does \
            not answer is no loss. With --config the path is named, with its evidence.

            Exit status: 0 reached, 1 unreachable, 2 degraded, 64 usage, 65 bad configuration, 69 the name does not \
            resolve, 77 a privilege is missing.

            Examples:
              netprobe path 10.1.0.4
              netprobe path 10.1.0.4 --config /etc/netprobe/netprobe.yml --output json
            """
    )

    @Argument(help: "Host name or address.")
    var target: String

    @Option(help: ArgumentHelp("Rounds.", valueName: "n"))
    var count = 10

    @Option(help: ArgumentHelp("Time between rounds.", valueName: "duration"))
    var interval = "100ms"

    @Option(help: ArgumentHelp("Hops at most.", valueName: "n"))
    var maxHops = 30

    @Option(help: ArgumentHelp("Source address of the packets.", valueName: "address"))
    var source: String?

    @Option(
        help: ArgumentHelp("Interface that the packets leave by.", valueName: "name"),
        completion: .shellCommand("ls /sys/class/net")
    )
    var interface: String?

    @Flag(name: .customShort("4"), help: "IPv4 only.")
    var isIPv4Only = false

    @Flag(name: .customShort("6"), help: "IPv6 only.")
    var isIPv6Only = false

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("Configuration, to know links and paths.", valueName: "file"),
        completion: .file()
    )
    var config: String?

    @Option(help: ArgumentHelp("Form of the result.", valueName: "form"))
    var output: PathTrace.Output = .table

    @Flag(name: .customLong("no-dns"), help: "Do not ask for the names of hops.")
    var isWithoutNames = false

    func validate() throws {
        try TargetArgument.validate(target, forms: TargetArgument.pathForms)
        if isIPv4Only, isIPv6Only { throw ValidationError("-4 and -6 exclude each other; give one of the two") }
    }

    func run() throws {
        let trace = PathTrace(
            target: target,
            count: count,
            interval: interval,
            maxHops: maxHops,
            source: source,
            interface: interface,
            family: isIPv4Only ? .v4 : isIPv6Only ? .v6 : nil,
            config: config,
            resolvesNames: !isWithoutNames
        )
        let result = trace.run(output: output, colour: Console.showsColour) { Console.printError($0) }
        if let text = result.text { Console.print(text) }
        throw ExitCode(result.status)
    }
}

extension PathTrace.Output: ExpressibleByArgument {}
