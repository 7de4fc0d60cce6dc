public import Wire

/// A TCP connection of ours, as its packets show it.
public struct ProbeConnection: Hashable, Sendable {
    public var localPort: UInt16
    public var remote: IPAddress
    public var remotePort: UInt16

    public init(localPort: UInt16, remote: IPAddress, remotePort: UInt16) {
        self.localPort = localPort
        self.remote = remote
        self.remotePort = remotePort
    }
}

/// When the packets of one connection of ours crossed the wire, in nanoseconds since the epoch; nil for what was not seen.
public struct WireStamps: Hashable, Sendable {
    /// The first SYN.
    public var sent: Int64?
    /// How many SYNs left.
    public var synchronizations = 0
    /// SYN-ACK, or the reset that refuses.
    public var answered: Int64?
    public var isRefused = false
    /// The first segment with data that we sent, and the first acknowledgement that covers it.
    public var asked: Int64?
    public var acknowledged: Int64?
    /// The first data that came.
    public var firstByte: Int64?
    /// Segments with data that we sent again.
    public var repetitions = 0

    public init() {}

    /// From the SYN to its answer; nil where a repeated SYN leaves open which one was answered.
    public var handshake: Duration? {
        guard synchronizations == 1, let sent, let answered, answered >= sent else { return nil }
        return .nanoseconds(answered - sent)
    }

    /// From the first data sent to the first data that came.
    public var response: Duration? {
        guard let asked, let firstByte, firstByte >= asked else { return nil }
        return .nanoseconds(firstByte - asked)
    }

    /// SYNs and segments that were sent again.
    public var retransmissions: Int { max(0, synchronizations - 1) + repetitions }
}

/// Who watches the wire for the connections of probes.
public protocol ConnectionWitness: Sendable {
    /// Some wire is watched; else no connection need be told of, and none be bound to a port before it is made.
    var isWatching: Bool { get }
    /// To be called before the SYN leaves.
    /// - Returns: a ticket for what was seen; it goes into the outcome's detail.
    func expect(_ connection: ProbeConnection) -> UInt64
}
