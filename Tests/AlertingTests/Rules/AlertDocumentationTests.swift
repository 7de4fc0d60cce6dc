import Model
import TestSupport
import Testing

@testable import Alerting

@Suite struct AlertDocumentationTests {
    private func text() throws -> String { try Repository.text(of: "docs/alerts.md") }

    @Test("every alert has its section, with its severity and waiting time", arguments: AlertName.allCases)
    func section(name: AlertName) throws {
        let parts = try text().components(of: "\n## \(name.rawValue)\n")
        try #require(parts.count == 2, "docs/alerts.md has one section \(name.rawValue)")
        let section = parts[1].components(of: "\n## ")[0]
        #expect(section.contains("Severity: \(name.defaultRule.severity.rawValue)"))
        for word in ["Meaning:", "Condition:", "Check:", "Owner:"] { #expect(section.contains(word), "\(word)") }
        let duration = name.defaultRule.duration
        if duration > .zero { #expect(section.contains("for \(duration.text)")) }
    }

    @Test("no section speaks of an alert that does not exist")
    func noStranger() throws {
        let headings = try text().components(of: "\n").filter { $0.hasPrefix("## ") }.map { String($0.dropFirst(3)) }
        let known = Set(AlertName.allCases.map(\.rawValue))
        #expect(headings.filter { !known.contains($0) } == ["How alerts live", "How alerts travel"])
    }
}

extension String {
    /// The parts between the occurrences of a text.
    fileprivate func components(of separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
