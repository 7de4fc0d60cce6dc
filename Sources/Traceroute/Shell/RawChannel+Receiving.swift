internal import Model
internal import Sockets
internal import Wire

extension RawChannel {
    func drain(_ body: (Received) -> Void) throws(SystemError) {
        try drain(sender, fromErrors: true, body) { index, control, _ in stamp(control) }
        try drain(errors, fromErrors: false, body) { index, control, now in error(index, control, now) }
        let count = try ready.wait(.zero)
        for event in 0..<count {
            let socket = replies[Int(ready.event(at: event).token)]
            try drain(socket, fromErrors: false, body) { index, control, now in
                reply(index, control, now, port: socket)
            }
        }
        settleSessions(body)
        for number in orphans { body(.failed(number: number, .overload)) }
        orphans = []
    }

    /// Sends what waited for its connection.
    private func settleSessions(_ body: (Received) -> Void) {
        for ready in sessions?.settle(at: SystemClock.monotonic()) ?? [] {
            if let session = ready.session {
                probes.open(session, flow: ready.flow)
                acknowledge(ready.flow)
            }
            for probe in ready.waiting {
                if let reason = transmit(probe) { body(.failed(number: probe.number, reason)) }
            }
        }
    }

    private func drain(
        _ socket: Socket,
        fromErrors: Bool,
        _ body: (Received) -> Void,
        _ read: (Int, ReceivedControl, MonotonicTime) -> Received?
    ) throws(SystemError) {
        while true {
            let count = try batch.receive(from: socket, errors: fromErrors)
            if count == 0 { return }
            let now = SystemClock.monotonic()
            for index in 0..<count {
                if let received = read(index, batch.control(index), now) { body(received) }
            }
        }
    }

    private func stamp(_ control: ReceivedControl) -> Received? {
        guard let error = control.error, error.origin == .timestamp, control.softwareStamp != 0,
            let number = stamps.owner(of: error.data)
        else { return nil }
        return .transmitted(number: number, WallTime(nanoseconds: control.softwareStamp))
    }

    /// Where the IP header ends, and its TTL; raw sockets show an IPv4 header, and none of IPv6.
    private func body(_ index: Int, _ control: ReceivedControl) -> (start: Int, ttl: UInt8?)? {
        guard family == .v4 else { return (0, control.hopLimit) }
        guard let header = try? IPv4Header(decoding: batch.payload(index).bytes) else { return nil }
        return (header.headerLength, header.ttl)
    }

    /// From the end of the IP header on.
    private func withBody<Answer>(_ index: Int, from start: Int, _ read: (RawSpan) -> Answer) -> Answer {
        let bytes = batch.payload(index).bytes
        return read(bytes.extracting(min(start, bytes.byteCount)..<bytes.byteCount))
    }

    private func error(_ index: Int, _ control: ReceivedControl, _ now: MonotonicTime) -> Received? {
        guard let sender = batch.source(index), let body = body(index, control),
            let message = withBody(
                index,
                from: body.start,
                { try? ICMPMessage(decoding: $0, family: family, checked: true) }
            )
        else { return .stray }
        guard case .error(let error) = message else { return nil }
        let found = withBody(index, from: body.start) { probes.match(error.quote, in: $0) }
        guard let match = found else { return .stray }
        var answer = TraceAnswer(
            // Behind a translator of destinations the target has another name.
            kind: ChannelSetup.kind(
                error.kind,
                from: sender.address,
                target: match.translation?.destination == sender.address ? sender.address : target.address
            ),
            responder: sender.address,
            replyTTL: body.ttl,
            quotedTTL: error.quote.ttl,
            labels: error.extensions.mpls.labels,
            translation: match.translation,
            receivedAt: now
        )
        answer.furtherLabels = error.extensions.mpls.further
        answer.takeStamp(of: control)
        return .answer(number: match.number, answer)
    }

    private func reply(_ index: Int, _ control: ReceivedControl, _ now: MonotonicTime, port: Socket) -> Received? {
        guard let sender = batch.source(index), sender.address == target.address else { return nil }
        var answer = TraceAnswer(kind: .reply(.datagram), responder: sender.address, control, receivedAt: now)
        switch probes {
        case .udp(let probes):
            guard sender.port == probes.ports.targetPort, let own = try? port.localAddress().port,
                let number = probes.match(reply: batch.payload(index).bytes, port: own)
            else { return .stray }
            return .answer(number: number, answer)
        case .tcp(let probes):
            guard let body = body(index, control) else { return .stray }
            guard let match = withBody(index, from: body.start, { probes.match(reply: $0) }) else {
                if sessions != nil { _ = withBody(index, from: body.start) { sessions?.note(segment: $0) } }
                let flow = withBody(index, from: body.start) { probes.nameless(reply: $0) }
                guard let flow, sessions == nil || inSession[flow] != nil && !naming.contains(flow) else {
                    return sessions == nil ? .stray : nil
                }
                if sessions != nil { nameless.insert(flow) }
                answer.kind = .reply(.acknowledgement)
                answer.replyTTL = body.ttl
                return .nameless(flow: flow, answer)
            }
            if match.reply == .acknowledgement, let own = probes.flow(ofProbe: match.number) {
                naming.insert(own)
                nameless.remove(own)
            }
            answer.kind = .reply(match.reply)
            answer.replyTTL = body.ttl
            answer.maximumSegmentSize = match.maximumSegmentSize
            return .answer(number: match.number, answer)
        case .changing:
            return .stray
        }
    }
}
