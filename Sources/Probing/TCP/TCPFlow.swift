internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// The connects of one flow: the same source port each time, one attempt at a time, ended by RST so that nothing
/// stays behind (SO_LINGER 0).
///
/// Two attempts of one flow cannot be open together, as they would be the same connection; a slot that falls into an
/// open attempt is left out.
///
/// Where a SYN-ACK was lost, the server still holds the connection that the attempt before began. It answers the next SYN with an
/// ACK about that one, or sends its old SYN-ACK again, and our kernel ends it by RST and repeats the SYN (RFC 9293 §3.5.2). One
/// lost packet would count twice: such an attempt begins anew when the server is free of the old connection, and proves nothing when
/// its time has run out before.
final class TCPFlow {
    enum Step {
        case inProgress
        case finished(Outcome.Result, OutcomeDetail?)
    }

    let task: ProbeTask
    private let ports: PortChooser
    private let witness: (any ConnectionWitness)?
    var hearing: HandshakeHearing?
    var ticket: UInt64?
    private var port: UInt16?
    private var isOwnPort = false
    var portNote: String?
    var pinned: PinnedInterface
    var socket: Socket?
    private(set) var sequence: UInt64?
    private var startedAt: Int64 = 0
    /// While the last socket was bound to the pinned interface, from before its SYN; wall clock.
    private var bound: ClosedRange<Int64> = 0...0
    private var isBegunAnew = false
    var wasHeldUp = false
    /// Of the last handshake.
    var lastRoundTrip: Duration?
    /// Until the kernel repeats a SYN whose answer was about another connection, and some delay of this host.
    private static let repetition: Duration = .milliseconds(30)

    init(_ task: ProbeTask, ports: PortChooser, witness: (any ConnectionWitness)?, ear: HandshakeEar?) {
        self.task = task
        self.ports = ports
        self.witness = witness
        hearing = ear.map { HandshakeHearing($0) }
        port = task.sourcePort
        pinned = PinnedInterface(task.pin.interface)
    }

    /// Index of the pinned interface as last seen; 0 for none.
    var interface: Int32 { pinned.index }

    var isBusy: Bool { socket != nil }

    /// Starts a connect.
    /// - Throws: why nothing was sent.
    func start(_ sequence: UInt64, now: Int64, epoll: Epoll, token: UInt64) throws(SystemError) -> Step {
        isBegunAnew = false
        self.sequence = sequence
        do throws(SystemError) {
            return try begin(now: now, epoll: epoll, token: token)
        } catch {
            abandon()
            throw error
        }
    }

    private func begin(now: Int64, epoll: Epoll, token: UInt64) throws(SystemError) -> Step {
        let (socket, result) = try connectWithPort(now: now)
        startedAt = now
        self.socket = socket
        let remote = SocketAddress(task.destination, port: task.port ?? 0)
        hearing?.begin(socket, to: remote, bound: bound, token: token)
        if result == .connected { return finish() }
        try epoll.add(socket.number, [.writable, .edgeTriggered], token: token)
        return .inProgress
    }

    /// Whether the open attempt, whose time is over, proves nothing; of a run of such attempts the first alone.
    func takeHoldUp() -> Bool {
        defer { wasHeldUp = isHeldUp }
        return isHeldUp && !wasHeldUp
    }

    /// Something came for the open attempt that did not complete it, and its time is too short for the repeated SYN: the server
    /// speaks of the attempt before. With more time it would have been answered, if the way to the server were open.
    private var isHeldUp: Bool {
        guard let lastRoundTrip, lastRoundTrip * 2 + Self.repetition > task.timeout,
            let information = try? socket?.tcpInformation()
        else { return false }
        return information.isAwaitingAnswer && information.receivedSegments > 0
    }

    /// The server has let go of the attempt before and then answered this one's repeated SYN. The kernel repeats a lost one only
    /// after its first time-out of a second (RFC 6298 §2.1).
    private func isFreed(_ now: Int64) -> Bool {
        guard !isBegunAnew, now &- startedAt < 1_000_000_000, let information = try? socket?.tcpInformation() else {
            return false
        }
        let isEstablished = information.state == 1 || information.state == 8
        return isEstablished && information.retransmissions > 0 && information.receivedSegments > 1
    }

    private func connectWithPort(now: Int64) throws(SystemError) -> (Socket, Socket.ConnectResult) {
        var last = SystemError(code: EADDRINUSE, operation: "connect")
        for _ in 0..<4 {
            let socket = try makeSocket(now: now)
            do throws(SystemError) {
                let source = task.pin.source.map { SocketAddress($0) } ?? .any(task.destination.family)
                try socket.bind(to: SocketAddress(source.address, port: currentPort()))
                expect(socket)
                return (socket, try connect(socket))
            } catch  where error.code == EADDRINUSE || (error.code == EADDRNOTAVAIL && isSourceFine(socket)) {
                last = error
                portNote = "source port \(port ?? 0) was in use; the flow has another now"
                releasePort()
            }
        }
        throw last
    }

    private func expect(_ socket: Socket) {
        guard let witness else { return }
        // Without a port of our own the kernel has just chosen one.
        guard let local = port ?? (try? socket.localAddress().port), local != 0 else {
            ticket = nil
            return
        }
        ticket = witness.expect(
            ProbeConnection(localPort: local, remote: task.destination, remotePort: task.port ?? 0)
        )
    }

    /// EADDRNOTAVAIL speaks of the connection and not of the source address.
    private func isSourceFine(_ socket: Socket) -> Bool {
        (try? socket.localAddress().port) ?? 0 != 0
    }

    private func makeSocket(now: Int64) throws(SystemError) -> Socket {
        let socket = try Socket(task.destination.family, .stream)
        guard pinned.isUsable(now: now, through: socket) else {
            throw SystemError(code: ENETDOWN, operation: "connect")
        }
        try socket.set(.noDelay, 1)
        try socket.set(.reuseAddress, 1)
        try socket.setAbortOnClose()
        try socket.set(.receiveErrors(socket.family), 1)
        if let mark = task.pin.mark { try socket.set(.mark, Int32(bitPattern: mark)) }
        if let dscp = task.pin.dscp { try socket.set(.trafficClass(socket.family), Int32(dscp) << 2) }
        if let ttl = task.ttl { try socket.set(.hopLimit(socket.family), Int32(ttl)) }
        return socket
    }

    private func currentPort() -> UInt16 {
        if let port { return port }
        port = ports.choose()
        isOwnPort = port != nil
        return port ?? 0
    }

    private func releasePort() {
        if isOwnPort, let port { ports.release(port) }
        port = nil
        isOwnPort = false
    }

    /// The interface binds the SYN only: an answer may come in elsewhere (contract §2).
    private func connect(_ socket: Socket) throws(SystemError) -> Socket.ConnectResult {
        let destination = SocketAddress(
            task.destination,
            port: task.port ?? 0,
            scope: UInt32(bitPattern: pinned.index)
        )
        let isPinned = pinned.name != nil
        if isPinned { try socket.set(.boundInterface, pinned.index) }
        let start = SystemClock.wall().nanoseconds
        bound = start...start
        let result = try socket.connect(to: destination)
        guard isPinned else { return result }
        try? socket.set(.boundInterface, 0)
        bound = start...max(start, SystemClock.wall().nanoseconds)
        return result
    }

    /// The descriptor became ready.
    func ready(_ batch: ReceiveBatch, now: Int64, epoll: Epoll, token: UInt64) -> Step {
        if isFreed(now) {
            isBegunAnew = true
            hearing?.end()
            socket = nil
            if let step = try? begin(now: now, epoll: epoll, token: token) { return step }
            abandon()
            return .finished(.invalid(.cancelled), nil)
        }
        guard let socket else { return .inProgress }
        let step = heard()
        if case .finished = step { return step }
        if let found = batch.connectionError(of: socket) {
            return finish(failing: (.failed(found.reason), OutcomeDetail(responder: found.router)))
        }
        let code = socket.takeError()
        guard code == 0 else { return finish(failing: failure(code)) }
        guard let information = try? socket.tcpInformation(), !information.isAwaitingAnswer else {
            return .inProgress
        }
        return finish()
    }

    private func failure(_ code: Int32) -> (Outcome.Result, OutcomeDetail?) {
        switch code {
        case ECONNREFUSED:
            let arrival = otherInterface(hearing?.takeArrival(isRefusal: true) ?? 0)
            return (.failed(.refused), OutcomeDetail(arrivalInterface: arrival, answer: "RST"))
        case ECONNRESET: return (.failed(.reset), OutcomeDetail(answer: "RST"))
        case ETIMEDOUT: return (.failed(.timeout), nil)
        case EHOSTUNREACH: return (.failed(.unreachableHost), nil)
        case ENETUNREACH: return (.failed(.unreachableNet), nil)
        default:
            let error = SystemError(code: code, operation: "connect")
            let failure = SendFailure(error, pin: task.pin, interfaceUsable: true)
            return (failure.result, OutcomeDetail(message: failure.message))
        }
    }

    func finish(failing failure: (Outcome.Result, OutcomeDetail?)) -> Step {
        let elapsed = SystemClock.monotonic().nanoseconds &- startedAt
        abandon()
        var detail = failure.1 ?? OutcomeDetail()
        detail.wireTicket = ticket
        detail.phases = [Self.connecting(elapsed)]
        return .finished(failure.0, detail)
    }

    static func connecting(_ nanoseconds: Int64) -> OutcomeDetail.Phase {
        OutcomeDetail.Phase(name: .connect, duration: .nanoseconds(max(0, nanoseconds)))
    }

    /// The handshake is done: what the kernel measured counts.
    private func finish() -> Step {
        guard let socket, let information = try? socket.tcpInformation() else {
            abandon()
            return .finished(.failed(.internal), nil)
        }
        let elapsed = SystemClock.monotonic().nanoseconds &- startedAt
        let heard = hearing?.takeArrival(isRefusal: false) ?? 0
        let arrival = otherInterface(heard)
        abandon()
        var detail = OutcomeDetail(arrivalInterface: arrival, answer: "SYN-ACK", message: portNote)
        detail.isArrivalUnknown = heard == 0
        detail.wireTicket = ticket
        portNote = nil
        detail.phases = [Self.connecting(elapsed)]
        guard information.retransmissions > 0 else {
            let isMeasured = information.roundTrip > .zero
            wasHeldUp = false
            lastRoundTrip = isMeasured ? information.roundTrip : .nanoseconds(max(0, elapsed))
            if isMeasured { detail.phases = [Self.connecting(information.roundTrip.nanoseconds)] }
            return .finished(
                isMeasured
                    ? .answered(roundTrip: information.roundTrip, clock: .kernel)
                    : .answered(roundTrip: .nanoseconds(max(0, elapsed)), clock: .user),
                detail
            )
        }
        detail.retransmittedSYNs = UInt8(clamping: information.retransmissions)
        if pinned.name != nil {
            // Only the first SYN was bound to the interface.
            detail.message = "only a repeated SYN was answered, and that may have left by another interface"
            return .finished(.failed(.timeout), detail)
        }
        // Which of the SYNs was answered is not known: the time from the first is what a user waited.
        return .finished(.answered(roundTrip: .nanoseconds(max(0, elapsed)), clock: .user), detail)
    }

    /// Closes the attempt; the port stays the flow's.
    func abandon() {
        hearing?.end()
        socket = nil
        sequence = nil
    }

    func close() {
        abandon()
        releasePort()
    }
}
