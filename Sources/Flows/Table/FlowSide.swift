/// What is known of the packets that one end of a flow sends.
struct FlowSide: BitwiseCopyable {
    struct Marks: OptionSet, BitwiseCopyable {
        let rawValue: UInt16
        /// `nextSequence` holds.
        static let sequence = Marks(rawValue: 1)
        /// `lastTimestamp` holds.
        static let timestamp = Marks(rawValue: 2)
        /// `lastAcknowledgement` holds.
        static let acknowledgement = Marks(rawValue: 4)
        /// The SYN or SYN-ACK was seen and not answered yet.
        static let synchronizing = Marks(rawValue: 8)
        /// The SYN was seen.
        static let synchronized = Marks(rawValue: 16)
        /// The SYN came with an ACK: this is the server.
        static let server = Marks(rawValue: 32)
        /// The SYN was seen more than once.
        static let synchronizedTwice = Marks(rawValue: 64)
        /// Two copies of the SYN bear one timestamp value, so no echo tells them apart.
        static let sharedTimestamp = Marks(rawValue: 128)
        /// The handshake that this side opened is over; of QUIC a turn was seen.
        static let timed = Marks(rawValue: 256)
        static let finished = Marks(rawValue: 512)
        static let reset = Marks(rawValue: 1024)
        /// The last packet was a keep-alive.
        static let keptAlive = Marks(rawValue: 2048)
        /// `SideDetails.repeated` holds.
        static let hasRepeated = Marks(rawValue: 4096)
        /// A segment was not stamped for want of room.
        static let skipped = Marks(rawValue: 8192)
        /// Its window was zero, and no packet of the other side has asked since whether it still is.
        static let closedWindow = Marks(rawValue: 16384)
    }

    // One cache line: what every packet touches.
    var nextSequence: UInt32 = 0
    var lastSequence: UInt32 = 0
    var lastAcknowledgement: UInt32 = 0
    var lastTimestamp: UInt32 = 0
    /// When `nextSequence` moved.
    var advanceTime: Int64 = 0
    var lastTime: Int64 = 0
    var window: UInt16 = 0
    var marks = Marks()
    var duplicateAcknowledgements: UInt16 = 0
    var identification: UInt16 = 0
    /// Of the last packet: payload, with the flags above it.
    var lastShape: UInt32 = 0
    var packets: UInt32 = 0
    var bytes: UInt64 = 0
    var payloadBytes: UInt64 = 0

    // What an acknowledgement touches.
    /// Segments that wait for an ACK; of other protocols requests that wait for their answer.
    var segments = StampRing()
    /// Of round trips to the other end: by the segments or requests of this side.
    var acknowledged = RoundTripStatistics()
    /// A block of `QuantilePool`; 0 without.
    var acknowledgedQuantiles: UInt32 = 0
    /// Of BFD the agreed interval in microseconds; 0 while it is not known.
    var initialSequence: UInt32 = 0
    /// Blocks of `SideParts`; 0 without.
    var timestampBlock: UInt32 = 0
    var detailBlock: UInt32 = 0
}

/// What one side says of a session that guards a path: BFD, BGP.
public struct ControlMessages: Sendable, Equatable, BitwiseCopyable {
    public internal(set) var messages: UInt32 = 0
    /// BFD: changes of the state; BGP: notifications.
    public internal(set) var alarms: UInt32 = 0
    /// BFD: the sender's state (RFC 5880 §4.1); BGP: the code of the last notification (RFC 4271 §6).
    public internal(set) var state: UInt8 = 0
    /// BFD: how often at most it wants to receive, in microseconds; 0 while that is not known.
    var receiving: UInt32 = 0
    /// The longest silence between two messages, in nanoseconds.
    public internal(set) var longestGap: Int64 = 0
    var lastTime: Int64 = 0

    public init() {}

    mutating func count(time: Int64) -> Int64 {
        let gap = messages == 0 ? 0 : time &- lastTime
        messages &+= 1
        lastTime = time
        longestGap = max(longestGap, gap)
        return gap
    }

    mutating func merge(_ other: Self) {
        messages &+= other.messages
        alarms &+= other.alarms
        state = max(state, other.state)
        longestGap = max(longestGap, other.longestGap)
    }
}

/// What happened to the segments of one side.
public struct FlowCounters: Sendable, Equatable, BitwiseCopyable {
    public internal(set) var retransmissions: UInt32 = 0
    /// Of the retransmissions: after at least two duplicate ACKs, within 20 ms.
    public internal(set) var fastRetransmissions: UInt32 = 0
    /// Of the retransmissions: the other side had acknowledged it all.
    public internal(set) var spuriousRetransmissions: UInt32 = 0
    public internal(set) var outOfOrder: UInt32 = 0
    public internal(set) var duplicateAcknowledgements: UInt32 = 0
    public internal(set) var zeroWindows: UInt32 = 0
    public internal(set) var keepAlives: UInt32 = 0
    /// Jumps of the sequence number: segments that the capture did not see.
    public internal(set) var missing: UInt32 = 0
    public internal(set) var resets: UInt32 = 0
    /// Copies of one packet, as a port mirror makes them.
    public internal(set) var mirrored: UInt32 = 0
    /// Of requests: sent again before they were answered.
    public internal(set) var repeated: UInt32 = 0
    /// Of ESP: sequence numbers that never came, and packets that came late.
    public internal(set) var lost: UInt32 = 0
    public internal(set) var late: UInt32 = 0

    public init() {}

    mutating func merge(_ other: Self) {
        retransmissions &+= other.retransmissions
        fastRetransmissions &+= other.fastRetransmissions
        spuriousRetransmissions &+= other.spuriousRetransmissions
        outOfOrder &+= other.outOfOrder
        duplicateAcknowledgements &+= other.duplicateAcknowledgements
        zeroWindows &+= other.zeroWindows
        keepAlives &+= other.keepAlives
        missing &+= other.missing
        resets &+= other.resets
        mirrored &+= other.mirrored
        repeated &+= other.repeated
        lost &+= other.lost
        late &+= other.late
    }
}
