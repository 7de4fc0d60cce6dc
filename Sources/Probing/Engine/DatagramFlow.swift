internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// What is said over UDP: makes the questions and knows the answers.
protocol DatagramExchange {
    /// Writes the question of a probe.
    /// - Parameter wall: the wall clock now, in nanoseconds.
    /// - Returns: its length.
    mutating func write(_ number: UInt32, wall: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int

    /// Whose answer this is; nil when it is none of ours.
    mutating func read(_ datagram: UnsafeRawBufferPointer) -> DatagramAnswer?

    /// Whose question an ICMP error quotes, from the start of the UDP data.
    func number(quoted data: UnsafeRawBufferPointer) -> UInt32?

    /// The question left.
    /// - Parameter now: monotonic clock.
    /// - Returns: whether it is to be sent a second time.
    mutating func sent(_ number: UInt32, at now: Int64) -> Bool

    /// Packets found lost on each way since the last call.
    mutating func takeLoss(at now: Int64) -> DirectionLedger.Loss

    /// Answers may have been lost in this host.
    mutating func spoil()
}

extension DatagramExchange {
    mutating func sent(_ number: UInt32, at now: Int64) -> Bool { false }
    mutating func takeLoss(at now: Int64) -> DirectionLedger.Loss { DirectionLedger.Loss() }
    mutating func spoil() {}
}

struct DatagramAnswer: Equatable {
    var number: UInt32
    /// Name of the answer, where the protocol has several.
    var name: String?
    /// Time that the far end kept the question, in nanoseconds, when it said so and that can be.
    var residence: Int64 = 0
    /// It answers the second of two equal questions.
    var isTwin = false
}

/// A UDP flow: one socket with a constant source port. It is not connected, so that it needs no route before the
/// pin is applied; answers are checked for their sender.
final class DatagramFlow {
    private let task: ProbeTask
    private let ports: PortChooser
    private var port: UInt16?
    private var isOwnPort = false
    private var pinned: PinnedInterface
    private var socket: Socket?
    private var exchange: any DatagramExchange
    private var table: SequenceTable
    private var stamps: StampTable
    private var newest: UInt32?
    private let out = SendBatch(capacity: 1, payloadSize: 1024, controlSize: 80)
    private(set) var expectsStamps = false
    private(set) var strangers: UInt64 = 0
    private var drops: UInt32 = 0

    init(_ task: ProbeTask, ports: PortChooser) {
        self.task = task
        self.ports = ports
        port = task.sourcePort
        pinned = PinnedInterface(task.pin.interface)
        let room = Self.room(for: task)
        table = SequenceTable(size: room)
        stamps = StampTable(size: room)
        if case .ike(let marker) = task.kind {
            exchange = IKEExchange(nonESPMarker: marker)
        } else {
            exchange = STAMPExchange(timeout: task.timeout.nanoseconds, memory: room)
        }
    }

    /// Twice as many as may be open, so that a late answer is still known; a power of two.
    private static func room(for task: ProbeTask) -> Int {
        var room = 64
        while room < 2 * EngineStream.openAtOnce(task) { room *= 2 }
        return room
    }

    var interface: Int32 { pinned.index }

    // MARK: Sending

    /// Sends one question.
    /// - Throws: why it did not leave.
    func send(
        _ owner: SequenceTable.Owner,
        clock: ClockReading,
        epoll: Epoll,
        token: UInt64
    ) throws(SystemError) {
        let socket = try open(epoll, token)
        guard pinned.isUsable(now: clock.monotonic.nanoseconds, through: socket) else {
            throw SystemError(code: ENETDOWN, operation: "sendto")
        }
        let number = UInt32(truncatingIfNeeded: owner.sequence)
        var control = SendControl()
        if pinned.name != nil {
            control.addInterface(pinned.index, source: task.pin.source, family: socket.family)
        }
        let destination = SocketAddress(
            task.destination,
            port: task.port ?? 0,
            scope: UInt32(bitPattern: pinned.index)
        )
        out.clear()
        out.append(to: destination, control: control) { buffer in
            exchange.write(number, wall: clock.wall.nanoseconds, into: buffer)
        }
        table.insert(number, owner)
        newest = number
        try transmit(socket)
        stamps.sent(number)
        if exchange.sent(number, at: clock.monotonic.nanoseconds) { repeatLast(socket, number) }
    }

    private func repeatLast(_ socket: Socket, _ number: UInt32) {
        if let sent = try? out.send(on: socket, from: 0), sent > 0 { return stamps.sent(number) }
        stamps.restart()
        try? socket.restartStampNumbers(.kernel)
    }

    /// What became known of losses on each way.
    func takeLoss(at now: Int64) -> DirectionLedger.Loss { exchange.takeLoss(at: now) }

    /// An error that is pending from an earlier probe is reported once and has sent nothing: then again.
    private func transmit(_ socket: Socket) throws(SystemError) {
        var error = SystemError(code: EAGAIN, operation: "sendto")
        for _ in 0..<2 {
            do throws(SystemError) {
                if try out.send(on: socket, from: 0) > 0 { return }
            } catch let failure {
                error = failure
            }
        }
        if error.code == ENODEV { pinned.invalidate() }
        stamps.restart()
        try? socket.restartStampNumbers(.kernel)
        throw error
    }

    private func open(_ epoll: Epoll, _ token: UInt64) throws(SystemError) -> Socket {
        if let socket { return socket }
        let made = try Socket(task.destination.family, .datagram)
        try made.set(.receiveErrors(made.family), 1)
        if let mark = task.pin.mark { try made.set(.mark, Int32(bitPattern: mark)) }
        if let dscp = task.pin.dscp { try made.set(.trafficClass(made.family), Int32(dscp) << 2) }
        if let ttl = task.ttl { try made.set(.hopLimit(made.family), Int32(ttl)) }
        if task.pin.bindsWay { try made.set(.receiveInterface(made.family), 1) }
        try bind(made)
        expectsStamps = (try? made.enable(.kernel)) != nil
        stamps.restart()
        drops = made.receiveDrops()
        try epoll.add(made.number, .readable, token: token)
        socket = made
        return made
    }

    private func bind(_ socket: Socket) throws(SystemError) {
        var source = task.pin.source.map { SocketAddress($0) } ?? .any(task.destination.family)
        for _ in 0..<8 {
            if port == nil {
                port = ports.choose()
                isOwnPort = port != nil
            }
            source.port = port ?? 0
            do throws(SystemError) {
                return try socket.bind(to: source)
            } catch  where error.code == EADDRINUSE {
                releasePort()
            }
        }
        source.port = 0
        try socket.bind(to: source)
        port = try socket.localAddress().port
    }

    private func releasePort() {
        if isOwnPort, let port { ports.release(port) }
        port = nil
        isOwnPort = false
    }

    // MARK: Receiving

    /// Batches read in one turn; what is left then waits for the next, so that a flood stops nothing else.
    private static let mostRounds = 16

    /// Reads transmit stamps and ICMP errors.
    func receiveErrors(_ batch: ReceiveBatch, into events: inout ContiguousArray<PacketEvent>) {
        guard let socket else { return }
        let wasThere = batch.readErrors(of: socket, mostBatches: Self.mostRounds) { error, control, payload in
            if error.origin == .timestamp {
                guard let number = stamps.take(error.data), let owner = table.owner(of: number) else { return }
                events.append(PacketEvent(kind: .transmitted, owner: owner, stamp: control.softwareStamp))
            } else if error.origin == .icmp || error.origin == .icmpv6 {
                readQueuedError(error, payload, socket.family, into: &events)
            }
        }
        // An error without a record would keep the descriptor ready for ever.
        if !wasThere { _ = socket.takeError() }
    }

    private func readQueuedError(
        _ error: ExtendedError,
        _ data: UnsafeRawBufferPointer,
        _ family: IPFamily,
        into events: inout ContiguousArray<PacketEvent>
    ) {
        let kind = ICMPErrorKind(error, family: family)
        // A router that quotes eight bytes only does not say which: then the newest is meant.
        guard let reason = Reason(kind), let number = exchange.number(quoted: data) ?? newest,
            let owner = table.owner(of: number)
        else { return }
        events.append(PacketEvent(kind: .failure(reason), owner: owner, responder: error.offender?.address))
    }

    /// Reads answers.
    func receive(_ batch: ReceiveBatch, into events: inout ContiguousArray<PacketEvent>) {
        guard let socket else { return }
        for _ in 0..<Self.mostRounds {
            guard let count = try? batch.receive(from: socket), count > 0 else { return }
            for index in 0..<count {
                guard let source = batch.source(index), source.address == task.destination,
                    source.port == task.port ?? 0, let answer = exchange.read(batch.payload(index)),
                    let owner = table.owner(of: answer.number)
                else {
                    strangers += 1
                    continue
                }
                if answer.isTwin { continue }
                let control = batch.control(index)
                var event = PacketEvent(kind: .answer, owner: owner, stamp: control.softwareStamp)
                event.interface = control.interface
                event.answer = answer.name
                event.residence = answer.residence
                events.append(event)
            }
            if count < batch.capacity { return }
        }
    }

    /// The last moment at which answers may have been dropped for want of room.
    func overflowTime(now: Int64) -> Int64 {
        guard let socket else { return .min }
        let current = socket.receiveDrops()
        guard current != drops else { return .min }
        drops = current
        exchange.spoil()
        return now
    }

    func close() {
        socket = nil
        releasePort()
    }
}
