import Glibc
import TestSupport

/// A network namespace of its own, removed when it goes.
final class NetlinkNamespace: Sendable {
    private let namespace: Namespace

    init() throws {
        namespace = Namespace("nlk-\(getpid())-\(UInt32.random(in: 0 ..< .max))")
        try Shell.run(["ip", "netns", "add", namespace.name])
    }

    deinit {
        _ = try? Shell.run(["ip", "netns", "del", namespace.name])
    }

    /// `ip` inside the namespace.
    func ip(_ arguments: String) throws {
        try Shell.run(["ip", "-n", namespace.name] + arguments.split(separator: " ").map(String.init))
    }

    /// Many commands of `ip` by one process.
    func ip(batch: [String]) throws {
        try Shell.run(["ip", "-n", namespace.name, "-batch", "-"], input: batch.joined(separator: "\n") + "\n")
    }

    func inside<Answer: Sendable>(_ body: @escaping @Sendable () throws -> Answer) throws -> Answer {
        try namespace.inside(body)
    }

    func set(_ key: String, to value: String) throws {
        try namespace.run("sysctl", "-qw", "\(key)=\(value)")
    }
}
