internal import Document
internal import Model

/// A module as it was written, for people; what is secret is left out. Pure.
enum ModuleText {
    private static let secrets: Set<String> = ["password", "credentials", "bearer_token", "client_secret"]
    private static let secretHeaders: Set<String> = ["authorization", "proxy-authorization", "cookie", "x-api-key"]

    static func write(_ node: Node) -> String { lines(node, depth: 0).map { $0 + "\n" }.joined() }

    private static func lines(_ node: Node, depth: Int) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        switch node.content {
        case .mapping(let entries):
            return entries.flatMap { entry -> [String] in
                if isSecret(entry) { return ["\(indent)\(scalar(entry.key)): \(Secret.placeholder)"] }
                if let line = line(entry.value) { return ["\(indent)\(scalar(entry.key)): \(line)"] }
                return ["\(indent)\(scalar(entry.key)):"] + lines(entry.value, depth: depth + 1)
            }
        case .sequence(let items):
            return items.flatMap { item -> [String] in
                if let line = line(item) { return ["\(indent)- \(line)"] }
                var inner = lines(item, depth: depth + 1)
                if let first = inner.first { inner[0] = "\(indent)- \(first.dropFirst(indent.count + 2))" }
                return inner
            }
        case .scalar, .null:
            return [indent + (line(node) ?? "")]
        }
    }

    private static func isSecret(_ entry: Node.Entry) -> Bool {
        let key = entry.key.lowercased()
        // What an authorization server is asked with may be an assertion or a password.
        if key == "endpoint_params" { return true }
        guard entry.value.text != nil else { return false }
        if secrets.contains(key) || secretHeaders.contains(key) { return true }
        // A URL may hold a password, that of a token a key in its query.
        let marks = ["proxy_url": "@", "token_url": "@?"][key] ?? ""
        return entry.value.text?.contains { marks.contains($0) } == true
    }

    private static func line(_ node: Node) -> String? {
        switch node.content {
        case .scalar(let text, let style): style == .quoted ? GoText.quoted(text) : scalar(text)
        case .null: "null"
        case .mapping(let entries): entries.isEmpty ? "{}" : nil
        case .sequence(let items): items.isEmpty ? "[]" : nil
        }
    }

    private static func scalar(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } && !text.isEmpty
        return isPlain ? text : GoText.quoted(text)
    }
}
