public import Wire

/// One round trip, with the packet that completes it.
public struct Sample: Sendable {
    /// Number of that packet, from 1 on.
    public var frame: UInt64
    /// Its time in nanoseconds since the epoch.
    public var time: Int64
    /// Nanoseconds; never halved.
    public var roundTrip: Int64
    public var method: SampleMethod
    public var isIPv6: Bool
    public var sourcePort: UInt16
    public var destinationPort: UInt16
    var sourceHigh: UInt64
    var sourceLow: UInt64
    var destinationHigh: UInt64
    var destinationLow: UInt64

    public var source: IPAddress { PacketView.address(sourceHigh, sourceLow, isIPv6) }
    public var destination: IPAddress { PacketView.address(destinationHigh, destinationLow, isIPv6) }
}

/// The samples since the last `removeAll`, in memory that is allocated once.
struct SampleBuffer {
    /// More than one packet can complete, on top of what a caller lets stand.
    static let capacity = 4096
    private(set) var samples: [Sample] = []
    let isCollecting: Bool

    init(isCollecting: Bool) {
        self.isCollecting = isCollecting
        if isCollecting { samples.reserveCapacity(Self.capacity) }
    }

    mutating func append(_ sample: Sample) { samples.append(sample) }
    mutating func removeAll() { samples.removeAll(keepingCapacity: true) }
}
