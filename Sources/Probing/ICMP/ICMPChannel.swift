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
    let identifier: UInt16
    let cookie: UInt64
    private var pinned: PinnedInterface
    private var number: UInt32
    var table = SequenceTable(size: 1024)
    var stamps = StampTable()
    private(set) var nextHop: NextHop?
    /// Transmit stamps are asked for and the kernel took the request.
    let expectsStamps: Bool
    private var pending: ContiguousArray<(number: UInt32, owner: SequenceTable.Owner)> = []
    var strangers: UInt64 = 0
    var drops: UInt32 = 0
    private let out = SendBatch(
        capacity: 64,
        payloadSize: NextHop.longestHeader + ICMPEcho.headerLength + EchoPayload.length,
        controlSize: 80
    )

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
        // A ping socket's packets go where the kernel finds that they go.
        nextHop = access == .raw ? NextHop(pin, family: family) : nil
        if nextHop != nil { try socket.set(.includesHeader(family), 1) }
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

    /// Why packets for the next hop have no source now; nil where they have one, or there is no next hop.
    func missingSource(now: Int64) -> String? {
        guard nextHop?.hasSource(by: interface, now: now) == false else { return nil }
        return nextHop?.missingSource
    }

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
        guard let nextHop else {
            return out.append(to: destination, control: control) { writeEcho(payload, current, into: $0) }
        }
        let target = destination.address
        out.append(to: nextHop.address(by: interface), control: control) { buffer in
            nextHop.writePacket(to: target, ttl: ttl, into: buffer) {
                writeEcho(payload, current, addresses: $1, into: $0)
            }
        }
    }

    private func writeEcho(
        _ payload: EchoPayload,
        _ current: UInt32,
        addresses: (source: IPAddress, destination: IPAddress)? = nil,
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
                addresses: addresses,
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
}
