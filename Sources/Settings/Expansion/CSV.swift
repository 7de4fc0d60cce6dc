import Document

/// Comma-separated values of RFC 4180, each field with its place.
struct CSV {
    struct Field: Equatable {
        var text: String
        var mark: Mark
        var isQuoted: Bool
    }

    /// Nil after an error. Empty lines are skipped; a line may end with LF alone.
    static func parse(_ bytes: [UInt8], file: String, _ log: DiagnosticLog) -> [[Field]]? {
        guard let text = YAMLText.checked(bytes, file: file, log) else { return nil }
        var parser = CSVParser(scalars: Array(String(decoding: text, as: UTF8.self).unicodeScalars), file: file)
        do throws(Diagnostic) {
            return try parser.records()
        } catch {
            log.add(error)
            return nil
        }
    }
}

private struct CSVParser {
    let scalars: [Unicode.Scalar]
    var position = 0
    var place: Mark

    init(scalars: [Unicode.Scalar], file: String) {
        self.scalars = scalars
        place = Mark(file: file, line: 1, column: 1)
    }

    private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func advance() {
        if scalars[position] == "\n" {
            place = Mark(file: place.file, line: place.line + 1, column: 1)
        } else {
            place.column += 1
        }
        position += 1
    }

    mutating func records() throws(Diagnostic) -> [[CSV.Field]] {
        var result: [[CSV.Field]] = []
        while current != nil {
            if takeLineEnd() { continue }
            result.append(try record())
        }
        return result
    }

    private mutating func record() throws(Diagnostic) -> [CSV.Field] {
        var fields = [try field()]
        while current == "," {
            advance()
            fields.append(try field())
        }
        guard current == nil || takeLineEnd() else { throw problem("text after the closing quote") }
        return fields
    }

    private mutating func takeLineEnd() -> Bool {
        if current == "\r", position + 1 < scalars.count, scalars[position + 1] == "\n" { advance() }
        guard current == "\n" else { return false }
        advance()
        return true
    }

    private mutating func field() throws(Diagnostic) -> CSV.Field {
        let start = place
        var text = String.UnicodeScalarView()
        if current == "\"" {
            advance()
            while true {
                guard let scalar = current else { throw problem("a quote that is never closed", at: start) }
                advance()
                if scalar == "\"" {
                    guard current == "\"" else { break }
                    advance()
                }
                text.append(scalar)
            }
            return CSV.Field(text: String(text), mark: start, isQuoted: true)
        }
        while let scalar = current, scalar != ",", scalar != "\n", !isLineEnd(scalar) {
            guard scalar != "\"" else { throw problem("a quote inside a field without quotes") }
            text.append(scalar)
            advance()
        }
        return CSV.Field(text: String(text), mark: start, isQuoted: false)
    }

    private func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\r" && position + 1 < scalars.count && scalars[position + 1] == "\n"
    }

    private func problem(_ message: String, at mark: Mark? = nil) -> Diagnostic {
        let allowed = "CSV of RFC 4180: \"…\" around the whole field, a quote in it doubled"
        return Diagnostic(severity: .error, mark: mark ?? place, message: message, allowed: allowed)
    }
}
