import Alerting
import Model
import TestSupport
import Testing
import Web

@testable import Service

@Suite("What a start reads", .onOwnThread)
struct ProgramSettingsTests {
    private func load(_ text: String, listen: String? = nil, log: LogBook = LogBook()) throws -> ProgramSettings {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let options = ServeOptions(source: .file(try folder.write("n.yml", text)), listen: listen, version: "1.0")
        return try ProgramSettings.load(options, demo: nil, logger: log.logger)
    }

    @Test("the configuration says where to listen, the command line overrules it")
    func listen() throws {
        let text = "server: {listen: \"0.0.0.0:80\"}\n"
        #expect(try load(text).address == ListenAddress(host: "0.0.0.0", port: 80))
        #expect(try load(text, listen: "[::1]:9000").address == ListenAddress(host: "::1", port: 9000))
        #expect(try load("schema: 1\n").address == .standard)
    }

    @Test("a bad address on the command line is a usage error")
    func badListen() throws {
        let failure = try #require(throws: StartFailure.self) { try load("schema: 1\n", listen: "9719") }
        #expect(failure.status == 64 && failure.lines.first?.contains("HOST:PORT") == true)
    }

    @Test("every mistake of the file is told at once, with its place, and the status is 65")
    func mistakes() throws {
        let failure = try #require(throws: StartFailure.self) { try load("nonsense: 1\ndefaults: {interval: x}\n") }
        #expect(failure.status == 65)
        #expect(failure.lines.count == 2)
        #expect(failure.lines[0].contains("n.yml:1:1: ") && failure.lines[1].contains("n.yml:2:22: "))
    }

    @Test("a file that is not there is a mistake like any other")
    func missing() throws {
        let options = ServeOptions(source: .file("/nonexistent/n.yml"), listen: nil, version: "1.0")
        let failure = try #require(throws: StartFailure.self) {
            try ProgramSettings.load(options, demo: nil, logger: LogBook().logger)
        }
        #expect(failure.status == 65 && failure.lines.first?.contains("/nonexistent/n.yml") == true)
    }

    @Test("a section that nothing acts on is one line in the log")
    func unbuilt() throws {
        let log = LogBook()
        _ = try load("host_checks: {interval: 1m}\n", log: log)
        #expect(
            log.lines.filter { $0.hasPrefix("notice: ") } == [
                "notice: section 'host_checks' of the configuration is not acted on yet"
            ]
        )
    }

    @Test("where to listen and where to keep state wait for the next start; a reload says so")
    func waiting() throws {
        let old = try load("state_directory: /var/a\n")
        #expect(try old.changesThatWait(in: load("state_directory: /var/a\nprobes: [icmp://10.0.0.7]\n")).isEmpty)
        let new = try load("state_directory: /var/b\nserver: {listen: \"127.0.0.1:9000\"}\n")
        #expect(
            old.changesThatWait(in: new) == [
                "server.listen is now 127.0.0.1:9000; until the next start it stays 127.0.0.1:9719",
                "state_directory is now /var/b; until the next start it stays /var/a",
            ]
        )
    }

    @Test(
        "only ports below 1024 ask for a privilege",
        arguments: [(0, false), (80, true), (1023, true), (1024, false)]
    )
    func ports(port: UInt16, needsPrivilege: Bool) {
        #expect(ListenAddress(host: "::", port: port).needsPrivilege == needsPrivilege)
    }

    @Test("the environment is read as pairs; a value may hold equals signs")
    func environment() {
        #expect(ProcessEnvironment.read()["PATH"]?.isEmpty == false)
    }
}
