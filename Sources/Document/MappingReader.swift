/// Reads a mapping key by key against the keys that its section knows; every mistake goes to the log.
public struct MappingReader {
    public let node: Node
    public let section: Section
    public let log: DiagnosticLog

    /// Reports unknown keys at once, each with the known key that it most resembles.
    ///
    /// Nil, with an error, when the node is no mapping.
    public init?(_ node: Node, _ section: Section, _ log: DiagnosticLog) {
        guard let entries = node.entries else {
            let names = section.keys.map(\.name).joined(separator: ", ")
            log.error("expected a mapping, found \(node.kind)", at: node.mark, allowed: "a mapping of \(names)")
            return nil
        }
        self.node = node
        self.section = section
        self.log = log
        let names = section.keys.map(\.name)
        for entry in entries where !section.has(entry.key) {
            let nearest = log.isFull ? nil : Suggestion.nearest(to: entry.key, among: names)
            let hint = nearest.map { "; did you mean \($0)?" } ?? ""
            let allowed = names.joined(separator: ", ")
            log.error("unknown key \(quoted(entry.key))\(hint)", at: entry.mark, allowed: allowed)
        }
    }

    public var mark: Mark { node.mark }

    /// The value of a key; nil when it is absent or null.
    public func node(_ key: String) -> Node? {
        assert(section.has(key), "\(section.name).\(key) is not declared")
        guard let value = node[key], !value.isNull else { return nil }
        return value
    }

    /// Where the value of `key` stands; the mapping itself where it is absent.
    public func mark(of key: String) -> Mark {
        node[key]?.mark ?? mark
    }

    /// Nil when the key is absent, null or wrong.
    public func optional<Value>(_ key: String, _ format: Format<Value>) -> Value? {
        node(key).flatMap { format.read($0, log) }
    }

    /// The default also stands in for a wrong value, so that reading goes on and finds more.
    public func value<Value>(_ key: String, _ format: Format<Value>, default fallback: Value) -> Value {
        optional(key, format) ?? fallback
    }

    /// Reports a missing or null key.
    public func required<Value>(_ key: String, _ format: Format<Value>) -> Value? {
        guard let value = node(key) else {
            log.error("\(key) is missing", at: mark(of: key), allowed: format.allowed)
            return nil
        }
        return format.read(value, log)
    }

    /// A reader for a mapping below; nil when the key is absent, null or no mapping.
    public func mapping(_ key: String, _ section: Section) -> MappingReader? {
        node(key).flatMap { MappingReader($0, section, log) }
    }

    /// The items of a list; empty when the key is absent, null or no list.
    public func items(_ key: String) -> [Node] {
        guard let node = node(key) else { return [] }
        guard let items = node.items else {
            log.error("expected a list, found \(node.kind)", at: node.mark, allowed: "a list")
            return []
        }
        return items
    }

    /// The entries of a mapping with names of the user; empty when the key is absent, null or no mapping.
    public func entries(_ key: String) -> [Node.Entry] {
        guard let node = node(key) else { return [] }
        guard let entries = node.entries else {
            log.error("expected a mapping, found \(node.kind)", at: node.mark, allowed: "a mapping of names")
            return []
        }
        return entries
    }
}
