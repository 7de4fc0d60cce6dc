/// Gathers the diagnostics of one load, so that one run shows all mistakes.
public final class DiagnosticLog {
    /// Beyond this a file is hopeless, and the rest is only counted.
    public static let limit = 500

    private var seen: Set<Diagnostic> = []
    private var collected: [Diagnostic] = []
    private var dropped = 0
    /// Also true when the error itself was beyond the limit.
    public private(set) var hasErrors = false

    public init() {}

    /// No further diagnostic will be kept: hints for it are not worth their work.
    public var isFull: Bool { collected.count >= Self.limit }

    public func error(_ message: String, at mark: Mark, allowed: String? = nil) {
        add(Diagnostic(severity: .error, mark: mark, message: message, allowed: allowed))
    }

    public func warning(_ message: String, at mark: Mark, allowed: String? = nil) {
        add(Diagnostic(severity: .warning, mark: mark, message: message, allowed: allowed))
    }

    /// The same diagnostic twice (a template used by many links) is kept once.
    public func add(_ diagnostic: Diagnostic) {
        if diagnostic.severity == .error { hasErrors = true }
        guard !seen.contains(diagnostic) else { return }
        guard collected.count < Self.limit else {
            dropped += 1
            return
        }
        seen.insert(diagnostic)
        collected.append(diagnostic)
    }

    /// Sorted by file in the order of first mention, then line and column.
    public var diagnostics: [Diagnostic] {
        var order: [String: Int] = [:]
        for diagnostic in collected where order[diagnostic.file] == nil { order[diagnostic.file] = order.count }
        let sorted = collected.enumerated().sorted { left, right in
            let first = (order[left.element.file] ?? 0, left.element.line, left.element.column, left.offset)
            let second = (order[right.element.file] ?? 0, right.element.line, right.element.column, right.offset)
            return first < second
        }.map(\.element)
        guard dropped > 0, let last = sorted.last else { return sorted }
        let severity: Diagnostic.Severity = hasErrors ? .error : .warning
        return sorted + [Diagnostic(severity: severity, mark: last.mark, message: "and \(dropped) more")]
    }
}
