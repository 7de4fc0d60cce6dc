/// Labels as both text formats write them: `a="x",b="y"`.
enum LabelText {
    static func render(names: [String], values: [String]) -> String {
        var text = ""
        text.reserveCapacity(names.count * 24)
        for (name, value) in zip(names, values) {
            text += text.isEmpty ? "" : ","
            text += name
            text += "=\""
            text += escape(value)
            text += "\""
        }
        return text
    }

    /// Reverse solidus, quotation mark and line feed (text format 0.0.4, OpenMetrics 1.0.0).
    static func escape(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 == 0x0A }) else { return value }
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// The values in a text that `render` made of these names.
    static func values(of text: String, names: some Sequence<String>) -> [[UInt8]] {
        var rest = Array(text.utf8)[...]
        return names.map { name in
            var value: [UInt8] = []
            rest = rest.dropFirst(name.utf8.count + 2)
            while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
                guard byte == UInt8(ascii: "\\") else {
                    value.append(byte)
                    continue
                }
                let escaped = rest.popFirst() ?? byte
                value.append(escaped == UInt8(ascii: "n") ? 0x0A : escaped)
            }
            rest = rest.dropFirst()
            return value
        }
    }
}
