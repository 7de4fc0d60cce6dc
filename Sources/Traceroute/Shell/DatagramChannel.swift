internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// Traces by UDP without any privilege: an ordinary socket for each flow, whose error queue brings the answers of routers
/// with what they quote of our payload. Where one quotes too little for that (eight bytes, RFC 792), each probe is sent to a
/// port of its own, which the queue tells (the way of tracepath).
final class DatagramChannel: TraceChannel {
    let access = TraceReport.Access.datagram
    private let target: SocketAddress
    private let control: SendControl
    let source: IPAddress?
    private let cookie: [UInt8]
    private let reservation: PortReservation
    private var flows: [Socket] { reservation.sockets }
    private var stamps: [StampBook]
    private let batch = ReceiveBatch(capacity: 16, payloadSize: EchoChannel.longestPacket)
    private let out = SendBatch(capacity: 1, payloadSize: EchoChannel.longestPacket, controlSize: 96)
    /// Errors that quote too little to tell whose they are.
    private(set) var unreadable = 0
    /// By flow, once each probe has a destination port of its own: each flow has a socket of its own, which tells them apart.
    private var ownPorts: [OwnPorts]
    private(set) var isOfOwnPorts = false
    private var isToBeginAnew = false

    private static let cookieLength = 8
    private static let payloadLength = cookieLength + 4

    private var family: IPFamily { target.family }

    init(to address: IPAddress, request: TraceRequest) throws(TraceError) {
        let interface = try ChannelSetup.interface(request)
        target = SocketAddress(
            address,
            port: request.port ?? UDPProbes.defaultPort,
            scope: address.isLinkLocal ? UInt32(bitPattern: interface) : 0
        )
        let source = try ChannelSetup.source(to: target, interface: interface, request, by: .udp)
        self.source = source
        var control = SendControl()
        if interface != 0 { control.addInterface(interface, source: request.source, family: address.family) }
        self.control = control
        var generator = SystemRandomNumberGenerator()
        cookie = (0..<Self.cookieLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let number = request.plan.flows.mostSent
        do throws(SystemError) {
            reservation = try PortReservation(
                from: source,
                to: target,
                port: target.port,
                .datagram,
                flows: number,
                sources: { ChannelSetup.sources($0, flows: number, request, by: .udp) }
            )
            for socket in reservation.sockets { try Self.prepare(socket, mark: request.mark) }
        } catch {
            throw ChannelSetup.explain(error, request)
        }
        stamps = Array(repeating: StampBook(), count: number)
        ownPorts = Array(repeating: OwnPorts(behind: target.port), count: number)
        usleep(2_000)
    }

    private static func prepare(_ socket: Socket, mark: UInt32?) throws(SystemError) {
        let family = socket.family
        if let mark { try socket.set(.mark, Int32(bitPattern: mark)) }
        try socket.set(.receiveErrors(family), 1)
        try? socket.set(.receiveHopLimit(family), 1)
        // 3: DF is set, and what the kernel believes of the path is not asked.
        try? socket.set(.mtuDiscovery(family), 3)
        try? socket.enable(.kernel)
    }

    var descriptors: [Int32] { flows.map(\.number) }
    var drops: Int { flows.reduce(0) { $0 + Int($1.receiveDrops()) } }

    func prepareForLargePackets() {}

    func sourcePort(ofFlow flow: Int) -> UInt16? {
        flows.indices.contains(flow) ? reservation.ports.port(of: flow) : nil
    }

    var blindness: [String] {
        var sentences = ["without CAP_NET_RAW: MPLS labels and address translation are not seen"] + reservation.remark
        if isOfOwnPorts {
            sentences.append(
                "a router quotes too little to tell probes apart by what they hold: each has a destination port of its own, so hops may "
                    + "be of different parallel paths"
            )
        } else if unreadable > 0 {
            sentences.append("\(unreadable) answers quote too little to tell whose they are, so hops may be missing")
        }
        return sentences
    }

    func mustBeginAnew() -> Bool {
        defer { isToBeginAnew = false }
        return isToBeginAnew
    }

    /// Where a probe goes: its target at a port of its own, where it needs one.
    private func destination(of probe: OutgoingProbe) -> SocketAddress {
        guard isOfOwnPorts else { return target }
        var own = target
        own.port = ownPorts[probe.flow].take(for: probe.number, at: SystemClock.monotonic())
        return own
    }

    private func isTarget(_ address: SocketAddress, of flow: Int) -> Bool {
        address.address == target.address
            && (address.port == target.port || ownPorts[flow].owner(of: address.port) != nil)
    }

    func send(_ probe: OutgoingProbe) -> Reason? {
        guard flows.indices.contains(probe.flow) else { return .internal }
        var control = control
        control.addHopLimit(UInt8(clamping: probe.ttl), family: family)
        let payload = payload(of: probe)
        out.clear()
        out.append(to: destination(of: probe), control: control) { buffer in
            buffer.copyBytes(from: payload)
            return payload.count
        }
        // The socket hands out the error of an earlier probe first; it is in the error queue too.
        var last: Int32 = 0
        for _ in 0..<8 {
            do throws(SystemError) {
                guard try out.send(on: flows[probe.flow], from: 0) == 1 else { return .overload }
                stamps[probe.flow].sent(probe.number)
                return nil
            } catch {
                last = error.code
                if ChannelSetup.isEarlier(error.code) { continue }
                stamps[probe.flow].restart(flows[probe.flow])
                return ChannelSetup.reason(error.code)
            }
        }
        stamps[probe.flow].restart(flows[probe.flow])
        return ChannelSetup.lastReason(last)
    }

    private func payload(of probe: OutgoingProbe) -> [UInt8] {
        var payload = cookie + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: probe.number >> $0) }
        let header = (family == .v4 ? IPv4Header.minimumLength : IPv6Header.length) + UDPHeader.length
        let wanted = min(probe.length ?? 0, EchoChannel.longestPacket) - header
        if wanted > payload.count { payload += Array(repeating: 0, count: wanted - payload.count) }
        return payload
    }

    private func number(in payload: RawSpan) -> Int? {
        guard payload.byteCount >= Self.payloadLength else { return nil }
        func byte(_ offset: Int) -> UInt8 { payload.unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
        for index in 0..<Self.cookieLength where byte(index) != cookie[index] { return nil }
        return (0..<4).reduce(0) { $0 << 8 | Int(byte(Self.cookieLength + $1)) }
    }

    // MARK: Receiving

    func drain(_ body: (Received) -> Void) throws(SystemError) {
        for flow in flows.indices {
            for errors in [true, false] {
                while true {
                    let count = try ChannelSetup.receive(batch, from: flows[flow], errors: errors)
                    if count == 0 { break }
                    let now = SystemClock.monotonic()
                    for index in 0..<count {
                        let received = errors ? queued(index, flow, now) : reply(index, flow, now)
                        if let received { body(received) }
                    }
                }
            }
        }
    }

    private func reply(_ index: Int, _ flow: Int, _ now: MonotonicTime) -> Received? {
        let control = batch.control(index)
        guard let sender = batch.source(index), isTarget(sender, of: flow),
            let number = number(in: batch.payload(index).bytes)
        else { return .stray }
        let answer = TraceAnswer(kind: .reply(.datagram), responder: sender.address, control, receivedAt: now)
        return .answer(number: number, answer)
    }

    private func queued(_ index: Int, _ flow: Int, _ now: MonotonicTime) -> Received? {
        let control = batch.control(index)
        guard let error = control.error else { return nil }
        switch error.origin {
        case .timestamp:
            guard control.softwareStamp != 0, let number = stamps[flow].owner(of: error.data) else { return nil }
            return .transmitted(number: number, WallTime(nanoseconds: control.softwareStamp))
        case .icmp, .icmpv6:
            guard let offender = error.offender, let destination = batch.source(index), isTarget(destination, of: flow)
            else { return .stray }
            let own = isOfOwnPorts ? ownPorts[flow].owner(of: destination.port) : nil
            guard let number = number(in: batch.payload(index).bytes) ?? own else {
                noteShortQuote()
                return .stray
            }
            let kind = ICMPErrorKind(error, family: family)
            let answer = TraceAnswer(
                kind: ChannelSetup.kind(kind, from: offender.address, target: target.address),
                responder: offender.address,
                control,
                receivedAt: now
            )
            return .answer(number: number, answer)
        case .local, .other:
            return nil
        }
    }

    private func noteShortQuote() {
        unreadable += 1
        // A port that somebody chose is what is to be asked.
        guard !isOfOwnPorts, target.port == UDPProbes.defaultPort else { return }
        (isOfOwnPorts, isToBeginAnew) = (true, true)
    }
}
