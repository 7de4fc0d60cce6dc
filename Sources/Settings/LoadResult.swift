public import Document

/// What loading a configuration gives: the values when no diagnostic is an error, and every diagnostic either way.
public struct LoadResult: Sendable {
    public var configuration: Configuration?
    /// Sorted by file, line and column.
    public var diagnostics: [Diagnostic]

    public init(configuration: Configuration?, diagnostics: [Diagnostic]) {
        self.configuration = configuration
        self.diagnostics = diagnostics
    }

    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}
