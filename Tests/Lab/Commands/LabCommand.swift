import ArgumentParser
import Glibc
import TestSupport

struct LabCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "A hybrid network of real daemons on this machine; see docs/lab.md.",
        subcommands: [Shell.self, Numbers.self]
    )

    struct Shell: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Brings it up and gives a shell that can break it.")

        @Option(help: "Of what the wires do at random.")
        var seed: UInt64 = 1

        func run() throws {
            try LabCommand.needRoot(for: "lab-shell")
            try LabCommand.report { try LabShell.run(seed: seed) }
        }
    }

    struct Numbers: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measures how fast what is detected: the table of docs/failover.md.",
            discussion: "Ends with 1 when a bound is broken, and says which."
        )

        @Option(help: "Cuts of both connections, 1 to 1000; the other measurements grow and shrink with it.")
        var cuts = 100

        @Option(help: "Of the random moments, and of what the wires do at random.")
        var seed: UInt64 = 7

        @Flag(help: "Writes the table into docs/failover.md.")
        var write = false

        func validate() throws {
            guard (1...1000).contains(cuts) else { throw ValidationError("--cuts is a number from 1 to 1000") }
        }

        func run() throws {
            try LabCommand.needRoot(for: "lab-numbers")
            let broken = try LabCommand.report { try LabNumbers.run(cuts: cuts, seed: seed, writes: write) }
            for row in broken { LabCommand.complain("broken: \(row.what): \(row.bound); measured: \(row.measured)") }
            if !broken.isEmpty { throw ExitCode(1) }
        }
    }

    private static func needRoot(for target: String) throws {
        guard !Requirement.root.isMet else { return }
        complain("needs root: sudo make \(target)")
        throw ExitCode(77)
    }

    private static func report<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            complain("\(error)")
            throw ExitCode(1)
        }
    }

    private static func complain(_ text: String) {
        let line = Array("lab: \(text)\n".utf8)
        _ = Glibc.write(STDERR_FILENO, line, line.count)
    }
}
