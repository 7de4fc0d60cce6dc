internal import CLinux
internal import Glibc
public import Wire

/// The control messages of one received message, read.
public struct ReceivedControl: Hashable, Sendable {
    /// Kernel stamp, wall clock in nanoseconds; 0 for none.
    public var softwareStamp: Int64 = 0
    /// Stamp of the network card in nanoseconds of its own clock; 0 for none.
    public var hardwareStamp: Int64 = 0
    /// Index of the interface the packet came in by; 0 when not said.
    public var interface: Int32 = 0
    /// Whom the packet was sent to, a broadcast or group address too; nil when not said.
    public var destination: IPAddress?
    /// Time to live or hop limit; nil when not said.
    public var hopLimit: UInt8?
    /// From the error queue.
    public var error: ExtendedError?

    public init() {}

    /// Reads a control buffer; what is unknown or does not fit is passed over.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        var offset = 0
        // struct cmsghdr: length (8), level (4), type (4); each record aligned to 8.
        while offset + 16 <= bytes.count {
            let length = unsafe Int(bytes.load(fromByteOffset: offset, as: UInt.self))
            guard length >= 16, offset + length <= bytes.count else { return }
            let level = unsafe bytes.load(fromByteOffset: offset + 8, as: Int32.self)
            let type = unsafe bytes.load(fromByteOffset: offset + 12, as: Int32.self)
            let data = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset + 16..<offset + length])
            unsafe read(level: level, type: type, data)
            offset += (length + 7) & ~7
        }
    }

    @inline(__always)
    private mutating func read(level: Int32, type: Int32, _ data: UnsafeRawBufferPointer) {
        switch (level, type) {
        case (SOL_SOCKET, SO_TIMESTAMPING) where data.count >= 48:
            unsafe softwareStamp = data.load(as: timespec.self).nanoseconds
            unsafe hardwareStamp = data.load(fromByteOffset: 32, as: timespec.self).nanoseconds
        case (Int32(IPPROTO_IP), IP_PKTINFO) where data.count >= 12:
            interface = unsafe data.load(as: Int32.self)
            let address = unsafe UInt32(bigEndian: data.load(fromByteOffset: 8, as: UInt32.self))
            destination = .v4(IPv4Address(rawValue: address))
        case (Int32(IPPROTO_IPV6), IPV6_PKTINFO) where data.count >= 20:
            let high = unsafe UInt64(bigEndian: data.load(as: UInt64.self))
            let low = unsafe UInt64(bigEndian: data.load(fromByteOffset: 8, as: UInt64.self))
            destination = .v6(IPv6Address(high: high, low: low))
            interface = unsafe data.load(fromByteOffset: 16, as: Int32.self)
        case (Int32(IPPROTO_IP), IP_TTL) where data.count >= 4,
            (Int32(IPPROTO_IPV6), IPV6_HOPLIMIT) where data.count >= 4:
            hopLimit = unsafe UInt8(truncatingIfNeeded: data.load(as: Int32.self))
        case (Int32(IPPROTO_IP), IP_RECVERR) where data.count >= 16,
            (Int32(IPPROTO_IPV6), IPV6_RECVERR) where data.count >= 16:
            error = unsafe ExtendedError(data)
        default:
            break
        }
    }
}

extension ExtendedError {
    /// Reads `struct sock_extended_err` and the offender's address behind it; at least 16 bytes.
    @inline(__always)
    init(_ data: UnsafeRawBufferPointer) {
        unsafe code = data.load(as: UInt32.self)
        unsafe origin = Origin(data[4])
        unsafe icmpType = data[5]
        unsafe icmpCode = data[6]
        unsafe information = data.load(fromByteOffset: 8, as: UInt32.self)
        unsafe self.data = data.load(fromByteOffset: 12, as: UInt32.self)
        offender = nil
        guard origin == .icmp || origin == .icmpv6, data.count >= 32, let base = data.baseAddress else { return }
        offender = unsafe SocketAddress(from: base + 16, length: UInt32(data.count - 16))
    }
}
