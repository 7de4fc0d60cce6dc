internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// Traces by ICMP: echo requests of constant checksum, one checksum for each flow.
final class EchoChannel: TraceChannel {
    let access: TraceReport.Access
    let socket: Socket
    private let target: SocketAddress
    private let control: SendControl
    private let identifier: UInt16
    private let firstSequence: UInt16
    /// What packets leave from: they are bound to it, for among several next hops the kernel chooses by it; nil where it
    /// does not say.
    let source: IPAddress?
    /// Balance bytes, a random cookie that proves a reply ours, padding.
    private let payload: [UInt8]
    /// Takes the packets instead of the router that the kernel would choose.
    private var nextHop: NextHop?
    private let interface: Int32
    private let batch = ReceiveBatch(capacity: 16, payloadSize: longestPacket)
    private let out = SendBatch(capacity: 1, payloadSize: longestPacket, controlSize: 96)
    private var stamps = StampBook()
    private var latest = 0

    /// Of a jumbo frame.
    static let longestPacket = 9_216
    private static let cookieLength = 8
    /// Where the word stands that makes the flow: behind balance and cookie.
    private static let flowOffset = 2 + cookieLength
    private static let payloadLength = 24

    private var family: IPFamily { target.family }

    /// Raw socket, else ping socket.
    init(to address: IPAddress, request: TraceRequest) throws(TraceError) {
        let family = address.family
        interface = try ChannelSetup.interface(request)
        target = SocketAddress(address, scope: address.isLinkLocal ? UInt32(bitPattern: interface) : 0)
        do throws(TraceError) {
            let first = request.firstDestination(to: address)
            let destination = SocketAddress(first, scope: first.isLinkLocal ? UInt32(bitPattern: interface) : 0)
            source = try ChannelSetup.source(to: destination, interface: interface, request, by: .icmp)
        } catch {
            // A broadcast address, which would answer as many as there are.
            if case .input = error { throw error }
            source = nil
        }
        (socket, access) = try Self.open(family)
        socket.enlargeReceiveBuffer(to: ChannelSetup.receiveBuffer)
        let pin = Pin(source: request.source ?? source, interface: request.interface, nextHop: request.nextHop)
        nextHop = NextHop(pin, family: family)
        if nextHop != nil, access != .raw {
            throw .privilege(
                "packets are handed to the next hop \(request.nextHop?.description ?? "") with CAP_NET_RAW alone"
            )
        }
        var control = SendControl()
        if interface != 0 { control.addInterface(interface, source: request.source, family: family) }
        self.control = control
        var generator = SystemRandomNumberGenerator()
        firstSequence = UInt16.random(in: 0...UInt16.max, using: &generator)
        payload = [0, 0] + (2..<Self.payloadLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
        do throws(SystemError) {
            let (scope, source) = (target.scope, request.source ?? source)
            if nextHop != nil { try socket.set(.includesHeader(family), 1) }
            identifier = try Self.prepare(
                socket,
                access,
                request,
                local: source.map { SocketAddress($0, scope: $0.isLinkLocal ? scope : 0) }
            )
        } catch {
            throw ChannelSetup.explain(error, request)
        }
    }

    private static func open(_ family: IPFamily) throws(TraceError) -> (Socket, TraceReport.Access) {
        let refusal: SystemError
        do throws(SystemError) {
            return (try Socket(family, .rawICMP), .raw)
        } catch {
            refusal = error
        }
        guard refusal.isPermission else { throw .local("cannot open a raw socket: \(refusal.message)") }
        do throws(SystemError) {
            return (try Socket(family, .pingICMP), .ping)
        } catch {
            throw .privilege(
                """
                a trace needs a raw socket (capability CAP_NET_RAW) or a ping socket, and both are refused: grant the \
                first with `setcap cap_net_raw+ep` on the binary, or the second with \
                `sysctl -w net.ipv4.ping_group_range="0 2147483647"`
                """
            )
        }
    }

    /// - Returns: the identifier of our echo requests.
    private static func prepare(
        _ socket: Socket,
        _ access: TraceReport.Access,
        _ request: TraceRequest,
        local: SocketAddress?
    ) throws(SystemError) -> UInt16 {
        let family = socket.family
        if let mark = request.mark { try socket.set(.mark, Int32(bitPattern: mark)) }
        if access == .raw {
            // Replies and the errors that quote; nothing else wakes us.
            try socket.passICMP(types: family == .v4 ? [0, 3, 11, 12] : [1, 2, 3, 4, 129])
        } else {
            try socket.set(.receiveErrors(family), 1)
        }
        if local != nil || access == .ping { try socket.bind(to: local ?? .any(family)) }
        if access == .ping || family == .v6 { try? socket.set(.receiveHopLimit(family), 1) }
        if (try? socket.enable(.kernel)) != nil {
            // The kernel switches receive stamps on in the background; packets before that have none.
            usleep(2_000)
        }
        return access == .ping ? try socket.localAddress().port : UInt16.random(in: 1...UInt16.max)
    }

    var blindness: [String] {
        access == .raw ? [] : ["without CAP_NET_RAW: MPLS labels and address translation are not seen"]
    }

    var descriptors: [Int32] { [socket.number] }
    var drops: Int { Int(socket.receiveDrops()) }

    func prepareForLargePackets() throws(SystemError) {
        // 3: DF is set, and what the kernel believes of the path is not asked.
        try socket.set(.mtuDiscovery(family), 3)
    }

    // MARK: Sending

    func send(_ probe: OutgoingProbe) -> Reason? {
        var control = control
        control.addHopLimit(UInt8(clamping: probe.ttl), family: family)
        let payload = payload(of: probe)
        out.clear()
        let sequence = firstSequence &+ UInt16(truncatingIfNeeded: probe.number)
        if let nextHop {
            out.append(to: nextHop.address(by: interface), control: control) { buffer in
                nextHop.writePacket(to: target.address, ttl: UInt8(clamping: probe.ttl), into: buffer) {
                    write(payload, sequence, addresses: $1, into: $0)
                }
            }
        } else {
            out.append(to: target, control: control) { write(payload, sequence, into: $0) }
        }
        latest = max(latest, probe.number)
        // A ping socket hands out the error of an earlier probe first; it is in the error queue too.
        var last: Int32 = 0
        for _ in 0..<4 {
            do throws(SystemError) {
                guard try out.send(on: socket, from: 0) == 1 else { return .overload }
                stamps.sent(probe.number)
                return nil
            } catch {
                last = error.code
                if access == .ping, ChannelSetup.isEarlier(error.code) { continue }
                stamps.restart(socket)
                return ChannelSetup.reason(error.code)
            }
        }
        stamps.restart(socket)
        return ChannelSetup.lastReason(last)
    }

    private func write(
        _ payload: [UInt8],
        _ sequence: UInt16,
        addresses: (source: IPAddress, destination: IPAddress)? = nil,
        into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        let length = try? ICMPEcho.write(
            .request,
            family: family,
            identifier: identifier,
            sequence: sequence,
            payload: payload.span.bytes,
            balanced: true,
            addresses: addresses,
            into: buffer
        )
        return length ?? 0
    }

    private func payload(of probe: OutgoingProbe) -> [UInt8] {
        var payload = payload
        EchoFlow.set(probe.flow, in: &payload, at: Self.flowOffset, identifier: identifier)
        let header = (family == .v4 ? IPv4Header.minimumLength : IPv6Header.length) + ICMPEcho.headerLength
        let wanted = min(probe.length ?? 0, Self.longestPacket) - header
        if wanted > payload.count { payload += Array(repeating: 0, count: wanted - payload.count) }
        return payload
    }

    // MARK: Receiving

    /// Reads everything that waits in both queues.
    func drain(_ body: (Received) -> Void) throws(SystemError) {
        for errors in [true, false] {
            while true {
                // A raw socket has no such errors: one is of this host itself.
                let count =
                    access == .ping
                    ? try ChannelSetup.receive(batch, from: socket, errors: errors)
                    : try batch.receive(from: socket, errors: errors)
                if count == 0 { break }
                let now = SystemClock.monotonic()
                for index in 0..<count {
                    let control = batch.control(index)
                    let received = errors ? queued(index, control, now) : message(index, control, now)
                    if let received { body(received) }
                }
            }
        }
    }

    private func message(_ index: Int, _ control: ReceivedControl, _ now: MonotonicTime) -> Received? {
        guard let sender = batch.source(index) else { return nil }
        let bytes = batch.payload(index).bytes
        var start = 0
        var replyTTL = control.hopLimit
        if family == .v4, access == .raw {
            guard let header = try? IPv4Header(decoding: bytes) else { return .stray }
            start = header.headerLength
            replyTTL = header.ttl
        }
        let body = bytes.extracting(start..<bytes.byteCount)
        guard let message = try? ICMPMessage(decoding: body, family: family, checked: access == .raw) else {
            return .stray
        }
        var answer = TraceAnswer(kind: .reply(.echo), responder: sender.address, replyTTL: replyTTL, receivedAt: now)
        answer.takeStamp(of: control)
        switch message {
        case .echoReply(let echo):
            // Our cookie proves it an answer to us also where the target answers from another address.
            guard echo.identifier == identifier,
                QuotedCookie.stands(cookie, in: body, at: ICMPEcho.headerLength + 2)
            else { return .stray }
            return .answer(number: number(of: echo.sequence), answer)
        case .error(let error):
            guard case .echoRequest(let echo) = error.quote.transport, echo.identifier == identifier,
                error.quote.destination == target.address || quotesCookie(body)
            else { return .stray }
            answer.kind = error.kind == .ttlExceeded ? .ttlExceeded : .unreachable(error.kind)
            answer.quotedTTL = error.quote.ttl
            answer.labels = error.extensions.mpls.labels
            answer.furtherLabels = error.extensions.mpls.further
            answer.translation = source.flatMap { source in
                Translation(
                    quotedSource: error.quote.source,
                    sentSource: source,
                    quotedDestination: error.quote.destination,
                    sentDestination: target.address
                )
            }
            return .answer(number: number(of: echo.sequence), answer)
        case .echoRequest, .other:
            return nil
        }
    }

    /// A record of the error queue: a transmit stamp, or on a ping socket an ICMP error with our packet.
    private func queued(_ index: Int, _ control: ReceivedControl, _ now: MonotonicTime) -> Received? {
        guard let error = control.error else { return nil }
        switch error.origin {
        case .timestamp:
            guard control.softwareStamp != 0, let number = stamps.owner(of: error.data) else {
                return nil
            }
            return .transmitted(number: number, WallTime(nanoseconds: control.softwareStamp))
        case .icmp, .icmpv6:
            guard let offender = error.offender, let destination = batch.source(index),
                destination.address == target.address
            else { return .stray }
            let bytes = batch.payload(index).bytes
            guard let quoted = try? ICMPMessage(decoding: bytes, family: family), case .echoRequest(let echo) = quoted,
                echo.identifier == identifier
            else { return .stray }
            let kind = ICMPErrorKind(error, family: family)
            let answer = TraceAnswer(
                kind: kind == .ttlExceeded ? .ttlExceeded : .unreachable(kind),
                responder: offender.address,
                control,
                receivedAt: now
            )
            return .answer(number: number(of: echo.sequence), answer)
        case .local, .other:
            return nil
        }
    }

    /// The latest probe with this sequence number; they come round after 65,536.
    private func number(of sequence: UInt16) -> Int {
        let residue = sequence &- firstSequence
        return latest - Int(UInt16(truncatingIfNeeded: latest) &- residue)
    }

    private var cookie: ArraySlice<UInt8> { payload[2..<2 + Self.cookieLength] }

    /// The quote goes as far as our cookie, behind header and balance bytes.
    private func quotesCookie(_ message: RawSpan) -> Bool {
        guard let start = QuotedCookie.payloadStart(in: message, headerLength: ICMPEcho.headerLength) else {
            return false
        }
        return QuotedCookie.stands(cookie, in: message, at: start + 2)
    }
}
