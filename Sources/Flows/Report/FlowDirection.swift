/// What one end sent, and the round trips that the other end completed.
public struct FlowDirection: Sendable, Equatable {
    public internal(set) var packets: UInt64 = 0
    public internal(set) var bytes: UInt64 = 0
    public internal(set) var payloadBytes: UInt64 = 0
    public internal(set) var counters = FlowCounters()
    /// Of BFD and BGP.
    public internal(set) var control = ControlMessages()
    /// From this end's SYN or SYN-ACK to its answer.
    public internal(set) var handshake = RoundTrips()
    /// From this end's SYN to its own ACK.
    public internal(set) var wholeHandshake = RoundTrips()
    /// From segment to ACK; of other protocols from request to answer.
    public internal(set) var acknowledged = RoundTrips()
    /// From timestamp value to its echo.
    public internal(set) var echoed = RoundTrips()

    /// The method with the most samples.
    public var usual: RoundTrips {
        acknowledged.statistics.count >= echoed.statistics.count ? acknowledged : echoed
    }

    mutating func merge(_ side: FlowSide, _ parts: borrowing SideParts) {
        packets += UInt64(side.packets)
        bytes &+= side.bytes
        payloadBytes &+= side.payloadBytes
        let (details, timestamps) = (parts.details[side.detailBlock], parts.timestamps[side.timestampBlock])
        counters.merge(details.counters)
        control.merge(details.control)
        handshake.merge(single: details.handshake)
        wholeHandshake.merge(single: details.wholeHandshake)
        acknowledged.merge(side.acknowledged, block: side.acknowledgedQuantiles, parts.quantiles)
        echoed.merge(timestamps.echoed, block: timestamps.quantiles, parts.quantiles)
    }

    mutating func merge(_ other: FlowDirection) {
        packets += other.packets
        bytes &+= other.bytes
        payloadBytes &+= other.payloadBytes
        counters.merge(other.counters)
        control.merge(other.control)
        handshake.merge(other.handshake)
        wholeHandshake.merge(other.wholeHandshake)
        acknowledged.merge(other.acknowledged)
        echoed.merge(other.echoed)
    }
}
