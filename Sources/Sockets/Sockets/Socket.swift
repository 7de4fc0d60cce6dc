internal import CLinux
internal import Glibc
public import Wire

/// A non-blocking socket, closed when it goes. Every method may be called from the thread that owns it.
public final class Socket: Sendable {
    public enum Kind: Hashable, Sendable {
        /// UDP.
        case datagram
        /// TCP.
        case stream
        /// ICMP or ICMPv6 with the whole packet; needs CAP_NET_RAW.
        case rawICMP
        /// Every TCP segment that comes in, beside the kernel's own; needs CAP_NET_RAW.
        case rawTCP
        /// ICMP echo for ordinary users; the kernel owns the identifier (the port), `ping_group_range` permits it.
        case pingICMP
        /// A whole IP packet per message, header included; needs CAP_NET_RAW.
        case rawIP
    }

    public enum ConnectResult: Hashable, Sendable {
        case connected, inProgress
    }

    private let descriptor: OwnedDescriptor
    public let family: AddressFamily
    public let kind: Kind

    public init(_ family: AddressFamily, _ kind: Kind) throws(SystemError) {
        let (type, number) = Self.arguments(family, kind)
        let flags = type | O_CLOEXEC | O_NONBLOCK
        let opened = try SystemCall.checked("socket") { socket(family.number, flags, number) }
        descriptor = OwnedDescriptor(owning: opened)
        self.family = family
        self.kind = kind
    }

    /// The descriptor is somebody else's from now on, or closed already: it is not closed with the object.
    public func relinquish() { descriptor.relinquish() }

    private init(owning descriptor: OwnedDescriptor, _ family: AddressFamily, _ kind: Kind) {
        self.descriptor = descriptor
        self.family = family
        self.kind = kind
    }

    private static func arguments(_ family: AddressFamily, _ kind: Kind) -> (type: Int32, number: Int32) {
        let icmp = family == .v4 ? Int32(IPPROTO_ICMP) : Int32(IPPROTO_ICMPV6)
        return switch kind {
        case .datagram: (Int32(SOCK_DGRAM.rawValue), Int32(IPPROTO_UDP))
        case .stream: (Int32(SOCK_STREAM.rawValue), Int32(IPPROTO_TCP))
        case .rawICMP: (Int32(SOCK_RAW.rawValue), icmp)
        case .rawTCP: (Int32(SOCK_RAW.rawValue), Int32(IPPROTO_TCP))
        case .pingICMP: (Int32(SOCK_DGRAM.rawValue), icmp)
        case .rawIP: (Int32(SOCK_RAW.rawValue), Int32(IPPROTO_RAW))
        }
    }

    /// The descriptor's number, valid as long as the socket.
    public var number: Int32 { descriptor.number }

    public func bind(to address: SocketAddress) throws(SystemError) {
        _ = try unsafe withStructure(address) { pointer, length throws(SystemError) in
            try SystemCall.checked("bind \(address)") { unsafe Glibc.bind(number, pointer, length) }
        }
    }

    /// Starts a connection; TCP answers `.inProgress` until the descriptor is writable.
    public func connect(to address: SocketAddress) throws(SystemError) -> ConnectResult {
        let code = unsafe withStructure(address) { pointer, length in
            unsafe Glibc.connect(number, pointer, length) == 0 ? 0 : errno
        }
        switch code {
        case 0: return .connected
        case EINPROGRESS, EINTR: return .inProgress
        default: throw SystemError(code: code, operation: "connect \(address)")
        }
    }

    public func listen(backlog: Int32 = 128) throws(SystemError) {
        try SystemCall.checked("listen") { Glibc.listen(number, backlog) }
    }

    /// - Returns: nil when nobody is waiting.
    public func accept() throws(SystemError) -> Socket? {
        let accepted = try SystemCall.orBlock("accept4") { netprobe_accept4(number, O_CLOEXEC | O_NONBLOCK) }
        return accepted.map { Socket(owning: OwnedDescriptor(owning: $0), family, kind) }
    }

    /// The own address after `bind` or `connect`.
    public func localAddress() throws(SystemError) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let address: SocketAddress? = try unsafe withUnsafeMutableBytes(of: &storage) { bytes throws(SystemError) in
            guard let base = bytes.baseAddress else { return nil }
            try SystemCall.checked("getsockname") {
                unsafe getsockname(number, base.assumingMemoryBound(to: sockaddr.self), &length)
            }
            return unsafe SocketAddress(from: base, length: length)
        }
        guard let address else { throw SystemError(code: EAFNOSUPPORT, operation: "getsockname") }
        return address
    }

    /// Sends one datagram or stream bytes.
    /// - Returns: bytes taken, nil when the buffer is full.
    public func send(_ bytes: [UInt8], to address: SocketAddress? = nil) throws(SystemError) -> Int? {
        guard let address else {
            return try SystemCall.orBlock("send") { unsafe Glibc.send(number, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
        }
        return try unsafe withStructure(address) { pointer, length throws(SystemError) in
            try SystemCall.orBlock("sendto \(address)") {
                unsafe sendto(number, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, length)
            }
        }
    }

    private func withStructure<Answer, Failure: Error>(
        _ address: SocketAddress,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        var storage = sockaddr_storage()
        return try unsafe withUnsafeMutableBytes(of: &storage) { bytes throws(Failure) in
            guard let base = bytes.baseAddress else { preconditionFailure("a variable has storage") }
            let length = unsafe address.write(to: base)
            return unsafe try body(UnsafePointer(base.assumingMemoryBound(to: sockaddr.self)), length)
        }
    }
}
