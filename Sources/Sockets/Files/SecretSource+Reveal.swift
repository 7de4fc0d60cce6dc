internal import CLinux
internal import Glibc
public import Model

extension SecretSource {
    /// One line; the line end is not part of it. At most 64 KiB of a file are read.
    /// - Throws: `SecretError` that names the file and the cause.
    public func reveal() throws(SecretError) -> String {
        switch self {
        case .value(let secret): return secret.reveal()
        case .file(let path): return try Self.read(path)
        }
    }

    private static func read(_ path: String) throws(SecretError) -> String {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw SecretError(path: path, cause: SystemError.last("open").message) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe Glibc.read(file, &bytes, bytes.count)
        guard count >= 0 else { throw SecretError(path: path, cause: SystemError.last("read").message) }
        let line = bytes[..<count].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") && $0 != 0 }
        guard !line.isEmpty else { throw SecretError(path: path, cause: "the file is empty") }
        return String(decoding: line, as: UTF8.self)
    }

    /// What changes when somebody writes the file anew: its time, size and number. Nil for a value, which stays as it
    /// is, and 0 where the file is not there.
    public var edition: Int64? {
        guard case .file(let path) = self else { return nil }
        var facts = stat()
        guard unsafe fstatat(AT_FDCWD, path, &facts, 0) == 0 else { return 0 }
        let time = Int64(facts.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(facts.st_mtim.tv_nsec)
        return time ^ Int64(facts.st_size) << 40 ^ Int64(truncatingIfNeeded: facts.st_ino) << 20
    }
}

/// Why a secret cannot be had.
public struct SecretError: Error, CustomStringConvertible {
    public var path: String
    public var cause: String

    public var description: String { "the secret file \(path) cannot be read: \(cause)" }
}
