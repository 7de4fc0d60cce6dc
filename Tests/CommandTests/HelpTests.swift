import TestSupport
import Testing

@Suite("help", .onOwnThread)
struct HelpTests {
    static let commands = ["serve", "path", "probe", "capture", "check", "host", "reflect"]

    @Test("netprobe --help says what it is, its commands and its exit statuses")
    func overview() throws {
        let result = try Netprobe.run("--help")
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        try expectGolden(result.output, "Tests/Golden/help/netprobe.txt")
    }

    @Test("each command has a help with examples", arguments: commands)
    func ofCommand(name: String) throws {
        let result = try Netprobe.run(name, "--help")
        #expect(result.status == 0)
        #expect(result.output.contains("netprobe \(name)"))
        try expectGolden(result.output, "Tests/Golden/help/\(name).txt")
    }

    @Test("without a command the help is shown")
    func nothing() throws {
        #expect(try Netprobe.run().output == Netprobe.run("--help").output)
    }

    @Test("what is offered is what is built")
    func offered() throws {
        #expect(try CommandDescription.all().map(\.name) == Self.commands)
    }

    @Test("--version names program and version, on every command")
    func version() throws {
        let whole = try Netprobe.run("--version")
        #expect(whole.status == 0)
        let words = whole.output.split(whereSeparator: \.isWhitespace)
        #expect(words.count == 2 && words.first == "netprobe")
        #expect(words.last?.split(separator: ".").count == 3)
        #expect(try Netprobe.run("check", "--version").output == whole.output)
    }
}
