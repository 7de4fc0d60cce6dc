/// A text that no log, metric, page or error may show; every way to print it gives `<secret>`.
public struct Secret: Sendable, Hashable {
    /// What stands in place of a secret wherever it would be shown.
    public static let placeholder = "<secret>"

    private let text: String

    public init(_ text: String) {
        self.text = text
    }

    /// The secret itself: for the wire only.
    public func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { Self.placeholder }
    public var debugDescription: String { Self.placeholder }
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// Where a secret comes from.
public enum SecretSource: Sendable, Hashable {
    /// From `${ENV}`, already put in.
    case value(Secret)
    /// Path of a file whose first line it is, read at each use, so that a rotated one is taken up at once.
    case file(String)
}
