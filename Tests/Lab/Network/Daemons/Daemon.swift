public import TestSupport

/// A program of the system that runs in a namespace with a `/run` of its own, so that several of it get along.
public final class Daemon: Sendable {
    public let process: Subprocess
    /// What the daemon sees as `/run`; its sockets are reached here.
    public let folder: String

    /// - Parameters:
    ///   - folder: made where it is missing, with `frr`'s part of it.
    ///   - arguments: the program by its path, and what it is given.
    init(
        _ arguments: [String],
        inside namespace: Namespace,
        folder: String,
        environment: [String: String] = [:]
    ) throws {
        self.folder = folder
        let script = "mount --bind \"$0\" /run && exec \"$@\""
        process = try Subprocess(
            namespace.command(["unshare", "--mount", "sh", "-c", script, folder] + arguments),
            environment: environment
        )
    }

    /// What it wrote, for whoever asks why.
    public var log: String { process.output + process.errors }

    func waitForSocket(_ path: String) throws {
        try eventually("\(path) is there", within: .seconds(10)) { () throws -> Bool? in
            if let ending = process.ending { throw Ended(description: "\(process.arguments): \(ending)\n\(log)") }
            return FileKind.isSocket(path) ? true : nil
        }
    }

    public struct Ended: Error, CustomStringConvertible {
        public let description: String
    }
}
