internal import Model
internal import Sockets

/// What is heard beside the socket.
extension TCPFlow {
    /// The ear heard something for the open attempt.
    func heard() -> Step {
        guard let socket, pinned.name != nil,
            let missed = hearing?.takeMissed(by: socket, bound: pinned.index)
        else { return .inProgress }
        let arrival = missed.answer.interface
        guard !missed.answer.isRefusal else {
            return finish(failing: (.failed(.refused), OutcomeDetail(arrivalInterface: arrival, answer: "RST")))
        }
        abandon()
        var detail = OutcomeDetail(arrivalInterface: arrival, answer: "SYN-ACK", message: portNote)
        detail.wireTicket = ticket
        detail.phases = [Self.connecting(missed.roundTrip.nanoseconds)]
        portNote = nil
        wasHeldUp = false
        lastRoundTrip = missed.roundTrip
        // The kernel stamps no SYN that leaves.
        return .finished(.answered(roundTrip: missed.roundTrip, clock: .user), detail)
    }

    /// Where the answer came in; over the pinned interface nothing is to be told.
    /// - Parameter interface: 0 where nobody heard it.
    func otherInterface(_ interface: Int32) -> Int32? {
        guard interface != 0 else { return nil }
        guard pinned.name != nil else { return interface }
        // Only the first SYN was bound to the interface: the answer to another tells nothing of the path.
        guard interface != pinned.index, (try? socket?.tcpInformation())?.retransmissions == 0 else { return nil }
        return interface
    }

    /// The last moment at which an answer that found no socket may have been lost in this host.
    func overflowTime() -> Int64 {
        pinned.name != nil ? hearing?.overflowTime ?? .min : .min
    }
}
