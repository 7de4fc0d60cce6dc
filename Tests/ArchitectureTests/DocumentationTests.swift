import TestSupport
import Testing

/// What the documents promise exists.
@Suite("the documentation")
struct DocumentationTests {
    private static let documents = [
        "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/alerts.md", "docs/benchmarks.md",
        "docs/blackbox.md", "docs/configuration.md", "docs/failover.md", "docs/host.md", "docs/lab.md",
        "docs/metrics.md",
        "docs/passive-latency.md",
    ]

    @Test("the README names the two commands, and every make target that a document names exists")
    func targets() throws {
        let readme = try Repository.text(of: "README.md")
        #expect(readme.contains("make demo") && readme.contains("make test"))
        let made = try Repository.text(of: "Makefile").split(separator: "\n").compactMap { line -> Substring? in
            let name = line.prefix { $0.isLowercase || $0 == "-" }
            return line.dropFirst(name.count).hasPrefix(":") ? name : nil
        }
        for document in Self.documents {
            for code in Markdown.code(in: try Repository.text(of: document)) {
                let words = code.split(separator: " ")
                guard words.first == "make" || words.dropFirst().first == "make" && words.first == "sudo",
                    let target = words.drop(while: { $0 == "sudo" }).dropFirst().first
                else { continue }
                #expect(made.contains(target), "\(document): \(code)")
            }
        }
    }

    @Test("every netprobe command line that a document shows has a command that is built, with options that it has")
    func commandLines() throws {
        let helps = try Dictionary(
            uniqueKeysWithValues: ["serve", "path", "probe", "capture", "check", "host", "reflect"].map {
                ($0, try Repository.text(of: "Tests/Golden/help/\($0).txt"))
            }
        )
        for document in Self.documents {
            for code in Markdown.code(in: try Repository.text(of: document)) {
                let words = code.split(separator: " ")
                guard let start = words.firstIndex(where: { $0 == "netprobe" || $0.hasSuffix("/netprobe") }),
                    let command = words[start...].dropFirst().first, command.allSatisfy(\.isLowercase)
                else { continue }
                let help = try #require(helps[String(command)], "\(document): \(code)")
                for option in words.prefix(while: { $0 != "|" }) where option.hasPrefix("--") && option.count > 2 {
                    #expect(help.contains(option.prefix { $0 != "]" }), "\(document): \(code)")
                }
            }
        }
    }

    @Test("every alert and every metric that the README names is in docs")
    func names() throws {
        let readme = try Repository.text(of: "README.md")
        let alerts = try Repository.text(of: "docs/alerts.md")
        let metrics = try Repository.text(of: "docs/metrics.md")
        var (alertCount, metricCount) = (0, 0)
        for row in Markdown.rows(in: readme, under: "## Alerts") {
            for name in Markdown.quoted(in: row) where name.first?.isUppercase == true {
                #expect(alerts.contains("\n## \(name)\n"), "docs/alerts.md has no section \(name)")
                alertCount += 1
            }
        }
        for name in Markdown.quoted(in: readme[...]) where name.hasPrefix("netprobe_") {
            let family = name.prefix { $0.isLetter || $0 == "_" }
            guard !family.hasSuffix("_") else { continue }
            #expect(metrics.contains("`\(family)`"), "docs/metrics.md has no \(family)")
            metricCount += 1
        }
        #expect(alertCount > 15 && metricCount > 15, "the tables are there: \(alertCount) and \(metricCount)")
    }

    @Test("every alert of docs is in the README's table")
    func allAlerts() throws {
        let rows = Markdown.rows(in: try Repository.text(of: "README.md"), under: "## Alerts")
        let named = Set(rows.flatMap(Markdown.quoted))
        let sections = try Repository.text(of: "docs/alerts.md").split(separator: "\n")
            .filter { $0.hasPrefix("## ") && !$0.dropFirst(3).contains(" ") }.map { $0.dropFirst(3) }
        for name in sections { #expect(named.contains(name), "\(name)") }
    }

    @Test("every link inside the repository leads somewhere, and every file of docs is linked from the README")
    func links() throws {
        for document in Self.documents {
            let folder = document.hasPrefix("docs/") ? "docs/" : ""
            for link in Markdown.links(in: try Repository.text(of: document)) where !link.contains("://") {
                let path = link.prefix { $0 != "#" }
                guard !path.isEmpty else { continue }
                #expect(throws: Never.self, "\(document) links to \(link)") {
                    try Shell.run("test", "-e", "\(Repository.root)/\(folder)\(path)")
                }
            }
        }
        let linked = Set(Markdown.links(in: try Repository.text(of: "README.md")).map { $0.prefix { $0 != "#" } })
        for file in try Shell.run("find", "\(Repository.root)/docs", "-type", "f").split(separator: "\n") {
            let path = file.dropFirst(Repository.root.count + 1)
            #expect(linked.contains(path), "README.md does not link to \(path)")
        }
    }
}

/// As much of Markdown as these tests need.
private enum Markdown {
    /// Inline code and the lines of code blocks.
    static func code(in text: String) -> [Substring] {
        var found: [Substring] = []
        var isBlock = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isBlock.toggle()
            } else if isBlock || line.hasPrefix("    ") {
                found.append(line.drop { $0 == " " || $0 == "$" })
            } else {
                found += quoted(in: line)
            }
        }
        return found
    }

    /// What stands between single backticks.
    static func quoted(in text: Substring) -> [Substring] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
            .map(\.element)
    }

    /// The rows of the tables under a heading.
    static func rows(in text: String, under heading: String) -> [Substring] {
        text.split(separator: "\n").drop { $0 != heading }.dropFirst().prefix { !$0.hasPrefix("## ") }
            .filter { $0.hasPrefix("|") }
    }

    /// The targets of `[text](target)`.
    static func links(in text: String) -> [Substring] {
        text.split(separator: "](", maxSplits: .max).dropFirst().map { $0.prefix { $0 != ")" } }
    }
}
