import ArgumentParser
import Service

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Tests every path all the time: metrics, alerts, API.",
        usage: "netprobe serve [options]",
        discussion: """
            SIGHUP or POST /-/reload loads the configuration again, SIGTERM ends in order.

            Examples:
              netprobe serve --demo
              netprobe serve --config /etc/netprobe/netprobe.yml --listen 0.0.0.0:9719
            """
    )

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("Configuration (default: \(ServeOptions.standardFile)).", valueName: "file"),
        completion: .file()
    )
    var config: String?

    @Flag(
        help:
            "Run an embedded hybrid network that loses its circuit every 40 s; needs no configuration, privilege or network."
    )
    var demo = false

    @Option(
        help: ArgumentHelp("Listen here, not where the configuration says (127.0.0.1:9719).", valueName: "host:port")
    )
    var listen: String?

    func validate() throws {
        if demo, config != nil {
            throw ValidationError("--demo takes no --config: it brings its own network; give one of the two")
        }
    }

    func run() throws {
        let source: ServeOptions.Source = demo ? .demo : .file(config ?? ServeOptions.standardFile)
        let options = ServeOptions(source: source, listen: listen, version: Version.text)
        throw ExitCode(ServeProgram.run(options))
    }
}
