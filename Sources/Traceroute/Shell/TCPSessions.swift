internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// The connections that in-session probes hide in, one for each flow.
///
/// The first few are opened at once and awaited; a further one when its flow is first used, without waiting: its probes
/// leave when the target has answered. A flow whose connection does not come about is asked by SYN instead, which shows
/// where its packets end.
struct TCPSessions {
    /// For the first connection.
    static let deadline: Duration = .seconds(3)
    /// Bounds of the time that a further connection has: twice what the first one took, and more than a busy host is late.
    static let shortestPatience: Duration = .milliseconds(300)
    static let longestPatience: Duration = .milliseconds(500)
    /// The kernel's own acknowledgement goes before what we send in its name.
    private static let settling: Duration = .milliseconds(1)

    private struct Opening {
        var connection: Socket
        var since: MonotonicTime
        var answer: TCPProbes.Session?
        /// When to look again whether the kernel has taken the answer too.
        var retry: MonotonicTime?
        var waiting: [OutgoingProbe] = []
    }

    /// What the target announced in its SYN-ACK.
    private(set) var maximumSegmentSize: UInt16?
    private let ports: FlowPorts
    private let target: SocketAddress
    private let mark: UInt32?
    private var opening: [Int: Opening] = [:]
    private var connections: [Int: Socket] = [:]
    private(set) var patience = longestPatience
    /// In which a target that ends what it accepts has done so: a round trip, as the first connection took.
    private(set) var endsWithin = shortestEnd
    private static let shortestEnd: Duration = .milliseconds(75)
    private static let longestEnd: Duration = .milliseconds(250)
    /// Flows that are asked by SYN.
    private(set) var refused: Set<Int> = []
    /// Of these, flows whose connection the target has accepted and then ended.
    private(set) var ended: Set<Int> = []
    /// Of these, flows whose connection was ended so soon that another one would be too.
    private var brief: Set<Int> = []
    private var openedAt: [Int: MonotonicTime] = [:]
    private static let soon: Duration = .milliseconds(500)

    init(_ ports: FlowPorts, _ target: SocketAddress, mark: UInt32?) {
        self.ports = ports
        self.mark = mark
        var target = target
        target.port = ports.targetPort
        self.target = target
    }

    /// Opens the first connections, and waits for one.
    /// - Parameters:
    ///   - flows: how many.
    ///   - listener: a raw socket that sees the target's segments; its SYN-ACK tells the sequence numbers.
    /// - Returns: those that are open by then; empty when the target accepts none.
    mutating func openFirst(
        _ flows: Int,
        _ listener: Socket,
        _ cancellation: TraceCancellation?
    ) throws(SystemError) -> [(flow: Int, session: TCPProbes.Session)] {
        let start = SystemClock.monotonic()
        let epoll = try Epoll(capacity: 8)
        try epoll.add(listener.number, .readable, token: 0)
        if let cancellation { try epoll.add(cancellation.event.number, .readable, token: 0) }
        patience = Self.deadline
        for flow in 0..<flows {
            begin(flow, at: start)
            guard let connection = opening[flow]?.connection else { continue }
            try epoll.add(connection.number, [.writable, .edgeTriggered], token: 0)
        }
        let batch = ReceiveBatch(capacity: 8, payloadSize: 256)
        while !opening.isEmpty, cancellation?.isCancelled != true {
            while try batch.receive(from: listener) > 0 {
                for index in 0..<batch.count { note(packet: batch.payload(index).bytes) }
            }
            let now = SystemClock.monotonic()
            let open = settle(at: now).compactMap { ready in ready.session.map { (ready.flow, $0) } }
            if !open.isEmpty {
                patience = min(max((now - start) * 2, Self.shortestPatience), Self.longestPatience)
                endsWithin = min(max(now - start, Self.shortestEnd), Self.longestEnd)
                return open
            }
            if let wakeUp { _ = try epoll.wait(wakeUp - now) }
        }
        // The others will not wait as long for what this one has not got.
        patience = Self.longestPatience
        return []
    }

    /// A target that ends what it accepts does so within a round trip: whether the connections are still open after that.
    /// - Parameter open: flows whose connection came about.
    /// - Returns: those of them whose connection is ended.
    mutating func awaitEnd(of open: [Int], within time: Duration) throws(SystemError) -> [Int] {
        let epoll = try Epoll(capacity: 8)
        for flow in open {
            guard let connection = connections[flow] else { continue }
            try epoll.add(connection.number, [.readable, .edgeTriggered], token: 0)
        }
        let end = SystemClock.monotonic() + time
        while true {
            let gone = open.filter { isEnded(flow: $0) || ended.contains($0) }
            let rest = end - SystemClock.monotonic()
            if gone.count == open.count || rest <= .zero { return gone }
            _ = try epoll.wait(rest)
        }
    }

    /// The target has ended the flow's connection: it is asked by SYN from now on.
    mutating func isEnded(flow: Int) -> Bool {
        guard let connection = connections[flow], !Self.isEstablished(connection) else { return false }
        // The reset leaves nothing behind at the target that would take our SYN for an error.
        try? connection.setAbortOnClose()
        connections[flow] = nil
        refused.insert(flow)
        ended.insert(flow)
        if let opened = openedAt[flow], SystemClock.monotonic() - opened < Self.soon { brief.insert(flow) }
        return true
    }

    /// - Returns: whether the probe may leave now; else it is kept until its flow's connection is decided.
    mutating func admit(_ probe: OutgoingProbe, at now: MonotonicTime) -> Bool {
        if connections[probe.flow] != nil || refused.contains(probe.flow) { return true }
        if opening[probe.flow] == nil { begin(probe.flow, at: now) }
        opening[probe.flow]?.waiting.append(probe)
        return opening[probe.flow] == nil
    }

    /// Which flows were asked by SYN, and why, for people.
    var blindness: [String] {
        func list(_ flows: Set<Int>) -> String { flows.sorted().map { "\($0)" }.joined(separator: ", ") }
        let never = refused.subtracting(ended)
        var sentences: [String] = []
        if !never.isEmpty {
            sentences.append("no connection came about for the flows \(list(never)): they were asked by SYN")
        }
        if !ended.isEmpty {
            sentences.append("the target accepts connections and ends them: the flows \(list(ended)) were asked by SYN")
        }
        return sentences
    }

    /// Connections that are open, or about to be.
    var count: Int { connections.count + opening.count }

    /// Ends one of them.
    mutating func close(inOrder: Bool) {
        guard let flow = connections.keys.min() ?? opening.keys.min() else { return }
        let connection = connections.removeValue(forKey: flow) ?? opening.removeValue(forKey: flow)?.connection
        if !inOrder { try? connection?.setAbortOnClose() }
    }

    /// Forgets the connections that the target has ended, and that some did not come about.
    /// - Returns: the flows concerned.
    mutating func renew() -> [Int] {
        var flows = Array(refused.subtracting(brief))
        (refused, ended) = (brief, brief)
        for (flow, connection) in connections where !Self.isEstablished(connection) {
            // The reset leaves nothing behind that would keep the port.
            try? connection.setAbortOnClose()
            connections[flow] = nil
            flows.append(flow)
        }
        return flows
    }

    private static func isEstablished(_ connection: Socket) -> Bool {
        (try? connection.tcpInformation().state) == 1
    }

    /// Ended by the target: closed (7), or half so (8, CLOSE_WAIT).
    private static func isGone(_ connection: Socket) -> Bool {
        (try? connection.tcpInformation().state).map { [7, 8].contains($0) } ?? false
    }

    /// Our timestamp of now. The SYN's is older than that of the acknowledgement, and a target for which a firewall has answered
    /// the SYN knows the acknowledgement alone: what is older than that it takes for a stray (PAWS, RFC 7323 §5).
    /// - Parameter former: of the SYN, as the target echoes it; it stays where the kernel's is none that could follow it, as
    ///   behind a firewall that sets timestamps of its own.
    private static func timestamp(of connection: Socket, after former: UInt32) -> UInt32 {
        guard let now = try? UInt32(bitPattern: connection.get(.tcpTimestamp)) | 1 else { return former }
        return now &- former <= mostTicks ? now : former
    }

    /// Ten seconds of milliseconds, or of microseconds where the route asks for these.
    private static let mostTicks: UInt32 = 10_000_000

    private mutating func begin(_ flow: Int, at now: MonotonicTime) {
        do throws(SystemError) {
            let connection = try Socket(target.family, .stream)
            if let mark { try connection.set(.mark, Int32(bitPattern: mark)) }
            let source = ports.source(of: flow)
            try connection.bind(to: SocketAddress(source, port: ports.port(of: flow), scope: target.scope))
            _ = try connection.connect(to: target)
            opening[flow] = Opening(connection: connection, since: now)
        } catch {
            refused.insert(flow)
        }
    }

    /// A segment of the target, from the first byte of the TCP header.
    mutating func note(segment bytes: RawSpan) {
        guard let segment = try? TCPHeader(decoding: bytes), segment.flags.contains([.syn, .ack]),
            let flow = ports.flow(source: segment.destination, destination: segment.source)
        else { return }
        maximumSegmentSize = segment.options.maximumSegmentSize ?? maximumSegmentSize
        opening[flow]?.answer = TCPProbes.Session(
            next: segment.acknowledgement,
            expected: segment.sequence &+ 1,
            timestamps: segment.options.timestamps
        )
    }

    private mutating func note(packet: RawSpan) {
        guard ports.family == .v4 else { return note(segment: packet) }
        guard let header = try? IPv4Header(decoding: packet) else { return }
        note(segment: packet.extracting(min(header.headerLength, packet.byteCount)..<packet.byteCount))
    }

    /// When `settle` may have something to do although nothing was received; nil: never.
    var wakeUp: MonotonicTime? {
        opening.values.map { $0.retry ?? $0.since + patience }.min()
    }

    /// The flows whose connection is decided by now, with the probes that waited for it; no session: it is refused.
    mutating func settle(
        at now: MonotonicTime
    ) -> [(flow: Int, session: TCPProbes.Session?, waiting: [OutgoingProbe])] {
        var settled: [(flow: Int, session: TCPProbes.Session?, waiting: [OutgoingProbe])] = []
        for (flow, attempt) in opening.sorted(by: { $0.key < $1.key }) {
            if var session = attempt.answer, Self.isEstablished(attempt.connection) {
                if let former = session.timestamps?.echo {
                    session.timestamps?.echo = Self.timestamp(of: attempt.connection, after: former)
                }
                connections[flow] = attempt.connection
                openedAt[flow] = now
                settled.append((flow, session, attempt.waiting))
            } else if attempt.connection.takeError() != 0 || now - attempt.since >= patience
                || Self.isGone(attempt.connection)
            {
                if attempt.answer != nil {
                    try? attempt.connection.setAbortOnClose()
                    ended.insert(flow)
                    brief.insert(flow)
                }
                refused.insert(flow)
                settled.append((flow, nil, attempt.waiting))
            } else {
                opening[flow]?.retry = attempt.answer == nil ? nil : now + Self.settling
                continue
            }
            opening[flow] = nil
        }
        return settled
    }
}

/// Lets only segments from the traced port to our own ports wake us.
enum TCPReplyFilter {
    private static let loadHalfAbsolute: UInt16 = 0x28
    private static let loadHalfIndexed: UInt16 = 0x48
    private static let loadHeaderLength: UInt16 = 0xB1
    private static let loadImmediateX: UInt16 = 0x01
    private static let jumpEqual: UInt16 = 0x15
    private static let jumpAtLeast: UInt16 = 0x35
    private static let answer: UInt16 = 0x06

    /// Packets of a raw IPv4 socket begin with the IP header, those of IPv6 with the segment.
    static func filter(_ ports: FlowPorts, flows: Int) -> SocketFilter {
        let first = UInt32(ports.firstPort)
        return SocketFilter([
            ports.family == .v4 ? .init(loadHeaderLength, 0) : .init(loadImmediateX, 0),
            .init(loadHalfIndexed, 0),
            .init(jumpEqual, UInt32(ports.targetPort), ifTrue: 0, ifFalse: 4),
            .init(loadHalfIndexed, 2),
            .init(jumpAtLeast, first, ifTrue: 0, ifFalse: 2),
            .init(jumpAtLeast, first + UInt32(flows), ifTrue: 1, ifFalse: 0),
            .init(answer, 0x40000),
            .init(answer, 0),
        ])
    }
}
