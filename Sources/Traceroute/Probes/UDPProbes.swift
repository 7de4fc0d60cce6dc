internal import Wire

/// Probes of UDP: both ports stay, so that routers keep a flow on one path.
struct UDPProbes: Hashable, Sendable {
    let ports: FlowPorts
    let strategy: TraceRequest.Strategy
    private let base: UInt16
    private let cookie: [UInt8]
    private(set) var ledger = ProbeLedger()

    static let defaultPort: UInt16 = 33434
    /// Balance word, cookie, number.
    static let payloadLength = 2 + cookieLength + 4
    private static let cookieLength = 8
    /// Payload lengths that tell IPv6 probes apart.
    static let lengths = 512
    /// Checksums and identifications: 1 to 65535; 0 means "none" to UDP and "choose one" to the kernel.
    private static let values = 65_535

    init(_ ports: FlowPorts, strategy: TraceRequest.Strategy, base: UInt16, cookie: [UInt8]) {
        self.ports = ports
        self.strategy = strategy
        self.base = base
        self.cookie = Array((cookie + Array(repeating: 0, count: Self.cookieLength)).prefix(Self.cookieLength))
    }

    /// Writes the whole IP packet.
    /// - Returns: its length; 0 when there is too little room.
    mutating func write(_ probe: OutgoingProbe, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let shortest = ports.headerLength + UDPHeader.length
        var payload = [0, 0] + cookie + Self.bytes(UInt32(truncatingIfNeeded: probe.number))
        var length = payload.count
        if strategy == .dublin, ports.family == .v6, probe.length == nil { length += probe.number % Self.lengths }
        if let wanted = probe.length { length = max(length, wanted - shortest) }
        payload += Array(repeating: 0, count: length - payload.count)
        let value = UInt16(truncatingIfNeeded: (Int(base) + probe.number) % Self.values + 1)
        do throws(WireError) {
            let header = try ports.writeHeader(
                probe,
                protocol: .udp,
                payloadLength: UDPHeader.length + length,
                identification: strategy == .dublin ? value : 0,
                into: buffer
            )
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[header...])
            var checksum = try write(probe, payload, into: rest)
            if strategy == .paris {
                // The balance word brings the checksum to the value that names the probe.
                let balance = Self.onesSum(~value, checksum)
                payload[0] = UInt8(truncatingIfNeeded: balance >> 8)
                payload[1] = UInt8(truncatingIfNeeded: balance)
                checksum = try write(probe, payload, into: rest)
            }
            ledger.record(probe.number, .init(flow: probe.flow, checksum: checksum))
            return shortest + length
        } catch {
            return 0
        }
    }

    /// - Returns: the checksum.
    private func write(
        _ probe: OutgoingProbe,
        _ payload: [UInt8],
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> UInt16 {
        try UDPHeader.write(
            from: (ports.source(of: probe.flow), ports.port(of: probe.flow)),
            to: (ports.target, ports.targetPort),
            payload: payload.span.bytes,
            into: buffer
        )
        return UInt16(buffer[6]) << 8 | UInt16(buffer[7])
    }

    /// The probe that a quote shows; nil when anything but what translators change disagrees. Where the destination has
    /// been translated, our cookie has to be in the quote.
    /// - Parameter message: the ICMP error with the quote, from its first byte.
    func match(_ quote: QuotedDatagram, in message: RawSpan) -> QuoteMatch? {
        guard case .udp(let source, let destination, let length, let checksum) = quote.transport else { return nil }
        if let start = QuotedCookie.payloadStart(in: message, headerLength: UDPHeader.length),
            let number = number(in: message, at: start), let entry = ledger.entry(number)
        {
            return QuoteMatch(
                number: number,
                translation: Translation(
                    quoted: quote,
                    port: destination,
                    flow: entry.flow,
                    sent: ports,
                    quotedChecksum: checksum,
                    sentChecksum: entry.checksum
                )
            )
        }
        guard quote.destination == ports.target, let flow = ports.flow(source: source, destination: destination)
        else { return nil }
        let number: Int?
        switch (strategy, quote.identification) {
        case (.paris, _): number = ledger.latest(residue: residue(of: checksum), modulus: Self.values)
        case (.dublin, let identification?) where ports.family == .v4:
            number = ledger.latest(residue: residue(of: UInt16(identification)), modulus: Self.values)
        case (.dublin, _):
            let extra = Int(length) - UDPHeader.length - Self.payloadLength
            let byLength = extra < 0 ? nil : ledger.latest(residue: extra, modulus: Self.lengths)
            // A probe of a given size is told by its checksum, which its number is in.
            number = ledger.latest(checksum: checksum, flow: flow) ?? byLength
        }
        guard let number, let entry = ledger.entry(number, flow: flow) else { return nil }
        let translation = Translation(
            quoted: quote,
            port: destination,
            flow: entry.flow,
            sent: ports,
            quotedChecksum: strategy == .dublin ? checksum : nil,
            sentChecksum: entry.checksum
        )
        return QuoteMatch(number: number, translation: translation)
    }

    private func residue(of value: UInt16) -> Int {
        (Int(value) - 1 - Int(base) % Self.values + 2 * Self.values) % Self.values
    }

    /// The probe whose own bytes came back from the target; nil where they are not ours.
    func match(reply payload: RawSpan, port: UInt16) -> Int? {
        guard let number = number(in: payload, at: 0), port >= ports.firstPort,
            ledger.entry(number, flow: Int(port - ports.firstPort)) != nil
        else {
            return nil
        }
        return number
    }

    /// What stands behind our cookie in a payload; nil without.
    private func number(in bytes: RawSpan, at start: Int) -> Int? {
        guard bytes.byteCount >= start + Self.payloadLength, QuotedCookie.stands(cookie, in: bytes, at: start + 2)
        else { return nil }
        return (0..<4).reduce(0) { number, index in
            let offset = start + 2 + Self.cookieLength + index
            return number << 8 | Int(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
        }
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func onesSum(_ left: UInt16, _ right: UInt16) -> UInt16 {
        let sum = UInt32(left) + UInt32(right)
        return UInt16(truncatingIfNeeded: sum + sum >> 16)
    }
}
