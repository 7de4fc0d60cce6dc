public import Wire

/// The MSS that a target announced, against what its link and the path would give.
public struct SegmentSize: Hashable, Sendable {
    public var announced: Int
    /// The largest that fits the path to the target; nil while its MTU is not known.
    public var fitting: Int?
    /// Smaller than Ethernet gives (1460, of IPv6 1440): set down on the way, as VPN gateways do, or at the far end.
    public var isClamped: Bool

    public init(announced: Int, family: IPFamily, mtu: PathMTU?) {
        self.announced = announced
        // What the target announced bounds what is sent to it; that its own large answers vanish is no matter of that.
        fitting = mtu?.direction == .back ? nil : mtu?.segmentSize(family)
        isClamped = announced < (family == .v4 ? 1460 : 1440)
    }

    /// Segments of this size are larger than the path carries.
    public var isTooLarge: Bool { fitting.map { announced > $0 } ?? false }
}

extension TraceReport {
    /// Nil unless the target answered a SYN.
    public var segmentSize: SegmentSize? {
        maximumSegmentSize.map { SegmentSize(announced: Int($0), family: address.family, mtu: mtu) }
    }
}
