import ArgumentParser

/// The exit statuses of contract and manual; the numbers from 64 are those of sysexits(3).
enum ExitStatus {
    static let good = ExitCode(0)
    static let bad = ExitCode(1)
    static let degraded = ExitCode(2)
    static let usage = ExitCode(64)
    static let badInput = ExitCode(65)
    static let unresolvedName = ExitCode(69)
    static let missingPrivilege = ExitCode(77)
}
