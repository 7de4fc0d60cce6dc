import Model

/// Labels as both text formats write them: `a="x",b="y"`.
enum LabelText {
    static func render(names: [String], values: [String]) -> String {
        var text = ""
        text.reserveCapacity(names.count * 24)
        for (name, value) in zip(names, values) {
            text += text.isEmpty ? "" : ","
            text += name
            text += "=\""
            text += ExpositionText.escaped(value)
            text += "\""
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
