import Document

/// Reads a file and all that it includes, and merges them into one mapping.
///
/// Mappings merge key by key, lists are joined, and a value given twice is an error that names both places.
struct IncludeResolver {
    static let maximumDepth = 8
    static let maximumFiles = 1_000

    /// Their entries are things with names: two files never share one.
    private static let named: Set<String> = ["circuits", "vpns", "templates", "rules"]

    private let log: DiagnosticLog
    private(set) var sources: [String] = []
    /// Where each file was included, by normalized path.
    private var places: [String: Mark] = [:]

    init(log: DiagnosticLog) {
        self.log = log
    }

    /// The merged document; what could not be read is missing from it and reported.
    mutating func resolve(_ path: String) -> Node {
        let start = Mark(file: path, line: 1, column: 1)
        var merged = Node(.mapping([]), at: start)
        read(path, from: start, chain: [], into: &merged)
        return merged
    }

    private mutating func read(_ path: String, from place: Mark, chain: [String], into merged: inout Node) {
        let name = FilePath.normalized(path)
        let shown = chain.isEmpty ? "the configuration" : quoted(path)
        guard !chain.contains(name) else {
            return log.error("\(shown) includes itself", at: place, allowed: "files that do not include each other")
        }
        if let first = places[name] {
            return log.error("\(shown) is also included at \(first)", at: place, allowed: "each file once")
        }
        guard chain.count < Self.maximumDepth, sources.count < Self.maximumFiles else {
            let allowed = "up to \(Self.maximumDepth) levels and \(Self.maximumFiles) files"
            return log.error("too many includes", at: place, allowed: allowed)
        }
        places[name] = place
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileReader.read(path)
        } catch {
            return log.error("\(shown) cannot be read: \(error.message)", at: place, allowed: "a readable YAML file")
        }
        sources.append(path)
        guard let root = YAMLComposer.compose(bytes, file: path, log), !root.isNull else { return }
        guard let entries = root.entries else {
            let allowed = "a mapping of " + Schema.root.keys.map(\.name).joined(separator: ", ")
            return log.error("expected a mapping, found \(root.kind)", at: root.mark, allowed: allowed)
        }
        checkSchema(root)
        merge(entries.filter { !["include", "schema"].contains($0.key) }, into: &merged, section: "")
        guard let include = root["include"], !include.isNull else { return }
        for item in includedFiles(include) {
            read(item.path, from: item.mark, chain: chain + [name], into: &merged)
        }
    }

    private func includedFiles(_ node: Node) -> [(path: String, mark: Mark)] {
        guard let items = node.items else {
            log.error("expected a list, found \(node.kind)", at: node.mark, allowed: "a list of files")
            return []
        }
        return items.compactMap { item in Format<String>.file.read(item, log).map { ($0, item.mark) } }
    }

    private func checkSchema(_ root: Node) {
        guard let node = root["schema"], !node.isNull else { return }
        _ = Format<Int>.integer(1...1).read(node, log)
    }

    private func merge(_ entries: [Node.Entry], into target: inout Node, section: String) {
        var result = target.entries ?? []
        var index: [String: Int] = [:]
        for (position, entry) in result.enumerated() { index[entry.key] = position }
        for entry in entries {
            guard let position = index[entry.key] else {
                index[entry.key] = result.count
                result.append(entry)
                continue
            }
            if result[position].value.isNull {
                result[position] = entry
            } else if !entry.value.isNull {
                combine(entry, into: &result[position], isNamed: Self.named.contains(section))
            }
        }
        target.content = .mapping(result)
    }

    private func combine(_ entry: Node.Entry, into first: inout Node.Entry, isNamed: Bool) {
        switch (first.value.content, entry.value.content) {
        case (.mapping, .mapping(let entries)) where !isNamed:
            merge(entries, into: &first.value, section: entry.key)
        case (.sequence(let left), .sequence(let right)) where !isNamed:
            first.value.content = .sequence(left + right)
        default:
            log.error("\(quoted(entry.key)) is also given at \(first.mark)", at: entry.mark, allowed: "each once")
        }
    }
}
