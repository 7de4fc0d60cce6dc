internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// One socket for all echo probes of one family over one pin.
final class ICMPChannel {
    enum Access: Hashable, Sendable {
        case raw, ping
    }

    let family: IPFamily
    let pin: Pin
    let access: Access
    let socket: Socket
    private let identifier: UInt16
    private let cookie: UInt64
    private var pinned: PinnedInterface
    private var number: UInt32
    private var table = SequenceTable(size: 1024)
    private var stamps = StampTable()
    /// Where every packet goes first, whatever the routing table says of its destination (a pin's `next_hop`).
    let gateway: IPv4Address?
    /// Transmit stamps are asked for and the kernel took the request.
    let expectsStamps: Bool
    private var pending: ContiguousArray<(number: UInt32, owner: SequenceTable.Owner)> = []
    private(set) var strangers: UInt64 = 0
    private(set) var drops: UInt32 = 0
    private let out = SendBatch(capacity: 64, payloadSize: 64, controlSize: 80)

    /// - Throws: why there can be no such socket now.
    init(family: IPFamily, pin: Pin, access: Access) throws(SystemError) {
        self.family = family
        self.pin = pin
        self.access = access
        pinned = PinnedInterface(pin.interface)
        socket = try Socket(family, access == .raw ? .rawICMP : .pingICMP)
        var random = SystemRandomNumberGenerator()
        cookie = random.next()
        number = UInt32.random(in: 0...UInt32.max, using: &random)
        identifier = try Self.prepare(socket, pin, access)
        if access == .raw, family == .v4, case .v4(let hop)? = pin.nextHop {
            try socket.set(.includesHeader, 1)
            gateway = hop
        } else {
            gateway = nil
        }
        expectsStamps = (try? socket.enable(.kernel)) != nil
        drops = socket.receiveDrops()
    }

    /// Sets what is constant for the socket.
    /// - Returns: the identifier of its echo requests.
    private static func prepare(_ socket: Socket, _ pin: Pin, _ access: Access) throws(SystemError) -> UInt16 {
        let family = socket.family
        if let mark = pin.mark { try socket.set(.mark, Int32(bitPattern: mark)) }
        if let dscp = pin.dscp { try socket.set(.trafficClass(family), Int32(dscp) << 2) }
        if pin.bindsWay { try socket.set(.receiveInterface(family), 1) }
        // Never fragmented at 44 bytes; and the kernel need not draw an IP identification.
        try socket.set(.mtuDiscovery(family), 3)
        socket.enlargeReceiveBuffer(to: 4 << 20)
        let source = pin.source.map { SocketAddress($0) } ?? .any(family)
        switch access {
        case .raw:
            let identifier = UInt16.random(in: 1...UInt16.max)
            try socket.passICMP(types: family == .v4 ? ICMPFilter.typesV4 : ICMPFilter.typesV6)
            try socket.attach(
                family == .v4 ? ICMPFilter.v4(identifier: identifier) : ICMPFilter.v6(identifier: identifier)
            )
            if pin.source != nil { try socket.bind(to: source) }
            return identifier
        case .ping:
            try socket.set(.receiveErrors(family), 1)
            return try bindRandomIdentifier(socket, source)
        }
    }

    /// A ping socket's port is its identifier.
    private static func bindRandomIdentifier(_ socket: Socket, _ source: SocketAddress) throws(SystemError) -> UInt16 {
        for _ in 0..<16 {
            var address = source
            address.port = UInt16.random(in: 1...UInt16.max)
            do throws(SystemError) {
                try socket.bind(to: address)
                return address.port
            } catch  where error.code == EADDRINUSE {
                continue
            }
        }
        try socket.bind(to: source)
        return try socket.localAddress().port
    }

    /// Makes room so that what is open is never forgotten.
    func reserve(openProbes: Int) {
        var size = 1024
        while size < 4 * openProbes, size < 65_536 { size *= 2 }
        guard size > table.size else { return }
        table.grow(to: size)
        stamps = StampTable(size: size)
        try? socket.restartStampNumbers(.kernel)
    }

    // MARK: The pinned interface

    var interface: Int32 { pinned.index }

    func isInterfaceUsable(now: Int64) -> Bool { pinned.isUsable(now: now, through: socket) }

    func invalidateInterface() { pinned.invalidate() }

    /// The control messages that a stream's packets need.
    func control(ttl: UInt8?) -> SendControl {
        var control = SendControl()
        if pin.interface != nil { control.addInterface(interface, source: pin.source, family: family) }
        if let ttl { control.addHopLimit(ttl, family: family) }
        return control
    }

    // MARK: Sending

    var pendingCount: Int { pending.count }
    var hasRoom: Bool { pending.count < out.capacity }

    /// The place of the next packet is held by a probe that is still open.
    func nextPlaceOwner() -> SequenceTable.Owner? { table.evicted(by: number) }

    /// Puts a probe into the batch.
    /// - Parameter ttl: as in `control`.
    func append(_ owner: SequenceTable.Owner, to destination: SocketAddress, control: SendControl, ttl: UInt8?) {
        if pending.isEmpty { out.clear() }
        let current = number
        number &+= 1
        table.insert(current, owner)
        pending.append((current, owner))
        let payload = EchoPayload(cookie: cookie, stream: owner.stream, lap: UInt16(truncatingIfNeeded: current >> 16))
        guard let gateway else {
            return out.append(to: destination, control: control) { writeEcho(payload, current, into: $0) }
        }
        out.append(to: SocketAddress(.v4(gateway)), control: control) { buffer in
            guard buffer.count > IPv4Header.minimumLength else { return 0 }
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[IPv4Header.minimumLength...])
            let length = writeEcho(payload, current, into: rest)
            let header = header(to: destination.address, ttl: ttl, length: length)
            return header.flatMap { try? $0.write(into: buffer) + length } ?? 0
        }
    }

    /// An unset source and identification are filled in by the kernel.
    private func header(to destination: IPAddress, ttl: UInt8?, length: Int) -> IPv4Header? {
        guard case .v4(let destination) = destination else { return nil }
        var source = IPv4Address(rawValue: 0)
        if case .v4(let pinned)? = pin.source { source = pinned }
        return IPv4Header(
            source: source,
            destination: destination,
            protocol: .icmp,
            payloadLength: length,
            ttl: ttl ?? 64,
            dontFragment: true,
            trafficClass: (pin.dscp ?? 0) << 2
        )
    }

    private func writeEcho(
        _ payload: EchoPayload,
        _ current: UInt32,
        into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        withUnsafeTemporaryAllocation(byteCount: EchoPayload.length, alignment: 8) { data in
            payload.write(into: data)
            let length = try? ICMPEcho.write(
                .request,
                family: family,
                identifier: identifier,
                sequence: UInt16(truncatingIfNeeded: current),
                payload: UnsafeRawBufferPointer(data).bytes,
                balanced: true,
                into: buffer
            )
            return length ?? 0
        }
    }

    /// Sends the batch.
    /// - Parameter refused: called for each probe that did not leave, with the reason.
    func flush(_ refused: (SequenceTable.Owner, SystemError) -> Void) {
        var first = 0
        var retried = -1
        while first < pending.count {
            do throws(SystemError) {
                let sent = try out.send(on: socket, from: first)
                guard sent > 0 else { throw SystemError(code: EAGAIN, operation: "sendmmsg") }
                for index in first..<first + sent { stamps.sent(pending[index].number) }
                first += sent
            } catch {
                // A pending error of an earlier probe is reported once and has sent nothing: try again.
                if access == .ping, retried != first {
                    retried = first
                    continue
                }
                refused(pending[first].owner, error)
                if !Self.isBeforeNumbering(error.code) { restartStamps() }
                first += 1
            }
        }
        pending.removeAll(keepingCapacity: true)
    }

    /// Errors of route and address come before the kernel numbers the packet for its stamp; after others the count
    /// is in doubt.
    private static func isBeforeNumbering(_ code: Int32) -> Bool {
        switch code {
        case ENETUNREACH, EHOSTUNREACH, ENODEV, EINVAL, EADDRNOTAVAIL, EACCES, EMSGSIZE: true
        default: false
        }
    }

    private func restartStamps() {
        guard expectsStamps else { return }
        stamps.restart()
        try? socket.restartStampNumbers(.kernel)
    }

    // MARK: Receiving

    /// Batches read in one turn; what is left then waits for the next, so that a flood stops nothing else.
    private static let mostRounds = 64

    /// Reads the error queue to its end: transmit stamps, and for ping sockets ICMP errors.
    func receiveErrors(_ batch: ReceiveBatch, into events: inout ContiguousArray<PacketEvent>) {
        for round in 0..<Self.mostRounds {
            guard let count = try? batch.receive(from: socket, errors: true), count > 0 else {
                // An error without a record would keep the descriptor ready for ever.
                if round == 0, access == .ping { _ = socket.takeError() }
                return
            }
            for index in 0..<count {
                let control = batch.control(index)
                guard let error = control.error else { continue }
                if error.origin == .timestamp {
                    guard let number = stamps.take(error.data), let owner = table.owner(of: number) else { continue }
                    events.append(PacketEvent(kind: .transmitted, owner: owner, stamp: control.softwareStamp))
                } else if error.origin == .icmp || error.origin == .icmpv6 {
                    readQueuedError(error, batch.payload(index), into: &events)
                }
            }
            if count < batch.capacity { return }
        }
    }

    /// On a ping socket: the payload is our own packet from its ICMP header on.
    private func readQueuedError(
        _ error: ExtendedError,
        _ payload: UnsafeRawBufferPointer,
        into events: inout ContiguousArray<PacketEvent>
    ) {
        let kind = ICMPErrorKind(family: family, type: error.icmpType, code: error.icmpCode, mtu: error.information)
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
        if access == .raw, family == .v4 {
            guard let first = packet.first else { return nil }
            let header = Int(first & 15) * 4
            guard header >= 20, packet.count >= header + 8 else { return nil }
            message = UnsafeRawBufferPointer(rebasing: packet[header...])
        }
        guard let decoded = try? ICMPMessage(decoding: message.bytes, family: family) else { return nil }
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
