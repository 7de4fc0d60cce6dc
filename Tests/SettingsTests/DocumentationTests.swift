import Document
import Settings
import TestSupport
import Testing

@Suite("docs/configuration.md")
struct DocumentationTests {
    static let path = "docs/configuration.md"
    static let heading = "## Reference\n\n"

    @Test("the reference is what the code accepts")
    func reference() throws {
        let text = try Repository.text(of: Self.path)
        let head = try #require(text.firstRange(of: Self.heading))
        try expectGolden(text[..<head.upperBound] + Schema.markdown, Self.path)
    }

    @Test("every key that the code accepts is written in the file that is tested value by value")
    func everyKeyIsTested() throws {
        let text = try Repository.text(of: "Tests/Golden/configuration/full.yml")
        let code = text.split(separator: "\n").map { $0.prefix { $0 != "#" } }.joined(separator: "\n")
        for section in Schema.all {
            for key in section.keys {
                #expect(code.contains("\(key.name):"), "\(section.name).\(key.name)")
            }
        }
    }

    @Test("the alerts that rules may name are documented")
    func alerts() throws {
        let text = try Repository.text(of: Self.path)
        for name in AlertNames.all { #expect(text.contains("`\(name)`"), "\(name)") }
    }

    @Test("every YAML example of the page loads")
    func examples() throws {
        let text = try Repository.text(of: Self.path)
        let blocks = text.split(separator: "```").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        let files = blocks.filter { $0.hasPrefix("yaml\n") }.map { String($0.dropFirst(5)) }
        #expect(files.count >= 4)
        let environment = ["SLACK_URL": "https://hooks.slack.com/services/x", "PROXY_PASSWORD": "x"]
        let others = ["links.csv": "region,vnet\njapaneast,10.2.0.4\n", "links-tokyo.yml": ""]
        for file in files {
            #expect(try load(file, files: others, environment: environment).errors.isEmpty, "\(file)")
        }
    }
}
