import Glibc
import TestSupport
import Testing

@testable import Service

@Suite("where a command keeps what rests")
struct CommandStateTests {
    private func find(_ configured: String?, _ environment: [String: String]) -> (String?, [String]) {
        var lines: [String] = []
        let found = CommandState.directory(configured, environment) { lines.append($0) }
        return (found, lines)
    }

    @Test("the configured folder, made where it is missing")
    func configured() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = "\(folder.path)/deep/state"
        let (found, lines) = find(path, [:])
        #expect(found == path && lines.isEmpty && access(path, W_OK) == 0)
    }

    @Test("else the user's own, by the XDG base directories")
    func own() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("file", "")
        #expect(find("\(file)/state", ["XDG_STATE_HOME": folder.path]).0 == "\(folder.path)/netprobe")
        #expect(find(nil, ["HOME": folder.path]).0 == "\(folder.path)/.local/state/netprobe")
    }

    @Test("where there is none it says so")
    func none() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("file", "")
        let (found, lines) = find("\(file)/state", ["XDG_STATE_HOME": file])
        #expect(found == nil && lines.count == 1 && lines[0].contains("may lock the account"))
    }
}
