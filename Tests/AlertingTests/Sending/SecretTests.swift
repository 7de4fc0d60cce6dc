import Glibc
import Model
import Sockets
import TestSupport
import Testing

@testable import Alerting

@Suite(.onOwnThread) struct SecretTests {
    @Test("a secret is the first line of its file, read anew at each use")
    func file() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let secret = SecretSource.file(try folder.write("token", "first\r\nsecond\n"))
        #expect(try secret.reveal() == "first")
        try folder.write("token", "rotated")
        #expect(try secret.reveal() == "rotated")
    }

    @Test("a file that is missing or empty is named, with the cause")
    func missing() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let absent = try #require(throws: SecretError.self) { try SecretSource.file("/nonexistent/token").reveal() }
        #expect(absent.description.contains("/nonexistent/token") && absent.description.contains("No such file"))
        let path = try folder.write("empty", "\n")
        let empty = try #require(throws: SecretError.self) { try SecretSource.file(path).reveal() }
        #expect(empty.description.contains("the file is empty"))
    }

    @Test("no way of printing shows it")
    func hidden() {
        let secret = SecretSource.value(Secret("hunter2"))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret) \(String(reflecting: secret)) \(dumped)".contains("hunter2"))
    }
}
