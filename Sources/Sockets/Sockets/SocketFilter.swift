internal import CLinux
internal import Glibc
internal import Wire

/// A classic BPF program: packets for which it answers 0 never reach the socket.
public struct SocketFilter: Hashable, Sendable {
    /// One instruction as in `struct sock_filter`.
    public struct Instruction: Hashable, Sendable {
        public var code: UInt16
        public var ifTrue: UInt8
        public var ifFalse: UInt8
        public var value: UInt32

        public init(_ code: UInt16, _ value: UInt32, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0) {
            self.code = code
            self.value = value
            self.ifTrue = ifTrue
            self.ifFalse = ifFalse
        }
    }

    public var instructions: [Instruction]

    public init(_ instructions: [Instruction]) {
        self.instructions = instructions
    }
}

extension Socket {
    /// Attaches the filter; packets that are queued already stay.
    public func attach(_ filter: SocketFilter) throws(SystemError) {
        var program = filter.instructions.map {
            sock_filter(code: $0.code, jt: $0.ifTrue, jf: $0.ifFalse, k: $0.value)
        }
        try unsafe program.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
            var header = unsafe sock_fprog(len: UInt16(buffer.count), filter: buffer.baseAddress)
            let length = unsafe socklen_t(MemoryLayout<sock_fprog>.size)
            try SystemCall.checked("setsockopt SO_ATTACH_FILTER") {
                unsafe setsockopt(number, SOL_SOCKET, SO_ATTACH_FILTER, &header, length)
            }
        }
    }
}

extension Socket {
    /// Lets only these ICMP types pass, before any copy is made (ICMP_FILTER, ICMP6_FILTER); raw sockets only.
    public func passICMP(types: [UInt8]) throws(SystemError) {
        var blocked: [8 of UInt32] = .init(repeating: .max)
        for type in types { blocked[Int(type) / 32] &= ~(1 << UInt32(type % 32)) }
        // SOL_RAW and ICMP_FILTER (32 types), or IPPROTO_ICMPV6 and ICMPV6_FILTER (256 types).
        let (level, length): (Int32, socklen_t) = family == .v4 ? (255, 4) : (58, 32)
        try unsafe withUnsafeBytes(of: &blocked) { bytes throws(SystemError) in
            _ = try SystemCall.checked("setsockopt ICMP_FILTER") {
                unsafe setsockopt(number, level, 1, bytes.baseAddress, length)
            }
        }
    }
}
