internal import CLinux
internal import Glibc
public import Wire

/// Control messages to send with a packet, made once and copied.
public struct SendControl: Hashable, Sendable {
    /// As the kernel reads them.
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public var isEmpty: Bool { bytes.isEmpty }

    /// The packet leaves by this interface (0: by route) and from this address (nil: the kernel's choice).
    public mutating func addInterface(_ index: Int32, source: IPAddress? = nil, family: AddressFamily) {
        switch family {
        case .v4:
            var address: UInt32 = 0
            if case .v4(let value)? = source { address = value.rawValue.bigEndian }
            // struct in_pktinfo: index, source to use, destination (of what is received only).
            append(Int32(IPPROTO_IP), IP_PKTINFO, Self.native(index) + Self.native(address) + Self.native(UInt32(0)))
        case .v6:
            var high: UInt64 = 0
            var low: UInt64 = 0
            if case .v6(let value)? = source { (high, low) = (value.high.bigEndian, value.low.bigEndian) }
            let data = Self.native(high) + Self.native(low) + Self.native(index)
            append(Int32(IPPROTO_IPV6), IPV6_PKTINFO, data)
        }
    }

    /// Time to live of this packet.
    public mutating func addHopLimit(_ limit: UInt8, family: AddressFamily) {
        switch family {
        case .v4: append(Int32(IPPROTO_IP), IP_TTL, Self.native(Int32(limit)))
        case .v6: append(Int32(IPPROTO_IPV6), IPV6_HOPLIMIT, Self.native(Int32(limit)))
        }
    }

    private mutating func append(_ level: Int32, _ type: Int32, _ data: [UInt8]) {
        bytes += Self.native(UInt(16 + data.count)) + Self.native(level) + Self.native(type) + data
        while bytes.count % 8 != 0 { bytes.append(0) }
    }

    private static func native<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<MemoryLayout<Value>.size).map { UInt8(truncatingIfNeeded: value.littleEndian >> Value($0 * 8)) }
    }
}
