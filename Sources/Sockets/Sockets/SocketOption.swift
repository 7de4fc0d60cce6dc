internal import CLinux
internal import Glibc
public import Wire

/// An option that is a 32-bit number, with its level.
public struct SocketOption: Hashable, Sendable {
    let level: Int32
    let name: Int32
    let text: String

    init(_ level: Int32, _ name: Int32, _ text: String) {
        self.level = level
        self.name = name
        self.text = text
    }

    public static let reuseAddress = SocketOption(SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR")
    /// Routing mark (needs CAP_NET_ADMIN, from Linux 5.17 CAP_NET_RAW).
    public static let mark = SocketOption(SOL_SOCKET, SO_MARK, "SO_MARK")
    public static let receiveBuffer = SocketOption(SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF")
    /// Over the administrator's limit (needs CAP_NET_ADMIN).
    public static let receiveBufferForced = SocketOption(SOL_SOCKET, SO_RCVBUFFORCE, "SO_RCVBUFFORCE")
    public static let sendBuffer = SocketOption(SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF")
    public static let timestamping = SocketOption(SOL_SOCKET, SO_TIMESTAMPING, "SO_TIMESTAMPING")
    public static let noDelay = SocketOption(Int32(IPPROTO_TCP), TCP_NODELAY, "TCP_NODELAY")
    /// What the connection's next segment has as its timestamp, to the last bit, which newer kernels use otherwise (RFC 7323).
    public static let tcpTimestamp = SocketOption(Int32(IPPROTO_TCP), 24, "TCP_TIMESTAMP")
    /// Binds by index; 0 takes the binding back.
    public static let boundInterface = SocketOption(SOL_SOCKET, 62, "SO_BINDTOIFINDEX")

    /// Packets carry an IP header of the caller's; the kernel routes them by the address they are sent to. Of an IPv6 header
    /// and its message it completes nothing.
    public static func includesHeader(_ family: AddressFamily) -> SocketOption {
        family == .v4
            ? SocketOption(Int32(IPPROTO_IP), IP_HDRINCL, "IP_HDRINCL")
            : SocketOption(Int32(IPPROTO_IPV6), IPV6_HDRINCL, "IPV6_HDRINCL")
    }

    /// Time to live of what is sent.
    public static func hopLimit(_ family: AddressFamily) -> SocketOption {
        family == .v4
            ? SocketOption(Int32(IPPROTO_IP), IP_TTL, "IP_TTL")
            : SocketOption(Int32(IPPROTO_IPV6), IPV6_UNICAST_HOPS, "IPV6_UNICAST_HOPS")
    }

    /// DSCP and ECN of what is sent (the DSCP times four).
    public static func trafficClass(_ family: AddressFamily) -> SocketOption {
        family == .v4
            ? SocketOption(Int32(IPPROTO_IP), IP_TOS, "IP_TOS")
            : SocketOption(Int32(IPPROTO_IPV6), IPV6_TCLASS, "IPV6_TCLASS")
    }

    /// ICMP errors go to the error queue, with their type, code and sender.
    public static func receiveErrors(_ family: AddressFamily) -> SocketOption {
        family == .v4
            ? SocketOption(Int32(IPPROTO_IP), IP_RECVERR, "IP_RECVERR")
            : SocketOption(Int32(IPPROTO_IPV6), IPV6_RECVERR, "IPV6_RECVERR")
    }

    /// Each message names the interface it came in by.
    public static func receiveInterface(_ family: AddressFamily) -> SocketOption {
        family == .v4
            ? SocketOption(Int32(IPPROTO_IP), IP_PKTINFO, "IP_PKTINFO")
            : SocketOption(Int32(IPPROTO_IPV6), IPV6_RECVPKTINFO, "IPV6_RECVPKTINFO")
    }

    /// Each message names its time to live.
    public static func receiveHopLimit(_ family: AddressFamily) -> SocketOption {
        family == .v4
            ? SocketOption(Int32(IPPROTO_IP), IP_RECVTTL, "IP_RECVTTL")
            : SocketOption(Int32(IPPROTO_IPV6), IPV6_RECVHOPLIMIT, "IPV6_RECVHOPLIMIT")
    }

    /// Whether the packets may be fragmented: 2 sets DF and honours the path MTU, 3 sets DF and ignores it.
    public static func mtuDiscovery(_ family: AddressFamily) -> SocketOption {
        family == .v4
            ? SocketOption(Int32(IPPROTO_IP), IP_MTU_DISCOVER, "IP_MTU_DISCOVER")
            : SocketOption(Int32(IPPROTO_IPV6), IPV6_MTU_DISCOVER, "IPV6_MTU_DISCOVER")
    }

    /// An IPv6 wildcard takes no IPv4.
    public static let v6Only = SocketOption(Int32(IPPROTO_IPV6), IPV6_V6ONLY, "IPV6_V6ONLY")

    /// A bound address takes its port at `connect` only.
    public static let bindAddressNoPort = SocketOption(Int32(IPPROTO_IP), 24, "IP_BIND_ADDRESS_NO_PORT")
}

extension Socket {
    public func set(_ option: SocketOption, _ value: Int32) throws(SystemError) {
        var value = value
        try SystemCall.checked("setsockopt \(option.text)") {
            unsafe setsockopt(number, option.level, option.name, &value, 4)
        }
    }

    public func get(_ option: SocketOption) throws(SystemError) -> Int32 {
        var value: Int32 = 0
        var length: socklen_t = 4
        try SystemCall.checked("getsockopt \(option.text)") {
            unsafe getsockopt(number, option.level, option.name, &value, &length)
        }
        return value
    }

    /// Takes the pending error of the socket; 0 for none.
    public func takeError() -> Int32 {
        var value: Int32 = 0
        var length: socklen_t = 4
        let answer = unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &value, &length)
        return answer == 0 ? value : errno
    }

    /// Closing sends RST and leaves nothing behind (SO_LINGER with time 0).
    public func setAbortOnClose() throws(SystemError) {
        var value = linger(l_onoff: 1, l_linger: 0)
        try SystemCall.checked("setsockopt SO_LINGER") {
            unsafe setsockopt(number, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
        }
    }

    /// A receive buffer as large as permitted: by privilege over the limit, else up to `net.core.rmem_max`.
    public func enlargeReceiveBuffer(to bytes: Int32) {
        do {
            try set(.receiveBufferForced, bytes)
        } catch {
            try? set(.receiveBuffer, bytes)
        }
    }

    /// Packets that the kernel dropped because the receive buffer was full, since the socket was made; modulo 2³².
    public func receiveDrops() -> UInt32 {
        // SK_MEMINFO_DROPS is the ninth counter.
        var counters: [9 of UInt32] = .init(repeating: 0)
        var length = socklen_t(MemoryLayout<[9 of UInt32]>.size)
        let answer = unsafe withUnsafeMutableBytes(of: &counters) { bytes in
            unsafe getsockopt(number, SOL_SOCKET, 55 /* SO_MEMINFO */, bytes.baseAddress, &length)
        }
        return answer == 0 && length == 36 ? counters[8] : 0
    }
}
