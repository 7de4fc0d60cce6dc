internal import Wire

/// What makes packets one flow, the same for both directions: the two ends in a fixed order, and the protocol. What keeps
/// equal addresses apart belongs to a direction and stands in the record.
struct FlowKey: Equatable, BitwiseCopyable {
    /// Of IPv6 the halves of both addresses. Of IPv4 each end is one number, its address above its port, and the first bears
    /// `kind` on top: packets of IPv4 are compared, hashed and put in order by two numbers.
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0
    private var fourth: UInt64 = 0
    /// Of IPv6 both ports; of ESP the security parameters index, which belongs to one direction.
    private var numbers: UInt64 = 0
    private var kind: UInt32 = 0

    var firstHigh: UInt64 { isIPv6 ? first : 0 }
    var firstLow: UInt64 { isIPv6 ? second : Self.address(first) }
    var secondHigh: UInt64 { isIPv6 ? third : 0 }
    var secondLow: UInt64 { isIPv6 ? fourth : Self.address(second) }
    var firstPort: UInt16 { UInt16(truncatingIfNeeded: isIPv6 ? numbers >> 48 : first) }
    var secondPort: UInt16 { UInt16(truncatingIfNeeded: isIPv6 ? numbers >> 32 : second) }
    var parameters: UInt32 { UInt32(truncatingIfNeeded: numbers) }
    var protocolNumber: UInt8 { UInt8(truncatingIfNeeded: kind) }
    var isIPv6: Bool { kind & Self.version6 != 0 }

    private static let version6: UInt32 = 1 << 8

    /// The address of an end of IPv4 as a view has it.
    private static func address(_ end: UInt64) -> UInt64 { 0xFFFF_0000_0000 | end >> 16 & 0xFFFF_FFFF }

    init() {}

    /// Of IPv6, without ports and protocol.
    init(first: (high: UInt64, low: UInt64), second: (high: UInt64, low: UInt64)) {
        (self.first, self.second, third, fourth) = (first.high, first.low, second.high, second.low)
        kind = Self.version6
    }

    /// - Parameter isReversed: set when the packet goes from the second end to the first.
    @inline(__always)
    init(_ view: PacketView, _ verdict: PacketVerdict, isReversed: inout Bool) {
        var (sourcePort, destinationPort) = (UInt64(view.sourcePort), UInt64(view.destinationPort))
        var number = UInt32(view.protocolNumber)
        if verdict != .tcp {
            if verdict == .esp {
                // Also in UDP.
                number = 50
                numbers = UInt64(view.securityParameters)
            } else if verdict == .icmp || verdict == .icmpv6, !view.isEcho {
                // All that is no echo is one flow of two addresses.
                (sourcePort, destinationPort) = (0, 0)
            } else if verdict == .udp, view.isForwardingDetection {
                // Each side of a BFD session sends from a port of its own (RFC 5881 §4).
                sourcePort = destinationPort
            }
        }
        // Which way the next packet of a capture goes is chance: a branch would be guessed wrong every other time.
        if view.isIPv6 {
            kind = number | Self.version6
            let (sourceHigh, sourceLow) = (view.sourceHigh, view.sourceLow)
            let (destinationHigh, destinationLow) = (view.destinationHigh, view.destinationLow)
            isReversed =
                sourceHigh != destinationHigh
                ? sourceHigh > destinationHigh
                : sourceLow != destinationLow ? sourceLow > destinationLow : sourcePort > destinationPort
            let exchange: UInt64 = isReversed ? .max : 0
            let (high, low) = ((sourceHigh ^ destinationHigh) & exchange, (sourceLow ^ destinationLow) & exchange)
            let port = (sourcePort ^ destinationPort) & exchange
            (first, second) = (sourceHigh ^ high, sourceLow ^ low)
            (third, fourth) = (destinationHigh ^ high, destinationLow ^ low)
            numbers |= (sourcePort ^ port) << 48 | (destinationPort ^ port) << 32
        } else {
            kind = number
            let (source, destination) = (view.sourceLow << 16 | sourcePort, view.destinationLow << 16 | destinationPort)
            isReversed = source > destination
            first = min(source, destination) ^ UInt64(number) << 48
            second = max(source, destination)
        }
    }

    /// Whether the first end sent a packet of TCP.
    @inline(__always)
    func isFirst(_ view: PacketView) -> Bool {
        firstLow == view.sourceLow && firstHigh == view.sourceHigh && firstPort == view.sourcePort
    }

    @inline(__always)
    static func == (left: Self, right: Self) -> Bool {
        // Without a branch for each field.
        let ends = (left.first ^ right.first) | (left.second ^ right.second)
        guard ends | (left.numbers ^ right.numbers) | UInt64(left.kind ^ right.kind) == 0 else { return false }
        return !left.isIPv6 || (left.third ^ right.third) | (left.fourth ^ right.fourth) == 0
    }

    /// Secrets of a process, one for each step of the hash: a product with a factor that is known can be made 0, and
    /// whatever the other factor holds would then collide.
    struct Seed: BitwiseCopyable {
        let first: UInt64
        let second: UInt64
        let third: UInt64
        let fourth: UInt64

        init(_ seed: UInt64) {
            // The steps of SplitMix64.
            func step(_ number: UInt64) -> UInt64 {
                var value = seed &+ number &* 0x9E37_79B9_7F4A_7C15
                value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
                value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
                return value ^ value >> 31
            }
            (first, second, third, fourth) = (step(1), step(2), step(3), step(4))
        }
    }

    /// - Parameter seed: of this process, so that nobody can choose addresses that collide.
    @inline(__always)
    func hash(scope: UInt32, seed: Seed) -> UInt32 {
        var hash = Self.mix(first ^ seed.first, second ^ seed.second)
        if isIPv6 { hash = Self.mix(hash ^ third, fourth ^ seed.fourth) ^ UInt64(kind) }
        // Most packets of IPv4 have none of both.
        if numbers != 0 || scope != 0 { hash = Self.mix(hash ^ numbers, seed.third ^ UInt64(scope)) }
        let folded = UInt32(truncatingIfNeeded: hash ^ hash >> 32)
        return folded == 0 ? 1 : folded
    }

    @inline(__always)
    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.low ^ product.high
    }
}

/// What finds the flow of a packet.
struct FlowSearch: BitwiseCopyable {
    var key = FlowKey()
    /// The hash of key and scope, never 0; 0: the packet has no flow.
    var tag: UInt32 = 0
    /// VLAN, tunnel and so on of the packet.
    var scope: UInt32 = 0
    /// It goes from the second end of the key to the first.
    var isReversed = false
}

extension PacketView {
    /// Of ICMP: a request or reply of an echo (RFC 792, RFC 4443).
    @inline(__always)
    var isEcho: Bool { isEchoRequest || isEchoReply }

    /// Of UDP: a control packet of BFD.
    @inline(__always)
    var isForwardingDetection: Bool { destinationPort == BFDPort.control || destinationPort == BFDPort.multihop }

    var isEchoRequest: Bool { icmpType == (isIPv6 ? 128 : 8) }
    var isEchoReply: Bool { icmpType == (isIPv6 ? 129 : 0) }
}

extension PacketVerdict {
    /// A packet of this verdict has addresses, and so a flow.
    @inline(__always)
    var hasFlow: Bool {
        switch self {
        case .tcp, .udp, .icmp, .icmpv6, .esp, .otherIP: true
        case .fragment, .arp, .notIP, .cutShort, .malformed, .unknownLink: false
        }
    }
}
