/// How the text format of Prometheus (0.0.4) and OpenMetrics 1.0.0 write a text.
public enum ExpositionText {
    /// Reverse solidus and line feed are escaped, and in a label's value the quotation mark too.
    /// - Parameter quotes: false for HELP of the text format, which has no quotation marks around it.
    public static func escaped(_ text: String, quotes: Bool = true) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || (quotes && $0 == 0x22) }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
