/// One thing that is wrong or doubtful in a file, and where.
public struct Diagnostic: Error, Hashable, Sendable {
    public enum Severity: String, Sendable { case error, warning }

    public var severity: Severity
    public var mark: Mark
    /// What is wrong.
    public var message: String
    /// What would be right; nil where the message says all.
    public var allowed: String?

    public init(severity: Severity, mark: Mark, message: String, allowed: String? = nil) {
        self.severity = severity
        self.mark = mark
        self.message = message
        self.allowed = allowed
    }

    public var file: String { mark.file }
    public var line: Int { mark.line }
    public var column: Int { mark.column }
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: error: what; allowed: what is allowed`, always one line.
    public var description: String { line(severity: severity.rawValue + ": ") }

    /// The same for a log, whose lines say themselves how bad it is.
    public var logged: String { line(severity: "") }

    private func line(severity: String) -> String {
        printable("\(mark): \(severity)\(message)\(allowed.map { "; allowed: \($0)" } ?? "")")
    }

    /// Control characters of the file must neither break the line nor reach the terminal.
    private func printable(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            let isBidirectional = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            result.append(isControl || isBidirectional ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }
}
