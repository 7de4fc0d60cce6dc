import Glibc
import TestSupport

// Started by `scripts/lab`, which sees to it that nothing is left behind.
let arguments = CommandLine.arguments.dropFirst()
do {
    switch arguments.first {
    case "shell": try LabShell.run()
    case "numbers": try LabNumbers.run(isQuick: arguments.contains("--quick"), writes: arguments.contains("--write"))
    default:
        print("usage: lab shell | lab numbers [--quick] [--write]")
        exit(64)
    }
} catch {
    print("lab: \(error)")
    exit(1)
}
