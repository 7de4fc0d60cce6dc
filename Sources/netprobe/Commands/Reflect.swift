import ArgumentParser
import Service

struct Reflect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The far end of probes: STAMP reflector (RFC 8762) and UDP echo.",
        discussion: """
            It never answers with more bytes than it was sent, but for STAMP's 44. Port 862 needs \
            CAP_NET_BIND_SERVICE; an ordinary user takes a port above 1023. Ctrl-C ends it.

            Examples:
              netprobe reflect
              netprobe reflect --listen 10.1.0.4:8620 --echo 10.1.0.4:7007
            """
    )

    @Option(help: "Address and port of the STAMP reflector; may be given several times.")
    var listen: [String] = []

    @Option(help: "Address and port of a UDP echo; may be given several times.")
    var echo: [String] = []

    func run() throws {
        let listeners = listen.isEmpty ? ["0.0.0.0:862", "[::]:862"] : listen
        throw ExitCode(ReflectProgram.run(listen: listeners, echo: echo, log: { Console.printError($0) }))
    }
}
