public import Wire

/// What was seen altogether.
public struct FlowTotals: Sendable {
    public internal(set) var packets: UInt64 = 0
    /// As on the wire.
    public internal(set) var bytes: UInt64 = 0
    /// The earliest time of a packet, in nanoseconds since the epoch; later than `lastTime` without packets.
    public internal(set) var firstTime = Int64.max
    public internal(set) var lastTime = Int64.min
    /// Packets of which the capture does not say when they came.
    public internal(set) var untimed: UInt64 = 0
    /// Packets by `PacketVerdict`.
    public internal(set) var verdicts = InlineArray<12, UInt64>(repeating: 0)
    /// Malformed packets by `PacketFault`.
    public internal(set) var faults = InlineArray<8, UInt64>(repeating: 0)
    /// Flows that were given up for others.
    public internal(set) var evictedFlows: UInt64 = 0
    /// Segments that were not stamped because their flow has too many in flight.
    public internal(set) var skippedStamps: UInt64 = 0
    /// Round trips below zero, since time went backwards between their packets.
    public internal(set) var negativeRoundTrips: UInt64 = 0
    /// Of all TCP flows, the given up ones too.
    public internal(set) var counters = FlowCounters()

    public subscript(_ verdict: PacketVerdict) -> UInt64 { verdicts[Int(verdict.rawValue)] }
}
