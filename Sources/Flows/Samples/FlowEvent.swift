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
        /// A BFD packet; `value` is its sender's state, see also `session`.
        case bfd
    }

    public let kind: Kind
    public let value: UInt32
    /// Of BFD; zeros for everything else.
    public let session: Session
    /// When the packet was captured, in nanoseconds since the epoch.
    public let time: Int64
    private let isIPv6: Bool
    private let sourceHigh: UInt64
    private let sourceLow: UInt64
    private let destinationHigh: UInt64
    private let destinationLow: UInt64

    /// What a BFD packet says of the session (RFC 5880 §4.1).
    public struct Session: Sendable, Equatable, BitwiseCopyable {
        /// How often its sender wants to send, and how often at most it wants to receive, in nanoseconds.
        public let sending: Int64
        public let receiving: Int64
        /// Packets that the receiver may miss in a row.
        public let multiplier: UInt8

        public init(sending: Int64 = 0, receiving: Int64 = 0, multiplier: UInt8 = 0) {
            self.sending = sending
            self.receiving = receiving
            self.multiplier = multiplier
        }
    }

    init(_ kind: Kind, value: UInt32 = 1, session: Session = Session(), _ view: PacketView, time: Int64) {
        self.kind = kind
        self.value = value
        self.session = session
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
