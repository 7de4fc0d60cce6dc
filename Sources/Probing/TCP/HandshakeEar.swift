internal import Model
internal import Sockets
internal import Wire

/// The two ends of a connection, the own one first.
struct Handshake: Hashable {
    var local: SocketAddress
    var remote: SocketAddress
}

/// A SYN-ACK, or the reset that refuses, as it came in.
struct HandshakeAnswer: Equatable {
    var isRefusal: Bool
    var acknowledgement: UInt32
    /// Index of the interface it came in by; 0 when not said.
    var interface: Int32
    /// Kernel's receive stamp, wall clock in nanoseconds; 0 for none.
    var stamp: Int64

    /// - Returns: nil for any other segment.
    init?(_ header: TCPHeader, interface: Int32, stamp: Int64) {
        switch header.flags.intersection([.syn, .rst, .ack]) {
        case [.syn, .ack]: isRefusal = false
        case [.rst, .ack]: isRefusal = true
        default: return nil
        }
        acknowledgement = header.acknowledgement
        self.interface = interface
        self.stamp = stamp
    }
}

/// Hears the answers to the SYNs of probes beside the sockets of these, with the interface that each came in by, which a TCP socket does
/// not tell. The kernel gives a segment to a raw socket before it looks for the connection, so that an answer is here when the
/// connection knows it.
final class HandshakeEar {
    private struct Attempt {
        let token: UInt64
        /// Wall clock; what came before was for an attempt before.
        let since: Int64
        var answers: [HandshakeAnswer] = []
    }

    private let socket: Socket
    private let family: AddressFamily
    private var attempts: [Handshake: Attempt] = [:]
    /// Tokens of the flows for which something came.
    private var heard: ContiguousArray<UInt64> = []
    private let batch = ReceiveBatch(capacity: 16, payloadSize: 128, controlSize: 128)
    private var drops: UInt32 = 0
    private var overflowAt = Int64.min

    /// Of one attempt; what repeats itself tells nothing new.
    private static let mostAnswers = 4
    /// Batches read in one turn; what is left then waits for the next, so that a flood stops nothing else.
    private static let mostBatches = 256

    /// - Throws: without CAP_NET_RAW.
    init(_ family: AddressFamily, epoll: Epoll, token: UInt64) throws(SystemError) {
        self.family = family
        socket = try Socket(family, .rawTCP)
        try socket.attach(HandshakeFilter.filter(family))
        try socket.set(.receiveInterface(family), 1)
        try? socket.enable([.receiveSoftware, .reportSoftware])
        socket.enlargeReceiveBuffer(to: 1 << 20)
        drops = socket.receiveDrops()
        try epoll.add(socket.number, .readable, token: token)
    }

    // MARK: Attempts

    /// - Parameters:
    ///   - since: before the SYN left, wall clock.
    ///   - token: of the flow.
    func expect(_ handshake: Handshake, since: Int64, token: UInt64) {
        attempts[handshake] = Attempt(token: token, since: since)
    }

    func forget(_ handshake: Handshake) {
        attempts[handshake] = nil
    }

    /// What has come so far, in order.
    func answers(to handshake: Handshake) -> [HandshakeAnswer] {
        listen()
        return attempts[handshake]?.answers ?? []
    }

    /// The flows for which something came since the last call.
    func takeHeard() -> ContiguousArray<UInt64> {
        defer { heard.removeAll(keepingCapacity: true) }
        return heard
    }

    // MARK: Segments

    /// Reads what waits.
    func listen() {
        for round in 0..<Self.mostBatches {
            guard let count = try? batch.receive(from: socket), count > 0 else { return }
            for index in 0..<count { take(index) }
            // Only a queue that was long can have been full.
            if round > 0 { noteDrops() }
            if count < batch.capacity { return }
        }
    }

    private func take(_ index: Int) {
        let control = batch.control(index)
        guard let source = batch.source(index)?.address, let destination = control.destination,
            let header = Self.header(of: batch.payload(index), family)
        else { return }
        let handshake = Handshake(
            local: SocketAddress(destination, port: header.destination),
            remote: SocketAddress(source, port: header.source)
        )
        let found = HandshakeAnswer(header, interface: control.interface, stamp: control.softwareStamp)
        guard let answer = found, let attempt = attempts[handshake], attempt.answers.count < Self.mostAnswers,
            answer.stamp == 0 || answer.stamp >= attempt.since
        else { return }
        attempts[handshake]?.answers.append(answer)
        heard.append(attempt.token)
    }

    /// The segment's header; nil where it is cut.
    private static func header(of packet: UnsafeRawBufferPointer, _ family: AddressFamily) -> TCPHeader? {
        let start = family == .v4 ? Int((packet.first ?? 0) & 15) * 4 : 0
        guard packet.count > start else { return nil }
        return try? TCPHeader(decoding: UnsafeRawBufferPointer(rebasing: packet[start...]).bytes)
    }

    // MARK: Overflow

    private func noteDrops() {
        let current = socket.receiveDrops()
        guard current != drops else { return }
        drops = current
        overflowAt = SystemClock.monotonic().nanoseconds
    }

    /// When answers were last found dropped for want of room.
    func overflowTime() -> Int64 {
        noteDrops()
        return overflowAt
    }
}

/// The ears that are in use, one for each family at most; the last flow takes its ear along.
struct HandshakeEars {
    private weak var v4: HandshakeEar?
    private weak var v6: HandshakeEar?

    /// The ear for a new flow; nil for one that needs none, or may have none.
    mutating func ear(for task: ProbeTask, _ capabilities: EngineCapabilities, _ epoll: Epoll) -> HandshakeEar? {
        let family = task.destination.family
        guard task.pin.bindsWay, capabilities.access(family) == .raw else { return nil }
        let place: UInt64 = family == .v4 ? 0 : 1
        if let found = self[place] { return found }
        let made = try? HandshakeEar(family, epoll: epoll, token: EngineLoop.Token.ear | place)
        if family == .v4 { v4 = made } else { v6 = made }
        return made
    }

    subscript(place: UInt64) -> HandshakeEar? { place == 0 ? v4 : v6 }
}
