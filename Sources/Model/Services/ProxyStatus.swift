/// What is known of a proxy from everything that went through it.
public struct ProxyStatus: Hashable, Sendable {
    public enum Authentication: String, CaseIterable, Sendable {
        /// It lets us through, or nothing is known.
        case fine
        /// It asks, and nothing that it takes is there to show.
        case required
        /// It has refused what was shown.
        case rejected
    }

    public var name: String
    /// The last attempt reached it; nil before the first.
    public var answers: Bool?
    /// It missed three attempts in a row.
    public var isDown = false
    public var authentication = Authentication.fine
    /// Credentials are there and rest.
    public var isSuspended = false
    /// Since when it is down or does not take us.
    public var since: MonotonicTime
    public var evidence = ""

    public init(name: String, since: MonotonicTime) {
        self.name = name
        self.since = since
    }
}
