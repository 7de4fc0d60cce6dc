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
    /// Path of a file; read at each use, without the line ends at its end.
    case file(String)
}

/// A URL that may hold a secret: user name and password, a query, for webhooks the whole path.
///
/// It prints in its redacted form.
public struct SecretURL: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The whole URL: for the wire only.
    public let secret: Secret
    /// What may be shown.
    public let redacted: String

    public init(secret: Secret, redacted: String) {
        self.secret = secret
        self.redacted = redacted
    }

    public func reveal() -> String { secret.reveal() }

    public var description: String { redacted }
    public var debugDescription: String { redacted }
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
