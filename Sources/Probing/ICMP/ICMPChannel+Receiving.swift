internal import Model
internal import Sockets
internal import Wire

/// What comes back: answers, ICMP errors and the stamps of what was sent.
extension ICMPChannel {
    /// Batches read in one turn; what is left then waits for the next, so that a flood stops nothing else.
    private static let mostRounds = 64

    /// Reads the error queue to its end: transmit stamps, and for ping sockets ICMP errors.
    func receiveErrors(_ batch: ReceiveBatch, into events: inout ContiguousArray<PacketEvent>) {
        let wasThere = batch.readErrors(of: socket, mostBatches: Self.mostRounds) { error, control, payload in
            if error.origin == .timestamp {
                guard let number = stamps.take(error.data), let owner = table.owner(of: number) else { return }
                events.append(PacketEvent(kind: .transmitted, owner: owner, stamp: control.softwareStamp))
            } else if error.origin == .icmp || error.origin == .icmpv6 {
                readQueuedError(error, payload, into: &events)
            }
        }
        // An error without a record would keep the descriptor ready for ever.
        if !wasThere, access == .ping { _ = socket.takeError() }
    }

    /// On a ping socket: the payload is our own packet from its ICMP header on.
    private func readQueuedError(
        _ error: ExtendedError,
        _ payload: UnsafeRawBufferPointer,
        into events: inout ContiguousArray<PacketEvent>
    ) {
        let kind = ICMPErrorKind(error, family: family)
        guard payload.count >= 8, let reason = Reason(kind) else { return }
        let sequence = UInt16(bigEndian: payload.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
        guard let found = table.owner(ofLow: sequence) else { return strangers += 1 }
        events.append(PacketEvent(kind: .failure(reason), owner: found.owner, responder: error.offender?.address))
    }

    /// Reads the receive queue to its end.
    /// - Parameter destination: of a stream, to check what an error quotes.
    func receive(
        _ batch: ReceiveBatch,
        into events: inout ContiguousArray<PacketEvent>,
        destination: (SequenceTable.Owner) -> IPAddress?
    ) {
        for _ in 0..<Self.mostRounds {
            guard let count = try? batch.receive(from: socket), count > 0 else { return }
            for index in 0..<count {
                let found = read(batch.payload(index), batch.source(index)?.address, destination)
                guard var event = found else {
                    strangers += 1
                    continue
                }
                let control = batch.control(index)
                event.stamp = control.softwareStamp
                event.interface = control.interface
                events.append(event)
            }
            if count < batch.capacity { return }
        }
    }

    /// One packet; nil when it is not for us.
    private func read(
        _ packet: UnsafeRawBufferPointer,
        _ source: IPAddress?,
        _ destination: (SequenceTable.Owner) -> IPAddress?
    ) -> PacketEvent? {
        var message = packet
        var isWhole = false
        if access == .raw, family == .v4 {
            guard let first = packet.first else { return nil }
            let header = Int(first & 15) * 4
            guard header >= 20, packet.count >= header + 8 else { return nil }
            message = UnsafeRawBufferPointer(rebasing: packet[header...])
            isWhole = packet.count >= Int(UInt16(bigEndian: packet.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
        // The kernel hands a raw socket what it has not checked; of what is cut nothing can be checked.
        guard let decoded = try? ICMPMessage(decoding: message.bytes, family: family, checked: isWhole) else {
            return nil
        }
        switch decoded {
        case .echoReply(let echo):
            guard echo.identifier == identifier else { return nil }
            return readReply(echo, UnsafeRawBufferPointer(rebasing: message[8...]), source, destination)
        case .error(let error):
            return readError(error, source, destination)
        case .echoRequest, .other:
            return nil
        }
    }

    private func readReply(
        _ echo: ICMPEcho,
        _ data: UnsafeRawBufferPointer,
        _ source: IPAddress?,
        _ destination: (SequenceTable.Owner) -> IPAddress?
    ) -> PacketEvent? {
        guard let payload = EchoPayload(reading: data), payload.cookie == cookie else { return nil }
        let number = UInt32(payload.lap) << 16 | UInt32(echo.sequence)
        guard let owner = table.owner(of: number), owner.stream == payload.stream else { return nil }
        let responder = source == destination(owner) ? nil : source
        return PacketEvent(kind: .answer, owner: owner, responder: responder)
    }

    private func readError(
        _ error: ICMPError,
        _ source: IPAddress?,
        _ destination: (SequenceTable.Owner) -> IPAddress?
    ) -> PacketEvent? {
        guard case .echoRequest(let echo) = error.quote.transport, echo.identifier == identifier else { return nil }
        guard let found = table.owner(ofLow: echo.sequence), let reason = Reason(error.kind) else { return nil }
        guard destination(found.owner) == error.quote.destination else { return nil }
        return PacketEvent(kind: .failure(reason), owner: found.owner, responder: source)
    }

    /// Packets the kernel dropped for want of room since the last call.
    func newDrops() -> UInt32 {
        let current = socket.receiveDrops()
        defer { drops = current }
        return current &- drops
    }
}
