internal import Glibc
public import Model
internal import Sockets
public import Wire

/// One echo request over a socket of its own, as `/probe` sends it.
public struct EchoOnce: Sendable {
    public struct Answer: Sendable, Equatable {
        public var roundTrip: Duration
        public var clock: StampClock
        /// TTL or hop limit of the reply; nil where the kernel did not say.
        public var hopLimit: UInt8?
    }

    public var destination: IPAddress
    public var source: IPAddress?
    public var ttl: UInt8
    /// Bytes behind the ICMP header.
    public var payloadSize: Int
    public var dontFragment: Bool

    public init(
        destination: IPAddress,
        source: IPAddress? = nil,
        ttl: UInt8 = 64,
        payloadSize: Int = 28,
        dontFragment: Bool = false
    ) {
        self.destination = destination
        self.source = source
        self.ttl = ttl
        self.payloadSize = payloadSize
        self.dontFragment = dontFragment
    }

    /// Blocks until the reply, an ICMP error about the request, or the end of the time.
    /// - Parameter isSetUp: called when the socket is ready to send.
    public func ask(until end: MonotonicTime, isSetUp: () -> Void = {}) throws(DialogueError) -> Answer {
        do throws(SystemError) {
            let exchange = try EchoExchange(self)
            isSetUp()
            if let answer = try exchange.run(until: end) { return answer }
        } catch {
            throw DialogueError(error)
        }
        throw DialogueError(.timeout, "no reply in time")
    }
}

/// The socket of one echo request.
private final class EchoExchange {
    private let question: EchoOnce
    private let socket: Socket
    private let isRaw: Bool
    private let identifier: UInt16
    private let sequence = UInt16.random(in: 1 ... .max)
    private let payload: [UInt8]
    private let batch = ReceiveBatch(capacity: 4, payloadSize: 65_536, controlSize: 256)

    /// Of IPv6, without its header: more is no packet (RFC 8200 §3). Of what IPv4 takes the kernel knows.
    private static let mostPayload = 65_535 - 8

    init(_ question: EchoOnce) throws(SystemError) {
        guard question.payloadSize <= Self.mostPayload else {
            throw SystemError(code: EMSGSIZE, operation: "echo")
        }
        self.question = question
        let family = question.destination.family
        let socket: Socket
        var isRaw = true
        do throws(SystemError) {
            socket = try Socket(family, .rawICMP)
        } catch  where error.code == EPERM || error.code == EACCES {
            socket = try Socket(family, .pingICMP)
            isRaw = false
        }
        identifier = UInt16.random(in: 1 ... .max)
        if isRaw {
            try socket.passICMP(types: family == .v4 ? ICMPFilter.typesV4 : ICMPFilter.typesV6)
            try socket.attach(
                family == .v4 ? ICMPFilter.v4(identifier: identifier) : ICMPFilter.v6(identifier: identifier)
            )
        } else {
            try socket.set(.receiveErrors(family), 1)
        }
        try socket.set(.hopLimit(family), Int32(question.ttl))
        try? socket.set(.receiveHopLimit(family), 1)
        // 0 lets the kernel cut into fragments, 2 sets DF and keeps to the path's MTU.
        try socket.set(.mtuDiscovery(family), question.dontFragment ? 2 : 0)
        if let source = question.source { try socket.bind(to: SocketAddress(source)) }
        // Without stamps the clock of this process has to do.
        try? socket.enable(.kernel)
        self.socket = socket
        self.isRaw = isRaw
        payload = Self.payload(question.payloadSize)
    }

    /// A number that nobody can guess, as far as it fits, and a greeting: zeros where it ends.
    private static func payload(_ size: Int) -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        let cookie = withUnsafeBytes(of: random.next()) { Array($0) }
        let text = cookie + Array("netprobe".utf8)
        return Array(text.prefix(size)) + [UInt8](repeating: 0, count: max(0, size - text.count))
    }

    func run(until end: MonotonicTime) throws(SystemError) -> EchoOnce.Answer? {
        var message = [UInt8](repeating: 0, count: payload.count + 8)
        let length = message.withUnsafeMutableBytes { buffer in
            payload.withUnsafeBytes { data in
                try? ICMPEcho.write(
                    .request,
                    family: socket.family,
                    identifier: identifier,
                    sequence: sequence,
                    payload: data.bytes,
                    into: buffer
                )
            }
        }
        guard length == message.count else { throw SystemError(code: EMSGSIZE, operation: "echo") }
        let sent = SystemClock.reading()
        guard try socket.send(message, to: SocketAddress(question.destination)) != nil else {
            throw SystemError(code: ENOBUFS, operation: "echo")
        }
        var stamp: Int64 = 0
        while true {
            let ready = socket.wait(for: POLLIN, until: end)
            if ready == 0 { return nil }
            if ready & POLLERR != 0 { try readErrors(&stamp) }
            guard let reply = try readReply() else { continue }
            let now = SystemClock.reading()
            // The stamp of the request is in the queue before its reply, or never comes.
            if stamp == 0 { try readErrors(&stamp) }
            guard stamp > 0, reply.stamp > stamp else {
                return .init(roundTrip: now.monotonic - sent.monotonic, clock: .user, hopLimit: reply.hopLimit)
            }
            return .init(roundTrip: .nanoseconds(reply.stamp - stamp), clock: .kernel, hopLimit: reply.hopLimit)
        }
    }

    /// Reads the error queue: the stamp of what was sent, and on a ping socket ICMP errors.
    private func readErrors(_ stamp: inout Int64) throws(SystemError) {
        guard let count = try? batch.receive(from: socket, errors: true), count > 0 else {
            _ = socket.takeError()
            return
        }
        for index in 0..<count {
            let control = batch.control(index)
            guard let error = control.error else { continue }
            if error.origin == .timestamp {
                stamp = control.softwareStamp
            } else if error.origin == .icmp || error.origin == .icmpv6 {
                throw SystemError(code: Int32(bitPattern: error.code), operation: "echo")
            }
        }
    }

    private func readReply() throws(SystemError) -> (stamp: Int64, hopLimit: UInt8?)? {
        guard let count = try? batch.receive(from: socket), count > 0 else { return nil }
        for index in 0..<count {
            var bytes = batch.payload(index)
            let control = batch.control(index)
            var hopLimit = control.hopLimit
            if isRaw, socket.family == .v4 {
                guard let first = bytes.first, bytes.count >= Int(first & 15) * 4 + 8, first & 15 >= 5 else { continue }
                hopLimit = bytes[8]
                bytes = UnsafeRawBufferPointer(rebasing: bytes[(Int(first & 15) * 4)...])
            }
            guard let message = try? ICMPMessage(decoding: bytes.bytes, family: socket.family) else { continue }
            switch message {
            case .echoReply(let echo):
                guard echo.sequence == sequence, !isRaw || echo.identifier == identifier,
                    batch.source(index)?.address == question.destination,
                    bytes.count == payload.count + 8, bytes.dropFirst(8).elementsEqual(payload)
                else { continue }
                return (control.softwareStamp, hopLimit)
            case .error(let error):
                guard case .echoRequest(let echo) = error.quote.transport, echo.sequence == sequence,
                    echo.identifier == identifier, error.quote.destination == question.destination,
                    let reason = Reason(error.kind)
                else { continue }
                throw SystemError(code: Self.code(reason), operation: "echo")
            default: continue
            }
        }
        return nil
    }

    private static func code(_ reason: Reason) -> Int32 {
        switch reason {
        case .unreachableNet: ENETUNREACH
        case .unreachablePort: ECONNREFUSED
        case .fragmentationNeeded: EMSGSIZE
        default: EHOSTUNREACH
        }
    }
}
