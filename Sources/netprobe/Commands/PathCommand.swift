public import ArgumentParser
import Glibc
public import Service

struct PathCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "path",
        abstract: "Where packets to a target go, over which path, what is broken, and whose it is.",
        usage: "netprobe path <target> [options]",
        discussion: """
            All hops are asked at once, over one constant flow. Loss is judged at the target alone: a router that does \
            not answer is no loss. With --config the path is named, with its evidence. TARGET is a host, icmp://HOST, \
            udp://HOST:PORT or tcp://HOST:PORT.

            Exit status: 0 reached, 1 unreachable, 2 degraded, 64 usage, 65 bad input (an interface or a source that \
            is not there, a bad configuration), 69 the name does not resolve, 77 a privilege is missing, \
            130 stopped before the trace began.

            Examples:
              netprobe path 10.1.0.4
              netprobe path 10.1.0.4 --config /etc/netprobe/netprobe.yml --output json
              netprobe path tcp://10.1.0.4:443 --flows auto
              netprobe path 10.1.0.4 --mtu
            """
    )

    @Argument(help: "Host name, address or URL.")
    var target: String

    @Option(
        name: .customLong("protocol"),
        help: ArgumentHelp("What to trace with (default: the target's scheme, else icmp).", valueName: "name")
    )
    var wire: PathTrace.Options.Wire?

    @Option(help: ArgumentHelp("Port of UDP (33434) or TCP (443).", valueName: "number"))
    var port: UInt16?

    @Option(help: ArgumentHelp("Where UDP probes carry their number (default: dublin).", valueName: "name"))
    var strategy: PathTrace.Options.Strategy?

    @Flag(help: "TCP: inside an established connection, which stateful firewalls let pass.")
    var inSession = false

    @Option(
        help: ArgumentHelp(
            "Parallel flows: a number, or auto for as many as show all paths with 99 %.",
            valueName: "n|auto"
        )
    )
    var flows = "1"

    @Flag(
        help:
            "Search the largest packet that crosses whole, and the hop that limits it; of several flows the smallest of up to 16 ways."
    )
    var mtu = false

    @Option(help: ArgumentHelp("Rounds.", valueName: "n"))
    var count = 10

    @Option(help: ArgumentHelp("Time between rounds (default: 100ms; with --watch 1s).", valueName: "duration"))
    var interval: String?

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

    @Flag(help: "Live view until q; p pauses, r begins anew, s sorts.")
    var watch = false

    @Option(help: ArgumentHelp("Form of the result.", valueName: "form"))
    var output: PathTrace.Output = .table

    @Flag(name: .customLong("no-dns"), help: "Do not ask for the names of hops.")
    var isWithoutNames = false

    @Option(
        help: ArgumentHelp("Prefixes and their autonomous systems: lines of PREFIX NUMBER [NAME].", valueName: "file"),
        completion: .file()
    )
    var asnTable: String?

    func run() throws {
        let trace = PathTrace(options)
        let result = trace.run(output: output, colour: Console.showsColour) {
            Console.printError($0)
        } abandon: { result, message in
            Console.printError(message)
            if let text = result.text { Console.deliver(text + "\n") }
            Glibc.exit(result.status)
        }
        if let text = result.text { Console.deliver(text + "\n") }
        throw ExitCode(result.status)
    }

    private var options: PathTrace.Options {
        var options = PathTrace.Options(target: target)
        options.wire = wire
        options.port = port
        options.strategy = strategy
        options.isInSession = inSession
        options.flows = flows
        options.findsMTU = mtu
        options.count = count
        options.interval = interval
        options.isWatching = watch
        options.maxHops = maxHops
        options.source = source
        options.interface = interface
        options.families = (isIPv4Only ? [.v4] : []) + (isIPv6Only ? [.v6] : [])
        options.config = config
        options.asnTable = asnTable
        options.resolvesNames = !isWithoutNames
        return options
    }
}

extension PathTrace.Options.Wire: ExpressibleByArgument {}
extension PathTrace.Options.Strategy: ExpressibleByArgument {}

extension PathTrace.Output: ExpressibleByArgument {}
