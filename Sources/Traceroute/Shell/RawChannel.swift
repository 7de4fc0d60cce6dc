internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// Traces by UDP or TCP with whole packets of our own making; needs CAP_NET_RAW.
final class RawChannel: TraceChannel {
    let access = TraceReport.Access.raw
    var probes: DatagramProbes
    let target: SocketAddress
    let source: IPAddress?
    let isBound: Bool
    private var doors: FlowDoors
    let sender: Socket
    /// ICMP errors.
    let errors: Socket
    /// What the target itself answers: TCP segments, or UDP to our own ports.
    let replies: [Socket]
    /// Which of those have something, by index. Those of flows that have not begun are among them: what strays to their ports is
    /// to be taken too, or it would end each wait at once.
    let ready: Epoll
    /// Nil for connections, which have ports of their own.
    private let reservation: PortReservation?
    /// Nil unless the probes hide in connections.
    var sessions: TCPSessions?
    let batch = ReceiveBatch(capacity: 16, payloadSize: EchoChannel.longestPacket)
    private let out = SendBatch(capacity: 1, payloadSize: EchoChannel.longestPacket, controlSize: 96)
    var stamps = StampBook()
    /// By flow: numbers of its latest probes.
    var inSession: [Int: [Int]] = [:]
    private static let remembered = 255
    /// Probes whose connection has ended; those that are not answered yet count as not sent.
    var orphans: [Int] = []
    /// Flows whose target names the bytes that it acknowledges, and those whose target does not.
    var naming: Set<Int> = []
    var nameless: Set<Int> = []

    var family: IPFamily { target.family }

    /// - Throws: `.privilege` without CAP_NET_RAW.
    init(to address: IPAddress, request: TraceRequest, cancellation: TraceCancellation?) throws(TraceError) {
        let interface = try ChannelSetup.interface(request)
        target = SocketAddress(address, scope: address.isLinkLocal ? UInt32(bitPattern: interface) : 0)
        let source = try ChannelSetup.source(to: target, interface: interface, request)
        self.source = source
        var generator = SystemRandomNumberGenerator()
        let isUDP = request.protocol == .udp
        let port = request.destinationPort
        var opened: [Int] = []
        do throws(SystemError) {
            let flows = request.plan.flows.mostSent
            reservation =
                try request.isInSession
                ? nil
                : PortReservation(
                    from: source,
                    to: target,
                    port: port,
                    isUDP ? .datagram : .stream,
                    flows: flows,
                    sources: { ChannelSetup.sources($0, flows: flows, request) }
                )
            var ports =
                reservation?.ports
                ?? FlowPorts(
                    local: source,
                    target: address,
                    targetPort: port,
                    // The port of a session that was just closed cannot be taken again.
                    firstPort: UInt16.random(in: FlowPorts.range, using: &generator)
                )
            if reservation == nil { ports.sources = ChannelSetup.sources(ports, flows: flows, request) }
            sender = try Socket(address.family, .rawIP)
            errors = try Socket(address.family, .rawICMP)
            try errors.passICMP(types: address.family == .v4 ? [3, 11, 12] : [1, 2, 3, 4])
            if let mark = request.mark { try sender.set(.mark, Int32(bitPattern: mark)) }
            var control = SendControl()
            if interface != 0 { control.addInterface(interface, source: request.source, family: address.family) }
            let question = request.question(to: address, source: source)
            isBound = request.source != nil || request.isInSession
            doors = FlowDoors(question, isBound: isBound, usual: FlowDoors.Door(address: target, control: control))
            if isUDP {
                let cookie = (0..<8).map { _ in UInt8.random(in: 0...255, using: &generator) }
                let base = UInt16.random(in: 0..<65_535, using: &generator)
                probes = .udp(UDPProbes(ports, strategy: request.strategy, base: base, cookie: cookie))
                // Our own ports, so that what the target sends to them is read and not answered with an error.
                replies = reservation?.sockets ?? []
                for socket in replies { try? socket.set(.receiveHopLimit(ports.family), 1) }
                sessions = nil
            } else {
                let listener = try Socket(address.family, .rawTCP)
                try listener.attach(TCPReplyFilter.filter(ports, flows: FlowPlan.mostFlows))
                replies = [listener]
                var tcp = TCPProbes(ports, base: UInt32.random(in: 0...UInt32.max, using: &generator))
                if request.isInSession {
                    var sessions = TCPSessions(ports, target, mark: request.mark)
                    let open = try sessions.openFirst(request.plan.flows.atOnce, listener, cancellation)
                    let gone = try sessions.awaitEnd(of: open.map(\.flow), within: sessions.endsWithin)
                    for (flow, session) in open where !gone.contains(flow) {
                        tcp.open(session, flow: flow)
                        opened.append(flow)
                    }
                    self.sessions = sessions
                } else {
                    sessions = nil
                }
                probes = .tcp(tcp)
            }
            ready = try Epoll(capacity: max(replies.count, 1))
            for (index, socket) in replies.enumerated() {
                try ready.add(socket.number, .readable, token: UInt64(index))
            }
            for socket in [sender, errors] + replies { try? socket.enable(.kernel) }
            for socket in [errors] + replies { socket.enlargeReceiveBuffer(to: ChannelSetup.receiveBuffer) }
            for socket in [errors] + replies where address.family == .v6 {
                try? socket.set(.receiveHopLimit(.v6), 1)
            }
        } catch {
            throw ChannelSetup.explain(error, request)
        }
        // The kernel switches receive stamps on in the background; packets before that have none.
        usleep(2_000)
        for flow in opened { acknowledge(flow) }
    }

    var descriptors: [Int32] { [sender.number, errors.number, ready.number] }

    func prepareForLargePackets() throws(SystemError) {
        // 3: what the kernel believes of the path is not asked. DF is in the packets of our own making anyway.
        try sender.set(.mtuDiscovery(family), 3)
    }

    func sourcePort(ofFlow flow: Int) -> UInt16? {
        probes.ports?.port(of: flow)
    }

    var blindness: [String] {
        let unnamed = nameless.isEmpty ? [] : [Self.unnamed]
        return (reservation?.remark ?? []) + (sessions?.blindness ?? []) + unnamed
    }

    private static let unnamed =
        "the target's acknowledgements name no bytes (D-SACK, RFC 2883): its distance is the nearest that their number allows, "
        + "and where several probes can have caused one it has no time"

    var maximumSegmentSize: UInt16? { sessions?.maximumSegmentSize }
    var wakeUp: MonotonicTime? { sessions?.wakeUp }
    var drops: Int { ([errors] + replies).reduce(0) { $0 + Int($1.receiveDrops()) } }
    var handshakeTime: Duration { sessions?.patience ?? .zero }
    var connections: Int { sessions?.count ?? 0 }

    func closeConnection(inOrder: Bool) { sessions?.close(inOrder: inOrder) }

    func renewConnections() -> Bool {
        let flows = sessions?.renew() ?? []
        for flow in flows { probes.close(flow: flow) }
        return !flows.isEmpty
    }

    /// A SYN carries no data, and an answer that names no bytes names no size.
    var isSizable: Bool {
        guard case .tcp = probes else { return true }
        return sessions.map { !$0.refused.contains(0) && !nameless.contains(0) } ?? false
    }

    func send(_ probe: OutgoingProbe) -> Reason? {
        guard sessions?.admit(probe, at: SystemClock.monotonic()) ?? true else { return nil }
        if sessions?.isEnded(flow: probe.flow) == true {
            probes.close(flow: probe.flow)
            orphans += inSession[probe.flow] ?? []
        }
        if sessions != nil { note(probe) }
        return transmit(probe)
    }

    /// What was sent into a connection lately: once the target has ended it, silence to that is no loss.
    private func note(_ probe: OutgoingProbe) {
        let isOpen = sessions?.refused.contains(probe.flow) == false
        inSession[probe.flow] = isOpen ? (inSession[probe.flow] ?? []).suffix(Self.remembered) + [probe.number] : nil
    }

    func transmit(_ probe: OutgoingProbe) -> Reason? {
        out.clear()
        let door = doors.door(of: probe.flow, probes.ports)
        out.append(to: door.address, control: door.control) { probes.write(probe, into: $0) }
        do throws(SystemError) {
            guard try out.send(on: sender, from: 0) == 1 else { return .overload }
            stamps.sent(probe.number)
            return nil
        } catch {
            stamps.restart(sender)
            return ChannelSetup.reason(error.code)
        }
    }

    /// The handshake's end once more.
    func acknowledge(_ flow: Int) {
        out.clear()
        let door = doors.door(of: flow, probes.ports)
        out.append(to: door.address, control: door.control) { probes.writeAcknowledgement(flow: flow, into: $0) }
        if (try? out.send(on: sender, from: 0)) == 1 { stamps.skip() } else { stamps.restart(sender) }
    }
}
