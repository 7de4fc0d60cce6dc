public import ArgumentParser
public import Service

struct Capture: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "The latency of other people's traffic, from an interface or from capture files.",
        discussion: """
            Reads pcap and pcapng files, also compressed by gzip, or an interface, and follows TCP, ICMP and the like: \
            round trips of handshakes, segments and timestamps, retransmissions, lost ESP packets. Times are those of \
            the capture. Ctrl-C ends it; what was seen until then is printed. An interface needs CAP_NET_RAW.

            Exit status: 0 good, 64 usage, 65 damaged or unknown file, 69 no such file or interface, 77 a privilege is \
            missing.

            Examples:
              netprobe capture office.pcap
              netprobe capture eth0 --filter 'host 10.1.0.4' --duration 1m --by host
              netprobe capture office.pcapng --samples
            """
    )

    @Argument(help: "Capture files, - for standard input, or one interface.", completion: .file())
    var source: [String]

    @Option(help: ArgumentHelp("Packets to take, in the language of pcap-filter(7).", valueName: "expression"))
    var filter: String?

    @Option(help: "What is put together: each flow, each host, or each pair of hosts.")
    var by = usualGrouping

    @Option(help: "Form of the result.")
    var output = usualOutput

    @Option(help: ArgumentHelp("End of a live capture.", valueName: "duration"))
    var duration: String?

    @Option(help: ArgumentHelp("Flows, hosts or paths shown, those with the most packets; 0: all.", valueName: "n"))
    var top = usualTop

    @Flag(help: "Print each round trip as it is found, in CSV.")
    var samples = false

    @Flag(help: "Let the state of flows grow without bound, for comparisons with other tools.")
    var exact = false

    private static let usualGrouping = PacketCapture.Grouping.flow
    private static let usualOutput = PacketCapture.Output.table
    private static let usualTop = 20

    func run() throws {
        let capture = PacketCapture(
            sources: source,
            filter: filter,
            grouping: by,
            duration: duration,
            top: top,
            showsSamples: samples,
            isExact: exact
        )
        throw ExitCode(Self.status(of: capture, output))
    }

    /// What the command line asks for where it is `capture` and sources alone. Such a line needs no parser, which takes a
    /// good part of the time in which the program starts. Nil for every other line.
    static func ofSources(_ arguments: [String]) -> PacketCapture? {
        let sources = Array(arguments.dropFirst())
        guard arguments.first == "capture", !sources.isEmpty, !sources.contains(where: { $0.hasPrefix("-") }) else {
            return nil
        }
        return PacketCapture(
            sources: sources,
            filter: nil,
            grouping: usualGrouping,
            duration: nil,
            top: usualTop,
            showsSamples: false,
            isExact: false
        )
    }

    /// Runs a capture and shows what it found.
    /// - Returns: the exit status.
    static func status(of capture: PacketCapture, _ output: PacketCapture.Output = usualOutput) -> Int32 {
        capture.run(
            output: output,
            colour: Console.showsColour,
            print: { Console.deliver($0) },
            log: { Console.printError($0) },
            progress: Console.showsProgress ? { Console.showProgress($0) } : nil
        )
    }
}

extension PacketCapture.Grouping: ExpressibleByArgument {}
extension PacketCapture.Output: ExpressibleByArgument {}
