public import Model

/// When something was done to the network: it took effect between the two.
public struct Moment: Sendable {
    public let before: MonotonicTime
    public let after: MonotonicTime

    public init(before: MonotonicTime, after: MonotonicTime) {
        (self.before, self.after) = (before, after)
    }

    public static func of(_ action: () throws -> Void) rethrows -> Self {
        let before = Clock.now
        try action()
        return Self(before: before, after: Clock.now)
    }
}
