/// How a node is read as a value: what is allowed there, and the reading that reports what is wrong.
public struct Format<Value> {
    /// What may be written, as messages put it: `a duration such as 100ms, 1s or 5m`.
    public let allowed: String
    private let reading: (Node, DiagnosticLog) -> Value?

    public init(allowed: String, reading: @escaping (Node, DiagnosticLog) -> Value?) {
        self.allowed = allowed
        self.reading = reading
    }

    /// Nil after at least one error was reported.
    public func read(_ node: Node, _ log: DiagnosticLog) -> Value? {
        reading(node, log)
    }

    public func map<Other>(_ transform: @escaping (Value) -> Other) -> Format<Other> {
        Format<Other>(allowed: allowed) { node, log in reading(node, log).map(transform) }
    }

    /// A further condition; the message may quote the value.
    public func checked(
        allowed: String? = nil,
        _ complaint: @escaping (Value) -> String?
    ) -> Self {
        let allowed = allowed ?? self.allowed
        return Self(allowed: allowed) { node, log in
            guard let value = reading(node, log) else { return nil }
            if let problem = complaint(value) {
                log.error(problem, at: node.mark, allowed: allowed)
                return nil
            }
            return value
        }
    }
}

/// Why a scalar is not what its key wants.
public struct ScalarError: Error, Equatable {
    public var message: String
    /// In place of what the format allows in general.
    public var allowed: String?

    public init(_ message: String, allowed: String? = nil) {
        self.message = message
        self.allowed = allowed
    }
}

extension Format {
    /// A single value.
    /// - Parameters:
    ///   - noun: what it is, with its article: `a duration`.
    ///   - takesQuotes: whether `"5"` is as good as `5`.
    ///   - takesVariables: whether `${…}` may stand in it; the parser then puts it in.
    public static func scalar(
        _ noun: String,
        allowed: String? = nil,
        takesQuotes: Bool = true,
        takesVariables: Bool = false,
        parse: @escaping (String) throws(ScalarError) -> Value
    ) -> Self {
        let allowed = allowed ?? noun
        return Self(allowed: allowed) { node, log in
            guard case .scalar(let text, let style) = node.content else {
                log.error("expected \(noun), found \(node.kind)", at: node.mark, allowed: allowed)
                return nil
            }
            if style == .quoted, !takesQuotes {
                log.error("expected \(noun), found a text in quotes", at: node.mark, allowed: "\(allowed), no quotes")
                return nil
            }
            if !takesVariables, text.contains("${") {
                let places = "${NAME} in secrets and URLs; ${parameter} in templates"
                log.error("${…} cannot stand here", at: node.mark, allowed: places)
                return nil
            }
            do throws(ScalarError) {
                return try parse(text)
            } catch {
                let advice = error.allowed ?? allowed
                log.error(error.message, at: node.mark, allowed: advice.isEmpty ? nil : advice)
                return nil
            }
        }
    }

    /// A list of `element`; all wrong elements are reported.
    public static func list<Element>(
        of element: Format<Element>,
        nonEmpty: Bool = false
    ) -> Self where Value == [Element] {
        let allowed = nonEmpty ? "a list of one or more: \(element.allowed)" : "a list of: \(element.allowed)"
        return Self(allowed: allowed) { node, log in
            guard let items = node.items else {
                log.error("expected a list, found \(node.kind)", at: node.mark, allowed: allowed)
                return nil
            }
            if items.isEmpty, nonEmpty {
                log.error("the list is empty", at: node.mark, allowed: allowed)
                return nil
            }
            let values = items.map { element.read($0, log) }
            let good = values.compactMap { $0 }
            return good.count == values.count ? good : nil
        }
    }
}

/// The value in quotes for a message, cut where it is long.
///
/// Whatever stands before an `@` may hold a password, and what follows a `?` in a URL a token: neither is shown.
public func quoted(_ text: some StringProtocol) -> String {
    let shown = withoutSecrets(String(text))
    let scalars = shown.unicodeScalars
    guard scalars.count > 80 else { return "'\(shown)'" }
    return "'\(String(String.UnicodeScalarView(scalars.prefix(80))))…'"
}

private func withoutSecrets(_ text: String) -> String {
    let separator = text.firstRange(of: "://")
    let start = separator?.upperBound ?? text.startIndex
    var rest = text[start...]
    if separator != nil, let mark = rest.firstIndex(of: "?") { rest = rest[..<mark] + "?<secret>" }
    if let at = rest.lastIndex(of: "@") { rest = "<secret>" + rest[at...] }
    return String(text[..<start] + rest)
}
