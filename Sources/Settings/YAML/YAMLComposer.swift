import CYAML
import Document

/// Builds the nodes of one YAML document from libyaml's events.
///
/// Anchors, aliases and tags are refused, so that a document is as large as its file; depth and number of nodes are
/// bounded, and no step is recursive.
struct YAMLComposer {
    static let maximumDepth = 32
    static let maximumNodes = 1_000_000

    private let file: String
    private let log: DiagnosticLog
    private var stack: [Frame] = []
    private var root: Node?
    private var nodeCount = 0
    /// An error after which the nodes are not worth reading.
    private var isBroken = false

    /// An open list or mapping; a struct changed in place, so that adding to it never copies it.
    private struct Frame {
        var mark: Mark
        var isMapping: Bool
        var items: [Node] = []
        var entries: [Node.Entry] = []
        var first: [String: Mark] = [:]
        var key: Key?
    }

    private struct Key {
        var text: String
        var mark: Mark
        var isDuplicate = false
    }

    /// The root node, null for an empty document; nil after an error that leaves nothing to read.
    static func compose(_ bytes: [UInt8], file: String, _ log: DiagnosticLog) -> Node? {
        guard let text = YAMLText.checked(bytes, file: file, log) else { return nil }
        var composer = YAMLComposer(file: file, log: log)
        composer.run(text)
        guard !composer.isBroken else { return nil }
        return composer.root ?? Node(.null, at: Mark(file: file, line: 1, column: 1))
    }

    private init(file: String, log: DiagnosticLog) {
        self.file = file
        self.log = log
    }

    private mutating func run(_ text: [UInt8]) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else {
            return fail("out of memory", at: Mark(file: file, line: 1, column: 1))
        }
        defer { yaml_parser_delete(parser) }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        text.withUnsafeBufferPointer { buffer in
            yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
            var event = yaml_event_t()
            var documents = 0
            while true {
                guard yaml_parser_parse(parser, &event) == 1 else {
                    return fail(YAMLSyntaxError(parser.pointee, text: buffer, file: file))
                }
                let type = event.type
                if type == YAML_DOCUMENT_START_EVENT { documents += 1 }
                if documents > 1 {
                    fail("a second document starts here", at: mark(event.start_mark), allowed: "one document in a file")
                    yaml_event_delete(&event)
                    return
                }
                let goesOn = take(event)
                yaml_event_delete(&event)
                if type == YAML_STREAM_END_EVENT || !goesOn { return }
            }
        }
    }

    /// False when the rest is not worth reading.
    private mutating func take(_ event: yaml_event_t) -> Bool {
        let mark = mark(event.start_mark)
        switch event.type {
        case YAML_ALIAS_EVENT:
            fail("'*' refers to an anchor", at: mark, allowed: "values in full, templates for links; a text in quotes")
            return add(Node(.null, at: mark))
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            check(anchor: scalar.anchor, tag: scalar.tag, at: mark)
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return add(self.scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, at: mark))
        case YAML_SEQUENCE_START_EVENT:
            check(anchor: event.data.sequence_start.anchor, tag: event.data.sequence_start.tag, at: mark)
            return push(Frame(mark: mark, isMapping: false))
        case YAML_MAPPING_START_EVENT:
            check(anchor: event.data.mapping_start.anchor, tag: event.data.mapping_start.tag, at: mark)
            return push(Frame(mark: mark, isMapping: true))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            return close()
        default:
            return true
        }
    }

    private func scalar(_ text: String, isPlain: Bool, at mark: Mark) -> Node {
        let isNull = isPlain && ["", "~", "null", "Null", "NULL"].contains(text)
        return Node(isNull ? .null : .scalar(text, isPlain ? .plain : .quoted), at: mark)
    }

    private mutating func push(_ frame: Frame) -> Bool {
        if let parent = stack.last, parent.isMapping, parent.key == nil {
            let allowed = "a name; a text that begins with '{' or '[' in quotes"
            fail("a key must be a single value", at: frame.mark, allowed: allowed)
            return false
        }
        guard stack.count < Self.maximumDepth else {
            fail("nested too deeply", at: frame.mark, allowed: "up to \(Self.maximumDepth) levels")
            return false
        }
        stack.append(frame)
        return true
    }

    private mutating func close() -> Bool {
        guard let frame = stack.popLast() else { return true }
        return add(Node(frame.isMapping ? .mapping(frame.entries) : .sequence(frame.items), at: frame.mark))
    }

    private mutating func add(_ node: Node) -> Bool {
        nodeCount += 1
        guard nodeCount <= Self.maximumNodes else {
            fail("too many values", at: node.mark, allowed: "up to \(Self.maximumNodes) in a file")
            return false
        }
        let top = stack.count - 1
        if top < 0 {
            root = node
        } else if !stack[top].isMapping {
            stack[top].items.append(node)
        } else if let key = stack[top].key {
            stack[top].key = nil
            if !key.isDuplicate {
                stack[top].entries.append(Node.Entry(key: key.text, mark: key.mark, value: node))
            }
        } else {
            stack[top].key = key(node, in: top)
        }
        return true
    }

    private mutating func key(_ node: Node, in frame: Int) -> Key {
        guard let text = node.text else {
            if !isBroken { fail("a key is missing before ':'", at: node.mark, allowed: "a name") }
            return Key(text: "", mark: node.mark, isDuplicate: true)
        }
        if let first = stack[frame].first[text] {
            let message = "duplicate key \(quoted(text)), first on line \(first.line)"
            log.error(message, at: node.mark, allowed: "each key once")
            return Key(text: text, mark: node.mark, isDuplicate: true)
        }
        stack[frame].first[text] = node.mark
        return Key(text: text, mark: node.mark)
    }

    private mutating func check(anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?, at mark: Mark)
    {
        if anchor != nil {
            fail("'&' makes an anchor", at: mark, allowed: "values in full, templates for links; a text in quotes")
        }
        if tag != nil {
            fail("'!' makes a tag", at: mark, allowed: "values without tags; a text in quotes")
        }
    }

    private mutating func fail(_ error: YAMLSyntaxError) {
        fail(error.message, at: error.mark, allowed: error.allowed)
    }

    private mutating func fail(_ message: String, at mark: Mark, allowed: String? = nil) {
        isBroken = true
        log.error(message, at: mark, allowed: allowed)
    }

    private func mark(_ mark: yaml_mark_t) -> Mark {
        Mark(file: file, line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }
}
