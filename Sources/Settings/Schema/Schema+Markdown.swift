import Document

extension Schema {
    /// The reference part of docs/configuration.md: every section with every key.
    public static var markdown: String {
        all.map(markdown).joined(separator: "\n")
    }

    private static func markdown(_ section: Section) -> String {
        var lines = [
            "### \(section.name.isEmpty ? "The file" : "`\(section.name)`")", "", section.about, "",
            "| key | value | default | meaning |", "|---|---|---|---|",
        ]
        for key in section.keys {
            let fallback = key.fallback.map { $0 == "null" ? "–" : "`\($0)`" } ?? "**required**"
            lines.append("| `\(key.name)` | \(key.allowed) | \(fallback) | \(key.about) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
