import Settings
import TestSupport
import Testing

@Suite("files with mistakes")
struct GoldenErrorsTests {
    static let folder = "Tests/Golden/configuration/errors"

    static let names = [
        "addresses", "alerting", "anchors", "capture", "circuits", "deep", "duplicates", "families", "includes",
        "keys-and-types",
        "latin1",
        "links",
        "list",
        "maintenance", "mapping-key", "nul", "quote", "services", "tab", "templates", "text", "traps", "two-documents",
        "unclosed", "utf16",
    ]

    @Test("every mistake is told with its place and what is allowed, several at once", arguments: names)
    func told(name: String) throws {
        let folder = "\(Repository.root)/\(Self.folder)"
        var host = TestHost()
        host.interfaces = ["eth0"]
        host.filterMistakes = ["tcp prot 443": "can't parse filter expression: syntax error"]
        let loaded = load(path: "\(folder)/\(name).yml", folder: folder, environment: [:], host: host)
        #expect(loaded.result.configuration == nil)
        #expect(loaded.result.hasErrors)
        try expectGolden(loaded.lines.joined(separator: "\n") + "\n", "\(Self.folder)/\(name).errors")
    }

    @Test("no secret that stands in a file by mistake is repeated")
    func silent() throws {
        for name in Self.names {
            let errors = try Repository.text(of: "\(Self.folder)/\(name).errors")
            #expect(!errors.contains("plain-text") && !errors.contains("hidden"), "\(name)")
        }
    }
}
