/// Labels as both text formats write them: `a="x",b="y"`.
enum LabelText {
    static func render(names: [String], values: [String]) -> String {
        var text = ""
        for (name, value) in zip(names, values) {
            if !text.isEmpty { text += "," }
            text += "\(name)=\"\(escape(value))\""
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
}
