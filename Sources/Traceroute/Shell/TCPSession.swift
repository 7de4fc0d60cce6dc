internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// Opens the connection that in-session probes hide in.
enum TCPSession {
    static let deadline: Duration = .seconds(3)

    /// - Parameter listener: a raw socket that sees the target's segments; its SYN-ACK tells the sequence numbers.
    /// - Returns: nil when the target does not accept.
    static func open(
        _ ports: FlowPorts,
        _ target: SocketAddress,
        _ listener: Socket,
        _ request: TraceRequest,
        _ cancellation: TraceCancellation?
    ) throws(SystemError) -> (connection: Socket, session: TCPProbes.Session)? {
        let connection = try Socket(target.family, .stream)
        if let mark = request.mark { try connection.set(.mark, Int32(bitPattern: mark)) }
        try connection.bind(to: SocketAddress(ports.local, port: ports.firstPort, scope: target.scope))
        let epoll = try Epoll(capacity: 2)
        try epoll.add(connection.number, [.writable], token: 0)
        if let cancellation { try epoll.add(cancellation.event.number, .readable, token: 1) }
        var destination = target
        destination.port = ports.targetPort
        if try connection.connect(to: destination) == .inProgress {
            _ = try epoll.wait(deadline)
            guard connection.takeError() == 0, try connection.tcpInformation().state == 1 else { return nil }
        }
        let batch = ReceiveBatch(capacity: 8, payloadSize: 256)
        while try batch.receive(from: listener) > 0 {
            for index in 0..<batch.count {
                if let session = session(batch.payload(index).bytes, ports) { return (connection, session) }
            }
        }
        return nil
    }

    private static func session(_ packet: RawSpan, _ ports: FlowPorts) -> TCPProbes.Session? {
        var start = 0
        if ports.family == .v4 {
            guard let header = try? IPv4Header(decoding: packet) else { return nil }
            start = header.headerLength
        }
        guard let segment = try? TCPHeader(decoding: packet.extracting(start..<packet.byteCount)),
            segment.flags.contains([.syn, .ack]),
            ports.flow(source: segment.destination, destination: segment.source) == 0
        else { return nil }
        return TCPProbes.Session(
            next: segment.acknowledgement,
            expected: segment.sequence &+ 1,
            timestamps: segment.options.timestamps
        )
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
