public import ArgumentParser
import Model
public import Service

struct Probe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Probes a target once and says what happened, or why not.",
        usage: "netprobe probe <target> [options]",
        discussion: """
            TARGET is a URL whose scheme names the probe: icmp://HOST (or a bare HOST), tcp://HOST:PORT, \
            tls://HOST[:PORT], \
            http://HOST[:PORT]/PATH, https://HOST[:PORT]/PATH, \
            dns://SERVER/NAME?type=A, stamp://HOST[:PORT], ike://HOST[:PORT].

            Exit status: 0 answered, 1 not, 64 usage, 65 bad configuration, 69 the name does not resolve, \
            77 a privilege is missing.

            Examples:
              netprobe probe 10.1.0.4
              netprobe probe tcp://10.1.0.4:443 --output json
              netprobe probe https://contosobackup.blob.core.windows.net/ --via http://10.0.0.5:3128
              netprobe probe ike://20.41.0.10 --debug
              netprobe probe http://10.1.0.4/health --module http_2xx --config netprobe.yml
            """
    )

    @Argument(help: "What to probe.")
    var target: String

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("Configuration that names proxies and says how the target is probed.", valueName: "file"),
        completion: .file()
    )
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Probe as /probe does with this module of server.modules, or http_2xx, tcp_connect, icmp.",
            valueName: "name"
        )
    )
    var module: String?

    @Option(
        help: ArgumentHelp(
            "Proxy to go through: a name of the configuration, or http://HOST:PORT.",
            valueName: "proxy"
        )
    )
    var via: String?

    @Option(
        help: ArgumentHelp("How long to wait (default: the configuration's, else 800ms).", valueName: "duration")
    )
    var timeout: String?

    @Option(help: ArgumentHelp("Form of the result.", valueName: "form"))
    var output: OneShotProbe.Output = .text

    @Flag(help: "Tell on standard error what is done.")
    var debug = false

    func validate() throws {
        // What a module takes is its own: a host and port for tcp, a server for dns.
        guard module == nil else { return }
        try TargetArgument.validate(target, forms: TargetArgument.probeForms)
    }

    func run() throws {
        let probe = OneShotProbe(
            target: target,
            config: config,
            module: module,
            timeout: timeout,
            via: via,
            isDebugging: debug
        )
        var said: [String] = []
        let result = probe.run { line in
            said.append(line)
            Console.printError(line)
        }
        let refusal = CommandFailure(of: "probe", target: target, said: said, exitStatus: result.status)
        let document = output == .json ? refusal.probeJSON.text(pretty: true) : nil
        if let text = result.rendered(as: output) ?? document { Console.deliver(text + "\n") }
        throw ExitCode(result.status)
    }
}

extension OneShotProbe.Output: ExpressibleByArgument {}
