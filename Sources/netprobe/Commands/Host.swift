public import ArgumentParser
import Model
public import Service

struct Host: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host",
        abstract: "Judges this host: privileges, clock, proxy settings, VM agent, wireserver.",
        discussion: """
            One finding a line, the worst first: pass, warn, fail, or unknown where a check does not apply.

            Exit status: 0 nothing failed, 1 something did, 2 a warning with --strict, 65 the root cannot be read.

            Examples:
              netprobe host
              netprobe host --root /mnt/image --output json
            """
    )

    @Option(
        help: ArgumentHelp("Judge the files below this folder, as if it were /.", valueName: "folder"),
        completion: .directory
    )
    var root: String?

    @Flag(help: "A warning is a failure too (exit status 2).")
    var strict = false

    @Option(help: ArgumentHelp("Form of the result.", valueName: "form"))
    var output: HostCheck.Output = .text

    func run() throws {
        let check = HostCheck(root: root, isStrict: strict)
        var said: [String] = []
        let result = check.run(output, width: Console.width, colour: Console.showsColour) { line in
            said.append(line)
            Console.printError(line)
        }
        let refusal = CommandFailure(of: "host", target: nil, said: said, exitStatus: result.status)
        let document = output == .json ? refusal.json.text(pretty: true) : nil
        if let text = result.text ?? document { Console.deliver(text + "\n") }
        throw ExitCode(result.status)
    }
}

extension HostCheck.Output: ExpressibleByArgument {}
