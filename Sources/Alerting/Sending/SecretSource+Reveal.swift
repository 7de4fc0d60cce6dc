import Glibc
import Model

extension SecretSource {
    /// One line; the line end is not part of it. At most 64 KiB of a file are read.
    /// - Throws: `SecretError` that names the file and the cause.
    func reveal() throws(SecretError) -> String {
        switch self {
        case .value(let secret): return secret.reveal()
        case .file(let path): return try Self.read(path)
        }
    }

    private static func read(_ path: String) throws(SecretError) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw SecretError(path: path, cause: String(cString: strerror(errno))) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count >= 0 else { throw SecretError(path: path, cause: String(cString: strerror(errno))) }
        let line = bytes[..<count].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") && $0 != 0 }
        guard !line.isEmpty else { throw SecretError(path: path, cause: "the file is empty") }
        return String(decoding: line, as: UTF8.self)
    }
}

/// Why a secret cannot be had.
struct SecretError: Error, CustomStringConvertible {
    var path: String
    var cause: String

    var description: String { "the secret file \(path) cannot be read: \(cause)" }
}
