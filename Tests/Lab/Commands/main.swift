import Glibc
import TestSupport

// Started by `scripts/lab`, which sees to it that nothing is left behind.
let arguments = CommandLine.arguments.dropFirst()
do {
    switch arguments.first {
    case "shell": try LabShell.run()
    case "numbers":
        let count = zip(arguments, arguments.dropFirst()).first { $0.0 == "--cuts" }.flatMap { Int($0.1) }
        try LabNumbers.run(cuts: count ?? 100, writes: arguments.contains("--write"))
    default:
        print("usage: lab shell | lab numbers [--cuts N] [--write]")
        exit(64)
    }
} catch {
    print("lab: \(error)")
    exit(1)
}
