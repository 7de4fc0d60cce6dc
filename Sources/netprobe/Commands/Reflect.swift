import ArgumentParser
import Service

struct Reflect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reflect",
        abstract: "The far end of probes: STAMP reflector (RFC 8762) and UDP echo.",
        usage: "netprobe reflect [options]",
        discussion: """
            It never answers with more bytes than it was sent, but for STAMP's 44. Port 862 needs \
            CAP_NET_BIND_SERVICE; an ordinary user takes a port above 1023. Ctrl-C ends it.

            Examples:
              netprobe reflect
              netprobe reflect --listen 10.1.0.4:8620 --echo 10.1.0.4:7007
            """
    )

    @Option(
        help: ArgumentHelp(
            "Where the STAMP reflector listens; may be given several times (default: port 862 of every address).",
            valueName: "address:port"
        )
    )
    var listen: [String] = []

    @Option(help: ArgumentHelp("Where a UDP echo listens; may be given several times.", valueName: "address:port"))
    var echo: [String] = []

    @Flag(help: "Copy the sender's sequence instead of counting: it can then not tell each direction's loss.")
    var stateless = false

    func run() throws {
        let listeners = listen.isEmpty ? ["0.0.0.0:862", "[::]:862"] : listen
        throw ExitCode(
            ReflectProgram.run(listen: listeners, echo: echo, isStateless: stateless, log: { Console.printError($0) })
        )
    }
}
