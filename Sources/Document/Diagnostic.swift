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
        "\(mark): \(severity)\(message)\(allowed.map { "; allowed: \($0)" } ?? "")".printable
    }
}
