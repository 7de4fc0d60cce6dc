import Document

/// Turns `links_from` into links: each row of a table extends one template.
struct LinkTable {
    static let maximumRows = 100_000

    let expander: TemplateExpander
    let log: DiagnosticLog
    private(set) var sources: [String] = []

    init(expander: TemplateExpander, log: DiagnosticLog) {
        self.expander = expander
        self.log = log
    }

    /// Links that still extend their template.
    mutating func links(from node: Node) -> [Node] {
        var result: [Node] = []
        for item in node.items ?? [node] {
            guard let reader = MappingReader(item, Schema.linkTable, log) else { continue }
            let file = reader.required("file", .file)
            guard let template = reader.required("template", .text), let extends = reader.node("template") else {
                continue
            }
            guard let known = expander.parameterNames(of: template) else {
                expander.reportMissing(template: template, at: extends.mark)
                continue
            }
            guard let file, let bytes = read(file, at: reader.mark(of: "file")) else { continue }
            let rows = file.hasSuffix(".json") ? json(bytes, file) : csv(bytes, file, known)
            guard rows.count <= Self.maximumRows else {
                log.error("too many rows", at: reader.mark(of: "file"), allowed: "up to \(Self.maximumRows)")
                continue
            }
            result += rows.map { row in
                let entry = Node.Entry(key: "extends", mark: row.mark, value: Node(extends.content, at: row.mark))
                return Node(.mapping([entry] + (row.entries ?? [])), at: row.mark)
            }
        }
        return result
    }

    private mutating func read(_ file: String, at mark: Mark) -> [UInt8]? {
        guard file.hasSuffix(".csv") || file.hasSuffix(".json") else {
            log.error("\(quoted(file)) is no table", at: mark, allowed: "a file that ends in .csv or .json")
            return nil
        }
        do throws(FileError) {
            let bytes = try FileReader.read(file)
            sources.append(file)
            return bytes
        } catch {
            log.error("\(quoted(file)) cannot be read: \(error.message)", at: mark, allowed: "a readable file")
            return nil
        }
    }

    /// JSON is YAML as far as it matters here, so the same composer gives each value its place.
    private func json(_ bytes: [UInt8], _ file: String) -> [Node] {
        guard let root = YAMLComposer.compose(bytes, file: file, log) else { return [] }
        guard let items = root.items else {
            log.error("expected a list, found \(root.kind)", at: root.mark, allowed: "a JSON list of objects")
            return []
        }
        return items.filter { item in
            if item.entries == nil {
                log.error("expected an object, found \(item.kind)", at: item.mark, allowed: "an object of parameters")
            }
            if let extends = item.entries?.first(where: { $0.key == "extends" }) {
                log.error("a row cannot choose its template", at: extends.mark, allowed: "the template of links_from")
                return false
            }
            return item.entries != nil
        }
    }

    private func csv(_ bytes: [UInt8], _ file: String, _ known: Set<String>) -> [Node] {
        guard let records = CSV.parse(bytes, file: file, log) else { return [] }
        guard let header = records.first else {
            let start = Mark(file: file, line: 1, column: 1)
            log.error("the table is empty", at: start, allowed: "a first row with the names of the parameters")
            return []
        }
        guard check(header, known) else { return [] }
        return records.dropFirst().compactMap { record in
            guard record.count == header.count, let first = record.first else {
                let mark = record.first?.mark ?? Mark(file: file, line: 1, column: 1)
                let found = "\(record.count) \(record.count == 1 ? "field" : "fields")"
                log.error(
                    "the row has \(found), the header \(header.count)",
                    at: mark,
                    allowed: "\(header.count) fields"
                )
                return nil
            }
            let entries = zip(header, record).compactMap { name, field -> Node.Entry? in
                guard !field.text.isEmpty else { return nil }
                let style: Node.Style = field.isQuoted && field.text.isEmpty ? .quoted : .plain
                return Node.Entry(
                    key: name.text,
                    mark: field.mark,
                    value: Node(.scalar(field.text, style), at: field.mark)
                )
            }
            return Node(.mapping(entries), at: first.mark)
        }
    }

    private func check(_ header: [CSV.Field], _ known: Set<String>) -> Bool {
        var seen: Set<String> = []
        var isGood = true
        let scalars = ["name", "peering"]
        for field in header {
            if !seen.insert(field.text).inserted {
                log.error("column \(quoted(field.text)) comes twice", at: field.mark, allowed: "each column once")
                isGood = false
            } else if !known.contains(field.text), !scalars.contains(field.text) {
                let names = known.union(scalars).sorted()
                let hint = Suggestion.nearest(to: field.text, among: names).map { "; did you mean \($0)?" } ?? ""
                let allowed = names.joined(separator: ", ")
                log.error("unknown column \(quoted(field.text))\(hint)", at: field.mark, allowed: allowed)
                isGood = false
            }
        }
        return isGood
    }
}
