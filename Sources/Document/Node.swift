/// A value of a document with its place.
///
/// Scalars stay text: `no`, `010` and `1:30` mean what the reader of the key makes of them.
public struct Node: Hashable, Sendable {
    public enum Style: Hashable, Sendable { case plain, quoted }

    public enum Content: Hashable, Sendable {
        case mapping([Entry])
        case sequence([Node])
        case scalar(String, Style)
        case null
    }

    /// A key with its place and value; keys of a mapping differ and keep their order.
    public struct Entry: Hashable, Sendable {
        public var key: String
        public var mark: Mark
        public var value: Node

        public init(key: String, mark: Mark, value: Node) {
            self.key = key
            self.mark = mark
            self.value = value
        }
    }

    public var content: Content
    public var mark: Mark

    public init(_ content: Content, at mark: Mark) {
        self.content = content
        self.mark = mark
    }

    public var isNull: Bool { content == .null }

    /// The entries of a mapping; nil for anything else.
    public var entries: [Entry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    public var items: [Node]? {
        if case .sequence(let items) = content { items } else { nil }
    }

    public var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    public subscript(key: String) -> Node? {
        entries?.first { $0.key == key }?.value
    }

    /// What the node is, for messages: `a mapping`, `a list`, `text`, `nothing`.
    public var kind: String {
        switch content {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar: "a single value"
        case .null: "nothing"
        }
    }
}
