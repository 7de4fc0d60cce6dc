internal import CLinux
internal import Glibc

/// Room for many messages, received by one system call and reused: nothing is allocated per message.
@safe
public final class ReceiveBatch {
    public let capacity: Int
    private let payloadSize: Int
    private let controlSize: Int
    private let messages: UnsafeMutablePointer<netprobe_message>
    private let vectors: UnsafeMutablePointer<iovec>
    /// Payloads, then control buffers, then names; each part aligned to 16.
    private let memory: UnsafeMutableRawPointer
    private let controlStart: Int
    private let nameStart: Int
    private static let nameSize = 32
    /// How many messages of the last `receive` are valid.
    public private(set) var count = 0

    /// - Parameters:
    ///   - capacity: messages at most in one call.
    ///   - payloadSize: bytes kept of each; the rest is cut off.
    ///   - controlSize: bytes for the control messages of each.
    public init(capacity: Int = 64, payloadSize: Int = 256, controlSize: Int = 256) {
        self.capacity = capacity
        self.payloadSize = (payloadSize + 15) & ~15
        self.controlSize = (controlSize + 15) & ~15
        controlStart = capacity * self.payloadSize
        nameStart = controlStart + capacity * self.controlSize
        unsafe memory = .allocate(byteCount: nameStart + capacity * Self.nameSize, alignment: 16)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: nameStart + capacity * Self.nameSize)
        unsafe messages = .allocate(capacity: capacity)
        unsafe messages.initialize(repeating: netprobe_message(), count: capacity)
        unsafe vectors = .allocate(capacity: capacity)
        unsafe vectors.initialize(repeating: iovec(), count: capacity)
        for index in 0..<capacity { prepare(index) }
    }

    deinit {
        unsafe messages.deallocate()
        unsafe vectors.deallocate()
        unsafe memory.deallocate()
    }

    private func prepare(_ index: Int) {
        unsafe vectors[index] = iovec(iov_base: memory + index * payloadSize, iov_len: payloadSize)
        var header = unsafe msghdr()
        unsafe header.msg_name = memory + nameStart + index * Self.nameSize
        unsafe header.msg_namelen = 28
        unsafe header.msg_iov = vectors + index
        unsafe header.msg_iovlen = 1
        unsafe header.msg_control = memory + controlStart + index * controlSize
        unsafe header.msg_controllen = controlSize
        unsafe messages[index] = netprobe_message(header: header, length: 0)
    }

    /// Takes what is waiting, up to the capacity.
    /// - Parameter errors: from the error queue instead of the receive queue.
    /// - Returns: the number of messages; 0 when nothing is waiting.
    public func receive(from socket: borrowing Socket, errors: Bool = false) throws(SystemError) -> Int {
        for index in 0..<count {
            unsafe messages[index].header.msg_namelen = 28
            unsafe messages[index].header.msg_controllen = controlSize
        }
        count = 0
        let flags = Int32(MSG_DONTWAIT) | (errors ? Int32(MSG_ERRQUEUE) : 0)
        let number = socket.number
        let received = try SystemCall.orBlock("recvmmsg") {
            unsafe netprobe_recvmmsg(number, messages, UInt32(capacity), flags)
        }
        count = Int(received ?? 0)
        return count
    }

    /// The bytes of a message; valid until the next `receive`.
    @inline(__always)
    public func payload(_ index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < count)
        let length = unsafe min(Int(messages[index].length), payloadSize)
        return unsafe UnsafeRawBufferPointer(start: memory + index * payloadSize, count: length)
    }

    /// Who sent a message; nil when the kernel did not say.
    @inline(__always)
    public func source(_ index: Int) -> SocketAddress? {
        precondition(index >= 0 && index < count)
        let name = unsafe memory + nameStart + index * Self.nameSize
        return unsafe SocketAddress(from: name, length: messages[index].header.msg_namelen)
    }

    /// The control messages of a message.
    @inline(__always)
    public func control(_ index: Int) -> ReceivedControl {
        precondition(index >= 0 && index < count)
        let length = unsafe min(Int(messages[index].header.msg_controllen), controlSize)
        let start = unsafe memory + controlStart + index * controlSize
        return unsafe ReceivedControl(UnsafeRawBufferPointer(start: start, count: length))
    }
}
