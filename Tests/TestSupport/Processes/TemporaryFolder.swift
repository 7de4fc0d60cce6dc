import Glibc

/// A folder of one test, removed with all it holds by `remove()`.
public struct TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/netprobe-test.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw Subprocess.CannotStart(description: "mkdtemp: \(String(cString: strerror(errno)))")
        }
        path = String(cString: made)
    }

    /// Writes a file in the folder and gives its path.
    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String {
        try Self.overwrite("\(path)/\(name)", text)
    }

    /// Writes a file anywhere.
    @discardableResult
    public static func overwrite(_ path: String, _ text: String) throws -> String {
        guard let file = fopen(path, "wb") else {
            throw Repository.Unreadable(description: "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        fputs(text, file)
        return path
    }

    /// Writes bytes in place of what was there.
    public static func overwrite(_ path: String, bytes: [UInt8]) throws {
        guard let file = fopen(path, "wb") else {
            throw Repository.Unreadable(description: "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            throw Repository.Unreadable(description: "cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }

    public func remove() {
        _ = try? Shell.run("rm", "-rf", "--", path)
    }
}
