import Document

/// The value of one parameter and where it was written, so that a mistake in it points there.
struct Parameter {
    var text: String
    var mark: Mark
}

/// Puts parameters into the values of a template. What a parameter holds is not looked at again.
struct Substitution {
    let parameters: [String: Parameter]
    /// Where the link names its template: a missing parameter points there.
    let link: Mark
    let log: DiagnosticLog
    let budget: Budget

    /// What all links of a configuration may grow to: a large table times a large template is refused.
    final class Budget {
        private let maximumNodes: Int
        private var nodes = 0
        private var isReported = false

        init(maximumNodes: Int = 1_000_000) {
            self.maximumNodes = maximumNodes
        }

        /// False when it is used up, which is reported once.
        func take(_ log: DiagnosticLog, at mark: Mark) -> Bool {
            nodes += 1
            guard nodes > maximumNodes else { return true }
            if !isReported {
                log.error("the templates expand to too much", at: mark, allowed: "up to \(maximumNodes) values")
            }
            isReported = true
            return false
        }
    }

    /// Bound of a value with its parameters, in bytes.
    static let maximumLength = 64 << 10

    /// Nil when a parameter is missing.
    func fill(_ node: Node) -> Node? {
        guard budget.take(log, at: link) else { return nil }
        switch node.content {
        case .null:
            return node
        case .scalar(let text, let style):
            guard let (filled, mark) = fill(text, at: node.mark) else { return nil }
            return Node(.scalar(filled, style), at: mark)
        case .sequence(let items):
            let filled = items.map(fill)
            let good = filled.compactMap { $0 }
            return good.count == items.count ? Node(.sequence(good), at: node.mark) : nil
        case .mapping(let entries):
            var good: [Node.Entry] = []
            for entry in entries {
                guard let value = fill(entry.value) else { continue }
                good.append(Node.Entry(key: entry.key, mark: entry.mark, value: value))
            }
            return good.count == entries.count ? Node(.mapping(good), at: node.mark) : nil
        }
    }

    private func fill(_ text: String, at mark: Mark) -> (String, Mark)? {
        var result = ""
        var place: Mark?
        for part in Self.parts(text) {
            switch part {
            case .text(let text):
                result += text
            case .parameter(let name):
                guard let value = parameters[name] else {
                    log.error("the template needs the parameter \(quoted(name))", at: link, allowed: "\(name): VALUE")
                    return nil
                }
                result += value.text
                guard result.utf8.count <= Self.maximumLength else {
                    log.error("the value is too long", at: value.mark, allowed: "up to 64 KiB with its parameters")
                    return nil
                }
                place = place ?? value.mark
            }
        }
        return (result, place ?? mark)
    }

    static func collectNames(_ node: Node, into names: inout Set<String>) {
        switch node.content {
        case .null: break
        case .scalar(let text, _):
            for case .parameter(let name) in parts(text) { names.insert(name) }
        case .sequence(let items):
            for item in items { collectNames(item, into: &names) }
        case .mapping(let entries):
            for entry in entries { collectNames(entry.value, into: &names) }
        }
    }

    private enum Part {
        case text(String)
        case parameter(String)
    }

    /// `${` without `}` is text, and refused later by the reader of the value.
    private static func parts(_ text: String) -> [Part] {
        var result: [Part] = []
        var rest = Substring(text)
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            result.append(.text(String(rest[..<start.lowerBound])))
            result.append(.parameter(String(rest[start.upperBound..<end])))
            rest = rest[rest.index(after: end)...]
        }
        result.append(.text(String(rest)))
        return result
    }
}
