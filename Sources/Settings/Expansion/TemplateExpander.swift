import Document

/// Fills links in from templates: `extends` names a template, the link's other keys are its own values and parameters.
struct TemplateExpander {
    static let maximumDepth = 8

    private let templates: [String: Node]
    private let log: DiagnosticLog
    private let names: [String]
    /// The parameters that each template itself names.
    private let parameters: [String: Set<String>]
    private let budget: Substitution.Budget

    /// - Parameter templates: the entries of `templates`.
    init(templates: [Node.Entry], log: DiagnosticLog, budget: Substitution.Budget = .init()) {
        self.budget = budget
        self.log = log
        names = templates.map(\.key)
        self.templates = Dictionary(templates.map { ($0.key, $0.value) }) { first, _ in first }
        parameters = self.templates.mapValues { node in
            var names: Set<String> = []
            Substitution.collectNames(node, into: &names)
            return names
        }
        for template in templates { check(template) }
    }

    /// The link with everything put in, without `extends`; nil after an error.
    func expand(_ link: Node) -> Node? {
        guard let entries = link.entries, let extends = link["extends"], !extends.isNull else { return link }
        guard let chain = chain(from: extends) else { return nil }
        let layers = chain.reversed().compactMap { templates[$0]?.entries }
        var parameters: [String: Parameter] = [:]
        var merged: [Node.Entry] = []
        for layer in layers {
            // What a template says of the link itself (its name) is to be filled in, not to fill in.
            Self.collect(layer.filter { !Schema.link.has($0.key) }, into: &parameters)
        }
        Self.collect(entries.filter { $0.key != "extends" }, into: &parameters)
        let known = parameterNames(of: chain)
        for layer in layers { Self.overlay(own(layer), onto: &merged) }
        let substitution = Substitution(parameters: parameters, link: extends.mark, log: log, budget: budget)
        guard let filled = substitution.fill(Node(.mapping(merged), at: link.mark)), var result = filled.entries else {
            return nil
        }
        Self.overlay(own(entries), onto: &result)
        guard reportUnknown(in: entries, parameters: known) else { return nil }
        return Node(.mapping(result), at: link.mark)
    }

    /// The parameters that a template needs, its own templates included; nil when there is no such template.
    func parameterNames(of template: String) -> Set<String>? {
        guard templates[template] != nil else { return nil }
        var chain = [template]
        while chain.count < Self.maximumDepth, let last = chain.last, let next = templates[last]?["extends"]?.text,
            templates[next] != nil
        {
            chain.append(next)
        }
        return parameterNames(of: chain)
    }

    func reportMissing(template name: String, at mark: Mark) {
        let hint = Suggestion.nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
        let allowed = names.isEmpty ? "none is declared" : names.prefix(60).joined(separator: ", ")
        log.error("there is no template \(quoted(name))\(hint)", at: mark, allowed: allowed)
    }

    /// The named template and those that it extends, the nearest first.
    private func chain(from extends: Node) -> [String]? {
        var result: [String] = []
        var seen: Set<String> = []
        var next: Node? = extends
        while let node = next {
            guard let name = Format<String>.text.read(node, log) else { return nil }
            guard let template = templates[name] else {
                reportMissing(template: name, at: node.mark)
                return nil
            }
            guard seen.insert(name).inserted, result.count < Self.maximumDepth else {
                let allowed = "up to \(Self.maximumDepth) templates that do not extend each other"
                log.error("template \(quoted(name)) extends itself", at: node.mark, allowed: allowed)
                return nil
            }
            guard template.entries != nil else { return nil }
            result.append(name)
            next = template["extends"].flatMap { $0.isNull ? nil : $0 }
        }
        return result
    }

    /// A template that no link uses is still read for its form.
    private func check(_ template: Node.Entry) {
        guard let entries = template.value.entries else {
            let found = template.value.kind
            return log.error("expected a link, found \(found)", at: template.value.mark, allowed: "a mapping")
        }
        guard let known = parameterNames(of: template.key) else { return }
        _ = reportUnknown(in: entries, parameters: known)
    }

    private func reportUnknown(in entries: [Node.Entry], parameters: Set<String>) -> Bool {
        var isGood = true
        for entry in entries where !Schema.link.has(entry.key) && !parameters.contains(entry.key) {
            isGood = false
            let candidates = Schema.link.keys.map(\.name) + parameters.filter { !Schema.link.has($0) }.sorted()
            let hint = Suggestion.nearest(to: entry.key, among: candidates).map { "; did you mean \($0)?" } ?? ""
            let allowed = candidates.joined(separator: ", ")
            log.error("unknown key or parameter \(quoted(entry.key))\(hint)", at: entry.mark, allowed: allowed)
        }
        return isGood
    }

    private static func collect(_ entries: [Node.Entry], into parameters: inout [String: Parameter]) {
        for entry in entries {
            if let text = entry.value.text { parameters[entry.key] = Parameter(text: text, mark: entry.value.mark) }
        }
    }

    private func own(_ entries: [Node.Entry]) -> [Node.Entry] {
        entries.filter { $0.key != "extends" && Schema.link.has($0.key) }
    }

    private func parameterNames(of chain: [String]) -> Set<String> {
        chain.reduce(into: []) { $0.formUnion(parameters[$1] ?? []) }
    }

    /// Mappings merge key by key; lists and values replace.
    private static func overlay(_ entries: [Node.Entry], onto base: inout [Node.Entry]) {
        var places = Dictionary(base.enumerated().map { ($1.key, $0) }) { first, _ in first }
        for entry in entries {
            guard let index = places[entry.key] else {
                places[entry.key] = base.count
                base.append(entry)
                continue
            }
            if var inner = base[index].value.entries, let more = entry.value.entries {
                overlay(more, onto: &inner)
                base[index].value.content = .mapping(inner)
            } else {
                base[index] = entry
            }
        }
    }
}
