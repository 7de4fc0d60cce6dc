internal import Wire

/// Probes of TCP: the 5-tuple stays, the sequence number names the probe.
///
/// SYN probes count upwards, so that a firewall takes each for a connection that begins anew. Flows with a session send
/// one old byte in each, counted downwards from what the target has acknowledged; larger probes end at that byte, so that
/// all of them is old. The target answers with an acknowledgement that names the bytes (D-SACK, RFC 2883), and its
/// connection is not touched.
struct TCPProbes: Hashable, Sendable {
    /// An established connection, as its SYN-ACK tells.
    struct Session: Hashable, Sendable {
        /// Next sequence number of ours, and the next one of theirs.
        var next: UInt32
        var expected: UInt32
        /// Theirs, where both sides use timestamps (RFC 7323).
        var timestamps: TCPOptions.Timestamps?
    }

    let ports: FlowPorts
    private let base: UInt32
    /// By flow; one without is asked by SYN.
    fileprivate var sessions: [Int: Session] = [:]
    private(set) var ledger = ProbeLedger()

    static let defaultPort: UInt16 = 443

    init(_ ports: FlowPorts, base: UInt32) {
        self.ports = ports
        self.base = base
    }

    /// The probes of a flow go into a connection from now on.
    mutating func open(_ session: Session, flow: Int) { sessions[flow] = session }

    /// They are SYNs again.
    mutating func close(flow: Int) { sessions[flow] = nil }

    /// Numbers that a session tells apart before they come round: so that the old bytes stay within a window of the
    /// newest, as firewalls that follow connections want it.
    static let numbersOfSession = 32_768

    /// - Parameter data: bytes that the segment carries.
    func sequence(of number: Int, flow: Int, data: Int = 0) -> UInt32 {
        guard let session = sessions[flow] else { return base &+ UInt32(truncatingIfNeeded: number) }
        let offset = UInt32(truncatingIfNeeded: number % Self.numbersOfSession)
        return session.next &- 1 &- offset &- UInt32(truncatingIfNeeded: max(data, 1))
    }

    /// - Parameter end: the sequence number behind the last byte of a session's segment; of a SYN its own.
    /// - Returns: nil where it is none of ours.
    private func number(of end: UInt32, flow: Int) -> Int? {
        let number =
            sessions[flow].map { session in
                ledger.latest(residue: Int(session.next &- 1 &- end), modulus: Self.numbersOfSession)
            } ?? Int(end &- base)
        guard let number, ledger.entry(number, flow: flow) != nil else { return nil }
        return number
    }

    /// Writes the whole IP packet.
    /// - Returns: its length; 0 when there is too little room.
    mutating func write(_ probe: OutgoingProbe, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var header = header(of: probe)
        // What a session's segment carries: one byte or more that the target has long had.
        let data =
            sessions[probe.flow] == nil ? 0 : max(1, (probe.length ?? 0) - ports.headerLength - header.headerLength)
        header.sequence = sequence(of: probe.number, flow: probe.flow, data: data)
        let written = write(header, data: data, of: probe, identification: probe.number % 65_535 + 1, into: buffer)
        if let written { ledger.record(probe.number, .init(flow: probe.flow, checksum: written.checksum)) }
        return written?.length ?? 0
    }

    /// Writes the last segment of a flow's handshake once more, as a whole IP packet. What has lost it, or was told it wrongly
    /// by a firewall that answers SYNs in its name, would not know the connection and name no bytes; an open one ignores it
    /// (RFC 9293 §3.10.7.4).
    /// - Returns: its length; 0 without a session, or when there is too little room.
    func writeAcknowledgement(flow: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let session = sessions[flow] else { return 0 }
        let probe = OutgoingProbe(number: 0, flow: flow, ttl: Self.usualTTL)
        var header = header(of: probe)
        header.sequence = session.next
        header.flags = .ack
        return write(header, data: 0, of: probe, identification: 0, into: buffer)?.length ?? 0
    }

    /// Writes a whole IP packet with so many zero bytes of data.
    /// - Returns: nil when there is too little room.
    private func write(
        _ header: TCPHeader,
        data: Int,
        of probe: OutgoingProbe,
        identification: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) -> (length: Int, checksum: UInt16)? {
        let length = header.headerLength + data
        guard buffer.count >= ports.headerLength + length else { return nil }
        do throws(WireError) {
            let start = try ports.writeHeader(
                probe,
                protocol: .tcp,
                payloadLength: length,
                identification: UInt16(truncatingIfNeeded: identification),
                into: buffer
            )
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + length])
            try header.write(from: ports.source(of: probe.flow), to: ports.target, into: rest)
            for index in header.headerLength..<length { rest[index] = 0 }
            let checksum = checksum(rest, length, flow: probe.flow)
            rest[16] = UInt8(truncatingIfNeeded: checksum >> 8)
            rest[17] = UInt8(truncatingIfNeeded: checksum)
            return (start + length, checksum)
        } catch {
            return nil
        }
    }

    /// Of packets that are no probes (RFC 1700).
    private static let usualTTL = 64

    private func header(of probe: OutgoingProbe) -> TCPHeader {
        var header = TCPHeader(
            source: ports.port(of: probe.flow),
            destination: ports.targetPort,
            sequence: sequence(of: probe.number, flow: probe.flow),
            flags: .syn,
            options: TCPOptions(maximumSegmentSize: ports.family == .v4 ? 1460 : 1440, sackPermitted: true)
        )
        if let session = sessions[probe.flow] {
            let options = TCPOptions(
                timestamps: session.timestamps.map { .init(value: $0.echo, echo: $0.value) }
            )
            header = TCPHeader(
                source: header.source,
                destination: header.destination,
                sequence: header.sequence,
                acknowledgement: session.expected,
                flags: [.ack, .psh],
                options: options
            )
        }
        return header
    }

    private func headerLength(flow: Int) -> Int {
        header(of: OutgoingProbe(number: 0, flow: flow, ttl: 1)).headerLength
    }

    /// With data: the header's own writer knows none.
    private func checksum(_ segment: UnsafeMutableRawBufferPointer, _ length: Int, flow: Int) -> UInt16 {
        segment[16] = 0
        segment[17] = 0
        let source = ports.source(of: flow)
        var sum = InternetChecksum(source: source, destination: ports.target, protocol: .tcp, length: length)
        sum.add(UnsafeRawBufferPointer(rebasing: segment[..<length]).bytes)
        return sum.value
    }

    /// The probe that a quote shows; nil when anything but what translators change disagrees. The 32 bits of a sequence
    /// number, which begins at random, prove it ours also where the destination has been translated.
    func match(_ quote: QuotedDatagram) -> QuoteMatch? {
        guard case .tcp(let source, let destination, let sequence) = quote.transport,
            let flow = ports.flow(source: source)
        else { return nil }
        // The quoted length tells where a session's segment ended; where a router has spoilt it, it was one byte.
        let data = sessions[flow] == nil ? 0 : quote.totalLength - ports.headerLength - headerLength(flow: flow)
        let ends = data > 1 ? [data, 1] : [sessions[flow] == nil ? 0 : 1]
        let candidates = ends.lazy.compactMap { number(of: sequence &+ UInt32(truncatingIfNeeded: $0), flow: flow) }
        return candidates.first.map { number in
            let translation = Translation(quoted: quote, port: destination, flow: flow, sent: ports)
            return QuoteMatch(number: number, translation: translation)
        }
    }

    /// The probe that a segment from the target answers; nil when it answers none.
    /// - Parameter segment: from the first byte of the TCP header.
    func match(reply segment: RawSpan) -> (number: Int, reply: TraceAnswer.Reply, maximumSegmentSize: UInt16?)? {
        guard let header = try? TCPHeader(decoding: segment),
            let flow = ports.flow(source: header.destination, destination: header.source)
        else { return nil }
        let isReset = header.flags.contains(.rst)
        if sessions[flow] != nil {
            if isReset { return nil }
            guard let end = SelectiveAcknowledgement.end(of: header, in: segment) else { return nil }
            return number(of: end, flow: flow).map { ($0, .acknowledgement, nil) }
        }
        guard header.flags.contains(.ack), isReset || header.flags.contains(.syn) else { return nil }
        guard let number = number(of: header.acknowledgement &- 1, flow: flow) else { return nil }
        return (number, isReset ? .reset : .synAck, isReset ? nil : header.options.maximumSegmentSize)
    }
}

extension TCPProbes {
    func flow(ofProbe number: Int) -> Int? { ledger.entry(number)?.flow }

    /// The flow whose target answers a probe with a bare acknowledgement, and does not say which. In a session that is one
    /// without a word of what came twice, keep-alive probes excepted, which bear the number before the expected one. A SYN is answered
    /// so by a target that still holds the connection that an earlier SYN began (RFC 9293 §3.10.7.4, RFC 5961 §4). Nil for anything
    /// else.
    /// - Parameter segment: from the first byte of the TCP header.
    func nameless(reply segment: RawSpan) -> Int? {
        guard let header = try? TCPHeader(decoding: segment),
            let flow = ports.flow(source: header.destination, destination: header.source),
            header.flags.contains(.ack), header.flags.isDisjoint(with: [.syn, .fin, .rst]),
            header.headerLength == segment.byteCount
        else { return nil }
        guard let session = sessions[flow] else { return flow }
        guard header.acknowledgement == session.next, header.sequence == session.expected,
            SelectiveAcknowledgement.end(of: header, in: segment) == nil
        else { return nil }
        return flow
    }
}

/// The first block of a SACK option (RFC 2018 §3); of a D-SACK the bytes that came twice (RFC 2883 §4).
enum SelectiveAcknowledgement {
    private static let kind: UInt8 = 5

    /// - Returns: the right edge, behind the last byte; nil without a whole option.
    static func end(of header: TCPHeader, in segment: RawSpan) -> UInt32? {
        let end = min(header.headerLength, segment.byteCount)
        var position = TCPHeader.minimumLength
        func byte(_ offset: Int) -> UInt8 { segment.unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
        while position < end {
            let kind = byte(position)
            if kind == 0 { return nil }
            if kind == 1 {
                position += 1
                continue
            }
            guard position + 1 < end else { return nil }
            let length = Int(byte(position + 1))
            guard length >= 2, position + length <= end else { return nil }
            if kind == Self.kind, length >= 10 {
                return (0..<4).reduce(0) { $0 << 8 | UInt32(byte(position + 6 + $1)) }
            }
            position += length
        }
        return nil
    }
}
