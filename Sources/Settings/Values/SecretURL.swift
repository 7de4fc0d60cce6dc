public import Model

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
