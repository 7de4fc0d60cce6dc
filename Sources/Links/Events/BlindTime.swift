public import Model

/// A time in which this host saw nothing or was cut off.
public struct BlindTime: Hashable, Sendable {
    public var from: MonotonicTime
    public var to: MonotonicTime

    public init(from: MonotonicTime, to: MonotonicTime) {
        self.from = from
        self.to = to
    }
}
