import Glibc

/// A password or token: given, or in a file that is read at each use, so that a rotated one is taken up at once.
/// It prints as `<secret>`.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private enum Source: Hashable, Sendable {
        case value(String)
        case file(String)
    }

    private let source: Source

    public static func value(_ text: String) -> Self { Self(source: .value(text)) }
    /// One line; the line end is not part of it. At most 64 KiB are read.
    public static func file(_ path: String) -> Self { Self(source: .file(path)) }

    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// - Throws: `SecretError` that names the file and the cause.
    func reveal() throws(SecretError) -> String {
        switch source {
        case .value(let text): return text
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
