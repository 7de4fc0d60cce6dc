/// Bounds of a flow engine.
public struct FlowEngineOptions: Sendable {
    /// Flows that are followed at once.
    public var maximumFlows = 131_072
    /// Lets flows, and stamps of a flow, grow with the traffic: for comparisons with unlimited tools.
    public var isExact = false
    /// Keeps every sample for `FlowEngine.drainSamples`.
    public var collectsSamples = false
    /// Keeps every event for `FlowEngine.drainEvents`.
    public var collectsEvents = false
    /// Keeps what flows counted that were given up, for `FlowEngine.groups` by address.
    public var keepsEvictedPaths = false
    /// Of the hash of the flow table; by default of this process.
    public var seed = UInt64.random(in: 1...UInt64.max)

    public init() {}
}
