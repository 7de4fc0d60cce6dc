internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// One question to one name server, over UDP and where the answer is truncated over TCP (RFC 1035, RFC 7766). Used by one
/// thread.
final class DNSExchange {
    enum Step {
        case inProgress
        case answered(DNSMessage, DNSQuery.Transport)
        case failed(Outcome.Result, String, responder: IPAddress?)
    }

    private let query: DNSQuery
    private let server: SocketAddress
    private let pin: Pin
    private let message: DNSMessage
    private let encoded: [UInt8]
    private var socket: Socket
    private var transport: DNSQuery.Transport
    private var isConnecting = false
    private var received: [UInt8] = []
    private(set) var timeline: Timeline

    /// The largest answer taken over UDP (RFC 9715: what fits every path without fragments).
    static let largestDatagram: UInt16 = 1232

    /// Sends the question.
    /// - Throws: why it could not leave.
    init(_ query: DNSQuery, to server: SocketAddress, pin: Pin, epoll: Epoll, token: UInt64) throws(SystemError) {
        self.query = query
        self.server = server
        self.pin = pin
        // A number of its own for each question, against forged answers (RFC 5452).
        message = DNSMessage.query(
            id: UInt16.random(in: .min ... .max),
            query.name,
            query.type,
            edns: DNSExtension(udpPayloadSize: Self.largestDatagram)
        )
        encoded = Self.encode(message)
        transport = query.transport
        socket = try Self.socket(transport, server, pin)
        timeline = Self.timeline(transport)
        try begin(epoll, token)
    }

    private static func encode(_ message: DNSMessage) -> [UInt8] {
        let length = message.encodedLength
        return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            count = (try? message.write(into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
        }
    }

    private static func timeline(_ transport: DNSQuery.Transport) -> Timeline {
        Timeline(at: SystemClock.monotonic().nanoseconds, usesProxy: false, tunnels: false, isTLS: false)
    }

    private static func socket(
        _ transport: DNSQuery.Transport,
        _ server: SocketAddress,
        _ pin: Pin
    ) throws(SystemError) -> Socket {
        let socket = try Socket(server.family, transport == .udp ? .datagram : .stream)
        try? socket.set(.receiveErrors(server.family), 1)
        if let mark = pin.mark { try socket.set(.mark, Int32(bitPattern: mark)) }
        if let dscp = pin.dscp { try socket.set(.trafficClass(server.family), Int32(dscp) << 2) }
        if let source = pin.source { try socket.bind(to: SocketAddress(source)) }
        if let interface = pin.interface {
            guard let index = Interface.index(of: interface) else {
                throw SystemError(code: ENODEV, operation: "bind to \(interface)")
            }
            try socket.set(.boundInterface, index)
        }
        return socket
    }

    private func begin(_ epoll: Epoll, _ token: UInt64) throws(SystemError) {
        let result = try socket.connect(to: server)
        // Bound for what is sent; an answer may come in elsewhere (contract §2).
        if pin.interface != nil, transport == .tcp { try? socket.set(.boundInterface, 0) }
        if transport == .udp {
            timeline.connected(at: SystemClock.monotonic().nanoseconds)
            _ = try socket.send(encoded)
            if pin.interface != nil { try? socket.set(.boundInterface, 0) }
            timeline.requested(at: SystemClock.monotonic().nanoseconds)
            try epoll.add(socket.number, .readable, token: token)
            return
        }
        isConnecting = true
        received = []
        try epoll.add(socket.number, result == .connected ? [.readable, .writable] : .writable, token: token)
    }

    /// The socket is ready.
    func ready(_ epoll: Epoll, token: UInt64) -> Step {
        let now = SystemClock.monotonic().nanoseconds
        do throws(SystemError) {
            if isConnecting {
                let code = socket.takeError()
                guard code == 0 else { return failure(code) }
                isConnecting = false
                timeline.connected(at: now)
                let length = UInt16(encoded.count)
                _ = try socket.send([UInt8(length >> 8), UInt8(length & 255)] + encoded)
                timeline.requested(at: SystemClock.monotonic().nanoseconds)
                try epoll.modify(socket.number, .readable, token: token)
                return .inProgress
            }
            return transport == .udp ? try readDatagram(epoll, token) : readStream()
        } catch {
            return failure(error.code)
        }
    }

    private func readDatagram(_ epoll: Epoll, _ token: UInt64) throws(SystemError) -> Step {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(socket.number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count >= 0 else {
                let code = errno
                return code == EAGAIN || code == EINTR ? .inProgress : failure(code)
            }
            // What is no answer to this question is somebody else's, or forged: the real one may still come.
            guard let answer = decode(buffer[..<count]) else { continue }
            timeline.received(at: SystemClock.monotonic().nanoseconds)
            guard answer.isTruncated else { return .answered(answer, .udp) }
            transport = .tcp
            try? epoll.remove(socket.number)
            socket = try Self.socket(.tcp, server, pin)
            try begin(epoll, token)
            return .inProgress
        }
    }

    private func readStream() -> Step {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(socket.number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0 {
                let code = errno
                return code == EAGAIN || code == EINTR ? .inProgress : failure(code)
            }
            timeline.received(at: SystemClock.monotonic().nanoseconds)
            received += buffer[..<count]
            if received.count >= 2 {
                let length = Int(received[0]) << 8 | Int(received[1])
                if received.count >= length + 2 {
                    guard let answer = decode(received[2..<(length + 2)]) else {
                        return .failed(.failed(.dnsError), "the server's answer cannot be read", responder: nil)
                    }
                    return .answered(answer, .tcp)
                }
            }
            guard count > 0 else {
                return .failed(.failed(.dnsError), "the server ends the connection without an answer", responder: nil)
            }
        }
    }

    private func decode(_ bytes: ArraySlice<UInt8>) -> DNSMessage? {
        let copy = Array(bytes)
        guard let answer = try? DNSMessage(decoding: copy.span.bytes), answer.isAnswer(to: message) else { return nil }
        return answer
    }

    private func failure(_ code: Int32) -> Step {
        switch code {
        case ECONNREFUSED where transport == .udp:
            return .failed(.failed(.unreachablePort), "nobody answers at the server's port", responder: nil)
        case ECONNREFUSED: return .failed(.failed(.refused), "the server refuses the connection", responder: nil)
        case ECONNRESET: return .failed(.failed(.reset), "the server resets the connection", responder: nil)
        case EHOSTUNREACH: return .failed(.failed(.unreachableHost), "no way to the server", responder: nil)
        case ENETUNREACH: return .failed(.failed(.unreachableNet), "no way to the server's network", responder: nil)
        default:
            let failure = SendFailure(SystemError(code: code, operation: "ask"), pin: pin, interfaceUsable: true)
            return .failed(failure.result, failure.message, responder: nil)
        }
    }

    func end() { timeline.end(at: SystemClock.monotonic().nanoseconds) }

    /// Of UDP the way there and back is one phase: nothing is connected.
    var phases: [OutcomeDetail.Phase] {
        query.transport == .udp ? timeline.phases.filter { $0.name != .connect } : timeline.phases
    }
}
