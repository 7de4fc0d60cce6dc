import Model
import TestSupport
import Testing

@Suite("output", .onOwnThread)
struct OutputTests {
    static let escape: Character = "\u{1b}"

    @Test(
        "nothing is coloured where nobody sees it, whatever TERM says",
        arguments: [
            ["--help"], ["probe", "tcp://127.0.0.1:1"], ["check", "/nonexistent.yml"], ["path", "127.0.0.1"],
        ]
    )
    func plain(arguments: [String]) throws {
        let result = try Netprobe.run(arguments, environment: ["TERM": "xterm-256color", "CLICOLOR_FORCE": "1"])
        #expect(!(result.output + result.errors).contains(Self.escape))
    }

    @Test("NO_COLOR holds on a terminal too")
    func noColour() throws {
        guard Requirement.met(.root, .program("script", package: "bsdutils")) else { return }
        let line = "\(try NetprobeBinary.path()) path 127.0.0.1 --count 1 --no-dns"
        let command = ["script", "--quiet", "--return", "--command", line, "/dev/null"]
        let result = try Shell.finish(command, environment: ["TERM": "xterm", "NO_COLOR": "1"])
        #expect(result.status == 0, "\(result.output)")
        #expect(!result.output.contains(Self.escape), "\(result.output)")
    }

    @Test(
        "what the command line holds steers no terminal when an error repeats it",
        arguments: [
            ["path", "HOSTILE"], ["path", "127.0.0.1", "--interface", "HOSTILE"], ["path", "127.0.0.1", "--HOSTILE"],
            ["path", "127.0.0.1", "--max-hops", "HOSTILE"], ["path", "127.0.0.1", "--source", "HOSTILE"], ["HOSTILE"],
            ["probe", "HOSTILE"], ["probe", "127.0.0.1", "--via", "HOSTILE"], ["capture", "HOSTILE"],
            ["check", "HOSTILE"], ["host", "--root", "HOSTILE"], ["reflect", "--listen", "HOSTILE"],
        ]
    )
    func hostile(arguments: [String]) throws {
        let typed = arguments.map { $0.replacing("HOSTILE", with: "a\u{1B}[31mb\u{202E}c") }
        let result = try Netprobe.run(typed)
        #expect(result.status != 0 && !result.errors.isEmpty)
        #expect(!result.errors.contains(Self.escape) && !result.errors.contains("\u{202E}"), "\(result.errors)")
    }

    @Test("a terminal that nobody names gets no colour and no live view")
    func namelessTerminal() throws {
        guard Requirement.met(.root, .program("script", package: "bsdutils")) else { return }
        for (option, status) in [("", Int32(0)), ("--watch", 64)] {
            let line = "env -u TERM \(try NetprobeBinary.path()) path 127.0.0.1 --count 1 --no-dns \(option)"
            let result = try Shell.finish(["script", "--quiet", "--return", "--command", line, "/dev/null"])
            #expect(result.status == status && !result.output.contains(Self.escape), "\(result.output)")
        }
    }

    @Test("--output json is one document on standard output, also for what fails")
    func json() throws {
        let result = try Netprobe.run("probe", "tcp://127.0.0.1:1", "--output", "json", "--debug")
        #expect(result.status == 1)
        let document = try JSONValue(parsing: result.output)
        #expect(document["success"]?.asBool == false)
        #expect(document["reason"]?.asString == "refused")
        #expect(!result.errors.isEmpty, "--debug tells on standard error")
    }
}
