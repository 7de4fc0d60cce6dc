internal import CLinux
internal import Glibc

/// A NETLINK_ROUTE socket. It belongs to the network namespace of the thread that makes it.
struct NetlinkSocket: ~Copyable {
    private let owned: OwnedDescriptor
    private var sequence: UInt32 = 0
    private var buffer = [UInt8](repeating: 0, count: Self.bufferSize)

    /// The kernel never makes a message of a dump larger than 32 KiB (NLMSG_GOODSIZE and its growth).
    private static let bufferSize = 65536
    private static let attempts = 3

    /// - Parameters:
    ///   - groups: `NetlinkGroup` bits to be told of changes; 0 for questions only.
    ///   - timeout: how long one receive may block; nil for a socket that never blocks.
    init(groups: UInt32 = 0, timeout: Duration?) throws(NetlinkError) {
        owned = try Self.open(groups: groups, blocks: timeout != nil)
        if let timeout { setTimeout(timeout) }
    }

    private static func open(groups: UInt32, blocks: Bool) throws(NetlinkError) -> OwnedDescriptor {
        let type = Int32(SOCK_RAW.rawValue) | O_CLOEXEC | (blocks ? 0 : O_NONBLOCK)
        let opened = socket(AF_NETLINK, type, NETLINK_ROUTE)
        guard opened >= 0 else { throw .system(call: "socket", code: errno) }
        let owned = OwnedDescriptor(owning: opened)
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        address.nl_groups = groups
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(opened, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
            }
        }
        guard bound == 0 else { throw .system(call: "bind", code: errno) }
        return owned
    }

    /// For an epoll set.
    var descriptor: Int32 { owned.number }

    /// Room for bursts; the kernel grants less than asked where a limit says so, and then an overflow tells.
    func setReceiveBuffer(bytes: Int32) {
        var size = bytes
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    private func setTimeout(_ timeout: Duration) {
        let (seconds, attoseconds) = timeout.components
        var value = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &value, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Sends a request and returns what answers it: one message, or all of a dump.
    ///
    /// An overflow, or a dump that changed while it was read, is asked again.
    /// - Throws: `NetlinkError.refused` with the kernel's errno, `.timedOut` when it is silent.
    mutating func ask(_ request: NetlinkRequest) throws(NetlinkError) -> [NetlinkMessage] {
        for _ in 1..<Self.attempts {
            if let answer = try attempt(request) { return answer }
        }
        guard let answer = try attempt(request) else { throw .timedOut }
        return answer
    }

    /// One try; nil when it must be repeated.
    private mutating func attempt(_ request: NetlinkRequest) throws(NetlinkError) -> [NetlinkMessage]? {
        sequence &+= 1
        try send(request.numbered(sequence))
        var answer: [NetlinkMessage] = []
        var isInterrupted = false
        while true {
            let envelopes: [NetlinkEnvelope]
            switch try receive() {
            case .messages(let received): envelopes = received
            case .overflow: return nil
            case .empty: throw .timedOut
            }
            for envelope in envelopes where envelope.sequence == sequence {
                isInterrupted = isInterrupted || envelope.isInterrupted
                switch envelope.message {
                case .error(let code) where code != 0: throw .refused(code: code)
                case .done, .error: return isInterrupted ? nil : answer
                default: answer.append(envelope.message)
                }
                if !request.isDump { return answer }
            }
        }
    }

    private func send(_ bytes: [UInt8]) throws(NetlinkError) {
        while true {
            let sent = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, 0) }
            if sent == bytes.count { return }
            let code = errno
            guard sent < 0, code == EINTR || code == ENOBUFS else { throw .system(call: "send", code: code) }
        }
    }

    enum Received {
        case messages([NetlinkEnvelope])
        /// The kernel had more to say than the buffer holds: something was lost.
        case overflow
        /// Nothing in time, or nothing now.
        case empty
    }

    /// One datagram of the kernel; those of other senders are left out.
    mutating func receive() throws(NetlinkError) -> Received {
        while true {
            var sender = sockaddr_nl()
            var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
            let descriptor = descriptor
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe withUnsafeMutablePointer(to: &sender) { pointer in
                    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        unsafe recvfrom(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_TRUNC), $0, &length)
                    }
                }
            }
            if count < 0 {
                switch errno {
                case EINTR: continue
                case EAGAIN: return .empty
                case ENOBUFS: return .overflow
                case let code: throw .system(call: "recvfrom", code: code)
                }
            }
            guard sender.nl_pid == 0 else { continue }
            guard count <= buffer.count else { return .overflow }
            return .messages(try NetlinkEnvelope.decode(unsafe buffer.span.bytes.extracting(0..<count)))
        }
    }
}
