/// Writes a tree as YAML: block style, two spaces, one form for each value.
struct YAMLWriter {
    private var lines: [String] = []

    static func write(_ node: EffectiveNode) -> String {
        var writer = YAMLWriter()
        writer.write(node, after: "", indent: 0)
        return writer.lines.joined(separator: "\n") + "\n"
    }

    /// - Parameter head: what stands on the line already: `key:` or `-`, with its indentation.
    private mutating func write(_ node: EffectiveNode, after head: String, indent: Int) {
        switch node {
        case .mapping(let entries) where !entries.isEmpty:
            // The first key of a list item stands on the line of its dash.
            var lead = head.hasSuffix("-") ? head + " " : nil
            if lead == nil, !head.isEmpty { lines.append(head) }
            for entry in entries {
                let start = lead ?? String(repeating: " ", count: indent)
                lead = nil
                write(entry.value, after: "\(start)\(Self.scalar(entry.key)):", indent: indent + 2)
            }
        case .list(let items, _) where !items.isEmpty:
            if let line = Self.flow(items) {
                lines.append("\(head) \(line)")
                return
            }
            lines.append(head)
            for item in items {
                let spaces = String(repeating: " ", count: indent)
                write(item, after: spaces + "-", indent: indent + 2)
            }
        default:
            lines.append(head.isEmpty ? Self.inline(node) : "\(head) \(Self.inline(node))")
        }
    }

    /// Lists of values, and lists of such lists, fit on a line.
    private static func flow(_ items: [EffectiveNode]) -> String? {
        var parts: [String] = []
        for item in items {
            switch item {
            case .mapping: return nil
            case .list(let inner, _):
                guard let text = inner.isEmpty ? "[]" : flow(inner) else { return nil }
                parts.append(text)
            default: parts.append(inline(item))
            }
        }
        return "[\(parts.joined(separator: ", "))]"
    }

    private static func inline(_ node: EffectiveNode) -> String {
        switch node {
        case .mapping: "{}"
        case .list: "[]"
        case .value(let text): text
        case .text(let text): scalar(text)
        case .secret(let shown, _): scalar(shown)
        case .null: "null"
        }
    }

    /// Plain only where no reader of any YAML version takes it for something else.
    static func scalar(_ text: String) -> String {
        let words: Set<String> = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"]
        let isSafe =
            text.utf8.allSatisfy(isSafeByte) && !words.contains(text.lowercased()) && text.last != ":"
            && (text.utf8.first.map { isLetter($0) || $0 == UInt8(ascii: "/") } ?? false)
        return isSafe ? text : quoted(text)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func isSafeByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || (48...57).contains(byte) || "-_./:".utf8.contains(byte)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                let isPlain =
                    scalar.value >= 0x20 && !(0x7F...0xA0).contains(scalar.value)
                    && ![0x2028, 0x2029, 0xFEFF].contains(scalar.value)
                if isPlain {
                    result.unicodeScalars.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
                }
            }
        }
        return result + "\""
    }
}
