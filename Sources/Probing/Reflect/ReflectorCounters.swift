/// What a reflector has done since its start, in packets.
public struct ReflectorCounters: Hashable, Sendable {
    public var received: UInt64 = 0
    public var reflected: UInt64 = 0
    public var echoed: UInt64 = 0
    /// No STAMP question, or from or to an address that is never answered.
    public var refused: UInt64 = 0
    public var rateLimited: UInt64 = 0
    /// The answer could not be sent.
    public var unsent: UInt64 = 0

    public init() {}
}
