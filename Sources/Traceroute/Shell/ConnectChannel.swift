internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// Traces by TCP without any privilege: each probe is a connection of its own with a low TTL, whose error queue brings
/// the answer of the router. Connections cannot share their ports, so each probe is a flow of its own.
final class ConnectChannel: TraceChannel {
    let access = TraceReport.Access.connect
    private struct Attempt {
        var number: Int
        var socket: Socket
        var sentAt: MonotonicTime
        /// What the socket took since the probe was due, which is no part of its round trip.
        var preparation: Duration
    }

    private let target: SocketAddress
    /// Nil: that of the connection.
    let source: IPAddress?
    private let interface: Int32
    private let mark: UInt32?
    private let epoll: Epoll
    /// By descriptor; at most `limit`, the oldest are given up.
    private var attempts: [Int32: Attempt] = [:]
    private var order: [Int32] = []
    /// Probes that the kernel answered at once.
    private var settled: [(number: Int, answer: TraceAnswer)] = []
    private let batch = ReceiveBatch(capacity: 4, payloadSize: 256)
    /// While it is open the kernel stamps what it receives.
    private let stamping: Socket?

    private static let limit = 256
    /// After a second the kernel sends the SYN once more (RFC 6298 §2), whose answer would be taken for that of the first.
    private static let patience: Duration = .milliseconds(900)

    private var family: IPFamily { target.family }

    init(to address: IPAddress, request: TraceRequest) throws(TraceError) {
        interface = try ChannelSetup.interface(request)
        target = SocketAddress(
            address,
            port: request.destinationPort,
            scope: address.isLinkLocal ? UInt32(bitPattern: interface) : 0
        )
        source = request.source
        mark = request.mark
        stamping = try? Socket(target.family, .datagram)
        try? stamping?.enable([.receiveSoftware, .reportSoftware])
        do throws(SystemError) {
            epoll = try Epoll(capacity: 64)
        } catch {
            throw .local("\(error)")
        }
        // Proves that the source is ours before anything is sent.
        _ = try ChannelSetup.source(to: target, interface: interface, request)
        // It begins to do so in the background.
        usleep(2_000)
    }

    var descriptors: [Int32] { [epoll.number] }

    var isSizable: Bool { false }
    var isOfOwnPorts: Bool { true }

    func prepareForLargePackets() {}

    var blindness: [String] {
        [
            "without CAP_NET_RAW: each TCP probe has a source port of its own, so hops may be of different parallel paths",
            "an answer after \(Self.patience.text) counts as lost, for then the kernel sends again",
            "MPLS labels, address translation and the way back are not seen",
        ]
    }

    func send(_ probe: OutgoingProbe) -> Reason? {
        let start = SystemClock.monotonic()
        do throws(SystemError) {
            let socket = try Socket(family, .stream)
            if let mark { try socket.set(.mark, Int32(bitPattern: mark)) }
            try socket.set(.hopLimit(family), Int32(probe.ttl))
            try socket.set(.receiveErrors(family), 1)
            try? socket.enable([.receiveSoftware, .reportSoftware])
            try socket.setAbortOnClose()
            if interface != 0 { try socket.set(.boundInterface, interface) }
            if let source { try socket.bind(to: SocketAddress(source, scope: target.scope)) }
            try epoll.add(socket.number, [.writable], token: UInt64(UInt32(bitPattern: socket.number)))
            makeRoom()
            let now = SystemClock.monotonic()
            attempts[socket.number] = Attempt(
                number: probe.number,
                socket: socket,
                sentAt: now,
                preparation: now - start
            )
            order.append(socket.number)
            _ = try socket.connect(to: target)
            return nil
        } catch {
            forget(probe.number)
            // A closed port of this host refuses at once.
            guard error.code == ECONNREFUSED else { return ChannelSetup.reason(error.code) }
            let now = SystemClock.monotonic()
            let answer = TraceAnswer(kind: .reply(.reset), responder: target.address, receivedAt: now)
            settled.append((probe.number, answer))
            return nil
        }
    }

    /// The last attempt has come to nothing: its socket would report its end as if somebody had answered.
    private func forget(_ number: Int) {
        guard let last = order.last, attempts[last]?.number == number else { return }
        order.removeLast()
        attempts[last] = nil
    }

    private func makeRoom() {
        while attempts.count >= Self.limit, let oldest = order.first {
            order.removeFirst()
            attempts[oldest] = nil
        }
    }

    var wakeUp: MonotonicTime? { order.first.flatMap { attempts[$0] }.map { $0.sentAt + Self.patience } }

    private func giveUp(at now: MonotonicTime) {
        while let oldest = order.first, attempts[oldest].map({ $0.sentAt + Self.patience <= now }) ?? true {
            order.removeFirst()
            attempts[oldest] = nil
        }
    }

    func drain(_ body: (Received) -> Void) throws(SystemError) {
        for (number, answer) in settled { body(.answer(number: number, answer)) }
        settled.removeAll()
        while true {
            let count = try epoll.wait(.zero)
            if count == 0 { return giveUp(at: SystemClock.monotonic()) }
            let now = SystemClock.reading()
            for index in 0..<count {
                let descriptor = Int32(truncatingIfNeeded: epoll.event(at: index).token)
                guard let attempt = attempts.removeValue(forKey: descriptor) else { continue }
                order.removeAll { $0 == descriptor }
                if let answer = answer(to: attempt, now) { body(.answer(number: attempt.number, answer)) }
            }
        }
    }

    /// Answers wait while further probes are sent: when one came, the kernel knows.
    private func answer(to attempt: Attempt, _ now: ClockReading) -> TraceAnswer? {
        func arrival(_ time: MonotonicTime) -> MonotonicTime {
            (time > attempt.sentAt && time < now.monotonic ? time : now.monotonic) - attempt.preparation
        }
        if let count = try? batch.receive(from: attempt.socket, errors: true), count > 0 {
            let control = batch.control(0)
            if let error = control.error, let offender = error.offender {
                let kind = ICMPErrorKind(error, family: family)
                let stamp = WallTime(nanoseconds: control.softwareStamp)
                return TraceAnswer(
                    kind: ChannelSetup.kind(kind, from: offender.address, target: target.address),
                    responder: offender.address,
                    replyTTL: control.hopLimit,
                    receivedAt: arrival(now.monotonic - (now.wall - stamp))
                )
            }
        }
        switch attempt.socket.takeError() {
        case 0:
            let handshake = (try? attempt.socket.tcpInformation()).flatMap {
                $0.retransmissions == 0 ? $0.roundTrip : nil
            }
            let end = arrival(handshake.map { attempt.sentAt + $0 } ?? now.monotonic)
            return TraceAnswer(kind: .reply(.synAck), responder: target.address, receivedAt: end)
        case ECONNREFUSED:
            return TraceAnswer(kind: .reply(.reset), responder: target.address, receivedAt: arrival(now.monotonic))
        default: return nil
        }
    }
}
