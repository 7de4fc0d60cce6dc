internal import CLinux
internal import Glibc

/// Messages collected and sent by one system call; the memory is reused.
@safe
public final class SendBatch {
    public let capacity: Int
    public let payloadSize: Int
    private let controlSize: Int
    private let messages: UnsafeMutablePointer<netprobe_message>
    private let vectors: UnsafeMutablePointer<iovec>
    private let memory: UnsafeMutableRawPointer
    private let controlStart: Int
    private let nameStart: Int
    private static let nameSize = 32
    public private(set) var count = 0

    public init(capacity: Int = 64, payloadSize: Int = 256, controlSize: Int = 80) {
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
    }

    deinit {
        unsafe messages.deallocate()
        unsafe vectors.deallocate()
        unsafe memory.deallocate()
    }

    public var isFull: Bool { count == capacity }

    public func clear() {
        count = 0
    }

    /// Adds a message.
    /// - Parameters:
    ///   - destination: nil on a connected socket.
    ///   - fill: writes the payload into at most `payloadSize` bytes and answers its length.
    @inline(__always)
    public func append(
        to destination: SocketAddress?,
        control: SendControl,
        _ fill: (UnsafeMutableRawBufferPointer) -> Int
    ) {
        precondition(count < capacity && control.bytes.count <= controlSize)
        let payload = unsafe memory + count * payloadSize
        let length = unsafe min(payloadSize, fill(UnsafeMutableRawBufferPointer(start: payload, count: payloadSize)))
        unsafe vectors[count] = iovec(iov_base: payload, iov_len: length)
        var header = unsafe msghdr()
        unsafe header.msg_iov = vectors + count
        unsafe header.msg_iovlen = 1
        if let destination {
            let name = unsafe memory + nameStart + count * Self.nameSize
            unsafe header.msg_name = name
            unsafe header.msg_namelen = destination.write(to: name)
        }
        if !control.isEmpty {
            let start = unsafe memory + controlStart + count * controlSize
            unsafe control.bytes.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                unsafe start.copyMemory(from: base, byteCount: bytes.count)
            }
            unsafe header.msg_control = start
            unsafe header.msg_controllen = control.bytes.count
        }
        unsafe messages[count] = netprobe_message(header: header, length: 0)
        count += 1
    }

    /// Sends from the message `first` on.
    /// - Returns: how many were taken, at least 1; 0 when the socket's buffer is full.
    /// - Throws: why the message `first` was refused; those behind it were not tried.
    public func send(on socket: borrowing Socket, from first: Int) throws(SystemError) -> Int {
        precondition(first < count)
        let number = socket.number
        let sent = try SystemCall.orBlock("sendmmsg") {
            unsafe netprobe_sendmmsg(
                number,
                messages + first,
                UInt32(count - first),
                Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
            )
        }
        return Int(sent ?? 0)
    }
}
