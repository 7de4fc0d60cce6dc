internal import Model
internal import Sockets
internal import Wire

extension ReceiveBatch {
    /// Reads a socket's error queue to its end.
    /// - Parameter mostBatches: of one turn; what is left then waits for the next, so that a flood stops nothing else.
    /// - Returns: false where nothing was there.
    @inline(__always)
    func readErrors(
        of socket: Socket,
        mostBatches: Int,
        _ body: (ExtendedError, ReceivedControl, UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        for round in 0..<mostBatches {
            guard let count = try? receive(from: socket, errors: true), count > 0 else { return round > 0 }
            for index in 0..<count {
                let control = control(index)
                if let error = control.error { body(error, control, payload(index)) }
            }
            if count < capacity { return true }
        }
        return true
    }

    /// The first ICMP error about a connection in the queue of its socket that has a reason, with the router that sent it.
    func connectionError(of socket: Socket) -> (reason: Reason, router: IPAddress?)? {
        guard let count = try? receive(from: socket, errors: true) else { return nil }
        for index in 0..<count {
            guard let error = control(index).error, error.origin == .icmp || error.origin == .icmpv6 else { continue }
            let kind = ICMPErrorKind(error, family: socket.family)
            if let reason = Reason(kind) { return (reason, error.offender?.address) }
        }
        return nil
    }
}
