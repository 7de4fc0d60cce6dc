import Glibc

/// A folder of one test, removed with all it holds by `remove()`.
public struct TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        var template = Array("/tmp/netprobe-test.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw Subprocess.CannotStart(description: "mkdtemp: \(String(cString: strerror(errno)))")
        }
        path = String(cString: made)
    }

    /// Writes a file in the folder and gives its path.
    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String {
        let path = "\(path)/\(name)"
        guard let file = fopen(path, "wb") else {
            throw Repository.Unreadable(description: "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        fputs(text, file)
        return path
    }

    public func remove() {
        _ = try? Shell.run("rm", "-rf", "--", path)
    }
}
