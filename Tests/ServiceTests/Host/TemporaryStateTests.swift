import Glibc
import Testing

@testable import Service

@Suite("The demo's folder")
struct TemporaryStateTests {
    @Test("it is this user's alone, and goes with its files")
    func life() throws {
        let path = try TemporaryState.make()
        var facts = stat()
        #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o700)
        let file = try #require(fopen("\(path)/state.db", "w"))
        fclose(file)
        TemporaryState.remove(path)
        #expect(stat(path, &facts) == -1 && errno == ENOENT)
    }

    @Test("two of them are two")
    func unique() throws {
        let folders = [try TemporaryState.make(), try TemporaryState.make()]
        #expect(Set(folders).count == 2)
        for folder in folders { TemporaryState.remove(folder) }
    }

    @Test("removing what is not there is no error")
    func absent() {
        TemporaryState.remove("/nonexistent/netprobe-demo")
    }
}
