import Document
import Testing

@testable import Settings

@Suite("what a file may grow to")
struct BoundsTests {
    @Test("a variable many times over is refused before it fills the memory")
    func variables() throws {
        let yaml = "proxies: [{name: p, url: \"http://p:1/" + String(repeating: "${A}", count: 100_000) + "\"}]\n"
        let loaded = try load(yaml, environment: ["A": String(repeating: "a", count: 100_000)])
        #expect(loaded.errors.count == 1)
        #expect(loaded.errors.first?.contains("too long") == true)
    }

    @Test("a parameter many times over is refused")
    func parameters() throws {
        let value = String(repeating: "${a}", count: 100_000)
        let yaml =
            Sample.paths + """
                templates: {t: {name: x, tiers: [[vpn]], labels: {l: "\(value)"}}}
                links: [{extends: t, a: \(String(repeating: "a", count: 10_000))}]
                """
        let loaded = try load(yaml)
        #expect(loaded.errors.count == 1)
        #expect(loaded.errors.first?.contains("too long") == true)
    }

    @Test("many links of a large template are refused once their bound is reached")
    func tables() {
        let place = Mark(file: "f", line: 1, column: 1)
        let node = { (content: Node.Content) in Node(content, at: place) }
        let entry = { (key: String, value: Node) in Node.Entry(key: key, mark: place, value: value) }
        let targets = node(.sequence(Array(repeating: node(.scalar("10.0.0.1", .plain)), count: 48)))
        let template = entry("t", node(.mapping([entry("through", targets)])))
        let link = node(.mapping([entry("extends", node(.scalar("t", .plain)))]))
        let log = DiagnosticLog()
        let expander = TemplateExpander(templates: [template], log: log, budget: .init(maximumNodes: 100))
        #expect((0..<5).map { _ in expander.expand(link) != nil } == [true, true, false, false, false])
        #expect(log.diagnostics.map(\.message) == ["the templates expand to too much"])
    }

    @Test("a table has at most 100,000 rows")
    func rows() throws {
        let yaml =
            Sample.paths + """
                templates: {t: {name: "${n}", tiers: [[vpn]]}}
                links_from: {file: links.csv, template: t}
                """
        let loaded = try load(yaml, files: ["links.csv": "n\n" + String(repeating: "a\n", count: 100_001)])
        #expect(loaded.errors.count == 1)
        #expect(loaded.errors.first?.contains("too many rows") == true)
    }

    @Test(
        "a bracket that ends a plain value says that quotes are missing",
        arguments: ["proxies: [{url: ${URL}}]\n", "probes: [icmp://[2001:db8::1]]\n"]
    )
    func brackets(yaml: String) throws {
        let loaded = try load(yaml)
        #expect(loaded.errors.count == 1)
        #expect(loaded.errors.first?.contains("needs quotes") == true, "\(loaded.errors)")
    }
}
