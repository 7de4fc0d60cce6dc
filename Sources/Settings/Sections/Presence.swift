import Document

/// Which sections a document really writes, so that the program can say which it does not act on.
enum Presence {
    /// Sections whose keys are parts of the program of their own.
    private static let dotted: Set<String> = ["server", "alerting"]

    /// Sections that loading turns into others.
    private static let expanded: Set<String> = ["schema", "include", "templates", "links_from"]

    static func sections(of root: Node) -> [String] {
        var result: [String] = []
        for key in Schema.root.keys.map(\.name) where !expanded.contains(key) {
            guard let value = root[key], isWritten(value) else { continue }
            guard dotted.contains(key) else {
                result.append(key)
                continue
            }
            for entry in value.entries ?? [] where isWritten(entry.value) {
                result.append("\(key).\(entry.key)")
            }
        }
        if (root["circuits"]?.entries ?? []).contains(where: { speaksBFD($0.value) }) { result.append("circuits.bfd") }
        return result
    }

    private static func speaksBFD(_ circuit: Node) -> Bool {
        circuit["bfd"]?.text == "session"
    }

    /// Null, an empty list and an empty mapping ask for nothing; nor does a mapping of such.
    private static func isWritten(_ node: Node) -> Bool {
        switch node.content {
        case .null: false
        case .scalar(let text, _): text != "false"
        case .sequence(let items): !items.isEmpty
        case .mapping(let entries): !entries.isEmpty
        }
    }
}
