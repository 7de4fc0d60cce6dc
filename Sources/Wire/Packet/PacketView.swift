/// The headers of one packet as integers: what the flow engine needs, of the innermost IP packet.
///
/// One value is used for all packets, so that nothing is allocated; which fields count is said by the verdict of
/// `decode`. All lengths are those of the packet on the wire, not of what the capture kept of it.
public struct PacketView: Sendable, BitwiseCopyable {
    // The innermost IP packet. IPv4 addresses stand in the lower half as `::ffff:a.b.c.d`.
    public internal(set) var sourceHigh: UInt64 = 0
    public internal(set) var sourceLow: UInt64 = 0
    public internal(set) var destinationHigh: UInt64 = 0
    public internal(set) var destinationLow: UInt64 = 0
    public internal(set) var isIPv6 = false
    public internal(set) var protocolNumber: UInt8 = 0
    public internal(set) var hopLimit: UInt8 = 0
    /// Of IPv4; 0 for IPv6 without fragment header.
    public internal(set) var identification: UInt32 = 0
    /// The first of several fragments: what follows it is not seen.
    public internal(set) var isFirstFragment = false
    /// What keeps equal addresses apart, folded: VLAN, PPPoE session, virtual network, the outer addresses of tunnels. 0
    /// without any. The directions of a flow may differ in it.
    public internal(set) var scope: UInt32 = 0

    // TCP, UDP; of ICMP echo the identifier stands in both ports.
    public internal(set) var sourcePort: UInt16 = 0
    public internal(set) var destinationPort: UInt16 = 0
    /// Bytes behind the transport header.
    public internal(set) var payloadLength: UInt32 = 0
    /// Where the payload starts in the captured bytes; it may lie behind their end.
    public internal(set) var payloadOffset = 0

    // TCP (RFC 9293, RFC 7323, RFC 2018).
    public internal(set) var sequence: UInt32 = 0
    public internal(set) var acknowledgement: UInt32 = 0
    public internal(set) var flags = TCPFlags()
    public internal(set) var window: UInt16 = 0
    public internal(set) var hasTimestamps = false
    public internal(set) var timestampValue: UInt32 = 0
    public internal(set) var timestampEcho: UInt32 = 0
    /// Of a SYN; nil where it has none.
    public internal(set) var windowScale: UInt8?
    /// Number of SACK blocks and the edges of the first.
    public internal(set) var sackBlocks: UInt8 = 0
    public internal(set) var sackLeft: UInt32 = 0
    public internal(set) var sackRight: UInt32 = 0

    // ICMP (RFC 792, RFC 4443). `sequence` is that of an echo.
    public internal(set) var icmpType: UInt8 = 0
    public internal(set) var icmpCode: UInt8 = 0

    // ESP (RFC 4303). `sequence` is its sequence number.
    public internal(set) var securityParameters: UInt32 = 0

    /// Of a malformed packet.
    public internal(set) var fault = PacketFault.shortLink

    public init() {}

    /// The source as an address.
    public var source: IPAddress { Self.address(sourceHigh, sourceLow, isIPv6) }

    /// The destination as an address.
    public var destination: IPAddress { Self.address(destinationHigh, destinationLow, isIPv6) }

    /// The address that two halves of a view stand for.
    public static func address(_ high: UInt64, _ low: UInt64, _ isIPv6: Bool) -> IPAddress {
        isIPv6
            ? .v6(IPv6Address(high: high, low: low)) : .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: low)))
    }
}

extension PacketView {
    mutating func malformed(_ fault: PacketFault) -> PacketVerdict {
        self.fault = fault
        return .malformed
    }

    /// A header that is not whole: cut short when the wire had it, malformed when the packet itself ends there.
    mutating func incomplete(_ fault: PacketFault, needed: Int, end: Int) -> PacketVerdict {
        needed <= end ? .cutShort : malformed(fault)
    }

    /// Adds to `scope` what separates two packets of equal addresses.
    mutating func separate(by value: UInt64) {
        let mixed = UInt64(scope) << 32 ^ value ^ 0x9E37_79B9_7F4A_7C15
        let product = mixed.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        let folded = product.high ^ product.low
        scope = UInt32(truncatingIfNeeded: folded ^ folded >> 32)
    }
}
