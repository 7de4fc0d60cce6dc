extension JSONValue {
    /// The document as one line, or with `pretty` indented by two spaces; no line end at the end.
    public func text(pretty: Bool = false) -> String {
        String(decoding: bytes(pretty: pretty), as: UTF8.self)
    }

    /// The document in UTF-8.
    public func bytes(pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter(pretty: pretty)
        writer.write(self)
        return writer.bytes
    }

    /// Writes an object whose last member is a long array in pieces, so that neither its values nor its text are in memory at once.
    /// - Parameters:
    ///   - members: those before the array.
    ///   - elements: what the array holds; each is asked for once.
    ///   - sink: takes the text, whole characters at a time.
    public static func write(
        _ members: [(String, JSONValue)],
        then name: String,
        _ elements: some Sequence<JSONValue>,
        pretty: Bool = false,
        to sink: (String) -> Void
    ) {
        var writer = JSONWriter(pretty: pretty)
        writer.write(members, then: name, elements) { writer in
            sink(String(decoding: writer.bytes, as: UTF8.self))
            writer.bytes.removeAll(keepingCapacity: true)
        }
    }
}

/// Appends values to a buffer; holds nothing but the indentation.
private struct JSONWriter {
    let pretty: Bool
    var bytes: [UInt8] = []
    private var depth = 0

    init(pretty: Bool) {
        self.pretty = pretty
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += value.description.utf8
        case .number(let value): bytes += (value.isFinite ? value.description : "null").utf8
        case .string(let value): write(string: value)
        case .array(let items):
            writeList(open: "[", close: "]", count: items.count) { writer, index in writer.write(items[index]) }
        case .object(let members):
            writeList(open: "{", close: "}", count: members.count) { writer, index in
                writer.write(string: members[index].0)
                writer.bytes += (writer.pretty ? ": " : ":").utf8
                writer.write(members[index].1)
            }
        }
    }

    /// - Parameter empty: takes what is written, and is called at the end.
    mutating func write(
        _ members: [(String, JSONValue)],
        then name: String,
        _ elements: some Sequence<JSONValue>,
        empty: (inout Self) -> Void
    ) {
        writeList(open: "{", close: "}", count: members.count + 1) { writer, index in
            writer.write(string: index < members.count ? members[index].0 : name)
            writer.bytes += (writer.pretty ? ": " : ":").utf8
            guard index == members.count else { return writer.write(members[index].1) }
            writer.bytes.append(UInt8(ascii: "["))
            writer.depth += 1
            var isEmpty = true
            for element in elements {
                if !isEmpty { writer.bytes.append(UInt8(ascii: ",")) }
                isEmpty = false
                writer.breakLine()
                writer.write(element)
                if writer.bytes.count > Self.piece { empty(&writer) }
            }
            writer.depth -= 1
            if !isEmpty { writer.breakLine() }
            writer.bytes.append(UInt8(ascii: "]"))
        }
        empty(&self)
    }

    private static let piece = 1 << 16

    private mutating func writeList(
        open: Unicode.Scalar,
        close: Unicode.Scalar,
        count: Int,
        item: (inout Self, Int) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        depth += 1
        for index in 0..<count {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            breakLine()
            item(&self, index)
        }
        depth -= 1
        if count > 0 { breakLine() }
        bytes.append(UInt8(ascii: close))
    }

    private mutating func breakLine() {
        guard pretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<depth { bytes += "  ".utf8 }
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and what lies below U+0020 are escaped, DEL too for terminals.
    private mutating func write(string: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += "\\\"".utf8
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case 0x08: bytes += "\\b".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0A: bytes += "\\n".utf8
            case 0x0C: bytes += "\\f".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0x00..<0x20, 0x7F:
                bytes += "\\u00".utf8
                bytes.append(Self.hexDigits[Int(byte >> 4)])
                bytes.append(Self.hexDigits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
