public import Wire

/// What one packet tells beside round trips, of the flow that it belongs to.
public struct FlowEvent: Sendable, BitwiseCopyable {
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// A TCP segment was sent again.
        case retransmission
        /// `value` sequence numbers of an ESP flow are missing.
        case missingESP
        /// One that was missing came after all.
        case lateESP
        /// A BFD packet; `value` is its sender's state (RFC 5880 §4.1), `duration` how long the receiver waits for the
        /// next before it takes the session for down.
        case bfd
    }

    public let kind: Kind
    public let value: UInt32
    /// Nanoseconds; 0 for what has none.
    public let duration: Int64
    /// When the packet was captured, in nanoseconds since the epoch.
    public let time: Int64
    private let isIPv6: Bool
    private let sourceHigh: UInt64
    private let sourceLow: UInt64
    private let destinationHigh: UInt64
    private let destinationLow: UInt64

    init(_ kind: Kind, value: UInt32 = 1, duration: Int64 = 0, _ view: PacketView, time: Int64) {
        self.kind = kind
        self.value = value
        self.duration = duration
        self.time = time
        isIPv6 = view.isIPv6
        (sourceHigh, sourceLow) = (view.sourceHigh, view.sourceLow)
        (destinationHigh, destinationLow) = (view.destinationHigh, view.destinationLow)
    }

    public var source: IPAddress { PacketView.address(sourceHigh, sourceLow, isIPv6) }
    public var destination: IPAddress { PacketView.address(destinationHigh, destinationLow, isIPv6) }
}

/// The events since the last `removeAll`, in memory that is allocated once: a packet makes one at most.
struct EventBuffer {
    private(set) var events: [FlowEvent] = []
    let isCollecting: Bool

    init(isCollecting: Bool) {
        self.isCollecting = isCollecting
        if isCollecting { events.reserveCapacity(SampleBuffer.capacity) }
    }

    mutating func append(_ event: FlowEvent) { events.append(event) }
    mutating func removeAll() { events.removeAll(keepingCapacity: true) }
}
