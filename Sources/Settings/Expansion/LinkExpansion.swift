import Document

/// Replaces the links of a document by what templates and tables make of them.
struct LinkExpansion {
    let log: DiagnosticLog

    func expand(_ root: inout Node, _ sources: inout [String]) {
        guard var entries = root.entries else { return }
        let expander = TemplateExpander(templates: templates(root), log: log)
        var links = root["links"]?.items ?? []
        if let table = root["links_from"], !table.isNull {
            var reader = LinkTable(expander: expander, log: log)
            links += reader.links(from: table)
            sources += reader.sources
        }
        guard !links.isEmpty, root["links"]?.entries == nil, root["links"]?.text == nil else { return }
        let expanded = Node(.sequence(links.compactMap(expander.expand)), at: root["links"]?.mark ?? root.mark)
        if let index = entries.firstIndex(where: { $0.key == "links" }) {
            entries[index].value = expanded
        } else {
            entries.append(Node.Entry(key: "links", mark: root.mark, value: expanded))
        }
        root.content = .mapping(entries)
    }

    private func templates(_ root: Node) -> [Node.Entry] {
        guard let node = root["templates"], !node.isNull else { return [] }
        guard let entries = node.entries else {
            log.error("expected a mapping, found \(node.kind)", at: node.mark, allowed: "a mapping of NAME to a link")
            return []
        }
        return entries
    }
}
