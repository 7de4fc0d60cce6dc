internal import Model
internal import Sockets

/// What the ear hears of one flow's attempts.
struct HandshakeHearing {
    private let ear: HandshakeEar
    private var handshake: Handshake?
    /// While the socket was bound to the pinned interface, wall clock; it ends where it begins for a socket that was not.
    private var bound: ClosedRange<Int64> = 0...0
    /// Of the answer that was taken last: the server may send it again to the next attempt.
    private var acknowledged: UInt32?

    init(_ ear: HandshakeEar) {
        self.ear = ear
    }

    /// The SYN has left.
    mutating func begin(
        _ socket: Socket,
        to remote: SocketAddress,
        bound: ClosedRange<Int64>,
        token: UInt64
    ) {
        end()
        guard var local = try? socket.localAddress() else { return }
        local.scope = 0
        let handshake = Handshake(local: local, remote: remote)
        self.handshake = handshake
        self.bound = bound
        ear.expect(handshake, since: bound.lowerBound, token: token)
    }

    mutating func end() {
        if let handshake { ear.forget(handshake) }
        handshake = nil
    }

    private var answers: [HandshakeAnswer] {
        handshake.map { ear.answers(to: $0) } ?? []
    }

    /// The answer that the kernel did not give to the socket and refused by RST, since the socket was bound to the pinned interface when
    /// it came in over another one.
    /// - Parameter socket: its handshake is not done.
    /// - Returns: the answer and the time from the sending of the SYN to it; nil when there is none.
    mutating func takeMissed(by socket: Socket, bound interface: Int32) -> (
        answer: HandshakeAnswer, roundTrip: Duration
    )? {
        guard let missed = answers.first(where: { isMissed($0, by: socket, bound: interface) }) else { return nil }
        acknowledged = missed.acknowledgement
        let arrived = missed.stamp != 0 ? missed.stamp : SystemClock.wall().nanoseconds
        return (missed, .nanoseconds(max(0, arrived &- bound.lowerBound)))
    }

    /// The SYN's number is not known, and so not whether the answer acknowledges it. But what came when the socket was bound no more is the
    /// socket's own affair, and the time before that is a few microseconds.
    private func isMissed(_ answer: HandshakeAnswer, by socket: Socket, bound interface: Int32) -> Bool {
        guard answer.interface != 0, answer.interface != interface, answer.acknowledgement != acknowledged,
            let information = try? socket.tcpInformation(), information.isAwaitingAnswer
        else { return false }
        return answer.stamp != 0 ? bound.contains(answer.stamp) : information.receivedSegments == 0
    }

    /// The interface by which the answer came in that ended the handshake; 0 when not known.
    mutating func takeArrival(isRefusal: Bool) -> Int32 {
        guard let last = answers.last(where: { $0.isRefusal == isRefusal }) else { return 0 }
        acknowledged = last.acknowledgement
        return last.interface
    }

    /// When answers may have been lost in this host.
    var overflowTime: Int64 { ear.overflowTime() }
}
