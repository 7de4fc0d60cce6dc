import CYAML
import Document

/// What libyaml complains of, in words that say what to do.
struct YAMLSyntaxError {
    var message: String
    var mark: Mark
    var allowed: String?

    init(_ parser: yaml_parser_t, text: UnsafeBufferPointer<UInt8>, file: String) {
        let place = parser.problem_mark
        mark = Mark(file: file, line: Int(clamping: place.line) + 1, column: Int(clamping: place.column) + 1)
        let problem = parser.problem.map { String(cString: $0) } ?? "no valid YAML"
        let offset = Int(clamping: place.index)
        if offset < text.count, text[offset] == UInt8(ascii: "\t") {
            message = "a tab cannot indent or separate here"
            allowed = "spaces"
            return
        }
        if let hint = Self.bracketHint(text, offset) {
            message = hint
            allowed = "the value in quotes"
            return
        }
        message = "no valid YAML: \(problem)"
        if let context = parser.context {
            let start = Int(clamping: parser.context_mark.line) + 1
            let from = start == mark.line ? "" : " that starts on line \(start)"
            message += " (\(String(cString: context))\(from))"
        }
    }

    /// Inside `{ }` and `[ ]` a bracket ends a plain value: the two forms in which that surprises.
    private static func bracketHint(_ text: UnsafeBufferPointer<UInt8>, _ offset: Int) -> String? {
        guard offset > 0, offset < text.count else { return nil }
        switch (text[offset - 1], text[offset]) {
        case (UInt8(ascii: "$"), UInt8(ascii: "{")): return "'${…}' inside { } or [ ] needs quotes"
        case (UInt8(ascii: "/"), UInt8(ascii: "[")): return "an address in brackets inside { } or [ ] needs quotes"
        default: return nil
        }
    }
}
