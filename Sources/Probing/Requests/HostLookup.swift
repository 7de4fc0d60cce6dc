public import Model
public import Wire

/// What a name means.
public enum HostAnswer: Hashable, Sendable {
    /// At least one, in the order of preference.
    case addresses([IPAddress])
    /// One of `dns_…`, or `overload`.
    case failed(Reason)
}

/// Asks for a name and calls back once, from whatever thread; it must not block.
public typealias HostLookup = @Sendable (_ name: String, _ answer: @escaping @Sendable (HostAnswer) -> Void) -> Void
