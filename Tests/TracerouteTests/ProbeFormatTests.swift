import Testing
import Wire

@testable import Traceroute

@Suite("Probes on the wire")
struct ProbeFormatTests {
    private static let v4 = FlowPorts(
        local: ip("10.0.0.1"),
        target: ip("10.1.0.4"),
        targetPort: 443,
        firstPort: 61_000
    )
    private static let v6 = FlowPorts(
        local: ip("fd00::1"),
        target: ip("fd00:1::4"),
        targetPort: 33_434,
        firstPort: 61_000
    )

    private static func packet(_ write: (UnsafeMutableRawBufferPointer) -> Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 2048)
        let length = bytes.withUnsafeMutableBytes(write)
        return Array(bytes.prefix(length))
    }

    /// What a router quotes of a packet: so many bytes behind the IP header.
    private static func quote(_ packet: [UInt8], transport: Int = 8) throws -> QuotedDatagram {
        let header = packet[0] >> 4 == 4 ? 20 : 40
        return try QuotedDatagram(decoding: Array(packet.prefix(header + transport)).span.bytes)
    }

    private static func udp(_ strategy: TraceRequest.Strategy, _ ports: FlowPorts = v4) -> UDPProbes {
        UDPProbes(ports, strategy: strategy, base: 65_000, cookie: Array(1...8))
    }

    @Test("all probes of a flow have the same bytes where routers hash; flows differ there")
    func constantFlow() {
        for ports in [Self.v4, Self.v6] {
            let start = ports.headerLength
            var udp = Self.udp(.dublin, ports)
            var paris = Self.udp(.paris, ports)
            var tcp = TCPProbes(ports, base: 77)
            for write in [
                { probe in Self.packet { udp.write(probe, into: $0) } },
                { probe in Self.packet { paris.write(probe, into: $0) } },
                { probe in Self.packet { tcp.write(probe, into: $0) } },
            ] as [(OutgoingProbe) -> [UInt8]] {
                let first = write(OutgoingProbe(number: 0, ttl: 1))
                let later = write(OutgoingProbe(number: 1, ttl: 9))
                let other = write(OutgoingProbe(number: 2, flow: 1, ttl: 1))
                #expect(first[start..<start + 4] == later[start..<start + 4])
                #expect(first[start..<start + 4] != other[start..<start + 4])
                if ports.family == .v6 { #expect(first[0..<4] == later[0..<4] && first[0..<4] != other[0..<4]) }
            }
        }
    }

    @Test("paris has its number in the checksum, which is right all the same", arguments: [0, 1, 534, 535, 70_000])
    func paris(number: Int) throws {
        var probes = Self.udp(.paris)
        for earlier in stride(from: 0, to: number, by: 1_000) {
            _ = Self.packet { probes.write(OutgoingProbe(number: earlier, ttl: 3), into: $0) }
        }
        let packet = Self.packet { probes.write(OutgoingProbe(number: number, ttl: 3), into: $0) }
        let segment = Array(packet[20...])
        var sum = InternetChecksum(
            source: Self.v4.local,
            destination: Self.v4.target,
            protocol: .udp,
            length: segment.count
        )
        sum.add(segment.span.bytes)
        #expect(sum.isValid && segment[6] | segment[7] != 0)
        #expect(try probes.match(Self.quote(packet))?.number == number)
    }

    @Test("eight quoted bytes behind the IP header name the probe, of every kind and family")
    func matching() throws {
        for ports in [Self.v4, Self.v6] {
            for strategy in TraceRequest.Strategy.allCases {
                var probes = Self.udp(strategy, ports)
                let packets = (0..<40).map { number in
                    Self.packet { probes.write(OutgoingProbe(number: number, flow: number % 3, ttl: 5), into: $0) }
                }
                for (number, packet) in packets.enumerated() {
                    #expect(try probes.match(Self.quote(packet)) == QuoteMatch(number: number, translation: nil))
                }
            }
            var tcp = TCPProbes(ports, base: UInt32.max - 3)
            let packets = (0..<9).map { number in
                Self.packet { tcp.write(OutgoingProbe(number: number, flow: number % 3, ttl: 5), into: $0) }
            }
            for (number, packet) in packets.enumerated() {
                #expect(try tcp.match(Self.quote(packet))?.number == number)
            }
        }
    }

    @Test("a quote that disagrees in destination, port, flow or sequence is nobody's")
    func hostile() throws {
        var udp = Self.udp(.dublin)
        var tcp = TCPProbes(Self.v4, base: 1000)
        let datagram = Self.packet { udp.write(OutgoingProbe(number: 0, ttl: 5), into: $0) }
        let segment = Self.packet { tcp.write(OutgoingProbe(number: 0, ttl: 5), into: $0) }
        _ = Self.packet { udp.write(OutgoingProbe(number: 1, flow: 1, ttl: 5), into: $0) }
        _ = Self.packet { tcp.write(OutgoingProbe(number: 1, flow: 1, ttl: 5), into: $0) }
        #expect(try udp.match(Self.quote(datagram)) != nil && tcp.match(Self.quote(segment)) != nil)
        // Destination address, source port, destination port, identification or sequence.
        for place in [19, 21, 23] {
            var forged = datagram
            forged[place] ^= 1
            #expect(try udp.match(Self.quote(forged)) == nil, "byte \(place)")
        }
        var forged = segment
        forged[21] ^= 1
        #expect(try tcp.match(Self.quote(forged)) == nil)
        forged = datagram
        forged[5] ^= 0x40
        #expect(try udp.match(Self.quote(forged)) == nil)
        forged = segment
        forged[24] ^= 1
        #expect(try tcp.match(Self.quote(forged)) == nil)
        // A quote of the other protocol, and one that is cut short.
        #expect(try udp.match(Self.quote(segment)) == nil && tcp.match(Self.quote(datagram)) == nil)
        #expect(try udp.match(Self.quote(datagram, transport: 4)) == nil)
    }

    @Test("the checksum of an echo request is its flow's, whatever cookie, identifier and sequence")
    func echoFlow() throws {
        func checksum(_ flow: Int, _ cookie: UInt8, _ identifier: UInt16, _ sequence: UInt16) -> [UInt8] {
            var payload = [0, 0] + [UInt8](repeating: cookie, count: 22)
            EchoFlow.set(flow, in: &payload, at: 10, identifier: identifier)
            let packet = Self.packet { buffer in
                (try? ICMPEcho.write(
                    .request,
                    family: .v4,
                    identifier: identifier,
                    sequence: sequence,
                    payload: payload.span.bytes,
                    balanced: true,
                    into: buffer
                )) ?? 0
            }
            return Array(packet[0..<4])
        }
        let first = checksum(0, 1, 2, 3)
        #expect(first == checksum(0, 200, 65_535, 0) && first == checksum(0, 255, 0, 65_535))
        #expect(Set((0..<64).map { checksum($0, 7, 7, 7) }).count == 64)
    }

    @Test("a target has the same source ports in every run, outside those that programs get")
    func samePorts() {
        let port = FlowPorts.firstPort(to: ip("10.1.0.4"), port: 443)
        #expect(port == FlowPorts.firstPort(to: ip("10.1.0.4"), port: 443) && FlowPorts.range.contains(port))
        #expect(port != FlowPorts.firstPort(to: ip("10.1.0.5"), port: 443))
    }

    @Test("traces to one target at the same time have ports that differ, however many flows they have")
    func places() {
        let target = ip("192.0.2.1")
        for port: UInt16 in [1, 443, 50_000] {
            var seen: Set<UInt16> = []
            for place in 0..<FlowPorts.places {
                let first = FlowPorts.firstPort(to: target, port: port, place: place)
                #expect(FlowPorts.range.contains(first))
                for flow in 0..<UInt16(FlowPlan.mostFlows) { #expect(seen.insert(first + flow).inserted) }
            }
        }
    }

    @Test("only the latest 65,536 probes are remembered")
    func memory() {
        var ledger = ProbeLedger()
        for number in 0..<70_000 { ledger.record(number, .init(flow: 1, checksum: UInt16(truncatingIfNeeded: number))) }
        #expect(ledger.entry(69_999, flow: 1) != nil && ledger.entry(4_464, flow: 1) != nil)
        #expect(ledger.entry(4_463, flow: 1) == nil && ledger.entry(70_000, flow: 1) == nil)
        #expect(ledger.entry(69_999, flow: 2) == nil && ledger.entry(-1, flow: 1) == nil)
        ledger.record(70_001, .init(flow: 2, checksum: 0))
        #expect(ledger.entry(70_000, flow: 1) == nil)
        ledger.record(70_000, .init(flow: 1, checksum: 0))
        ledger.record(70_001, .init(flow: 1, checksum: 0))
        #expect(ledger.entry(70_000, flow: 1) != nil && ledger.entry(70_001, flow: 1) == nil)
        ledger = ProbeLedger()
        for number in 0..<70_000 { ledger.record(number, .init(flow: 1, checksum: UInt16(truncatingIfNeeded: number))) }
        #expect(ledger.latest(residue: 5, modulus: 65_535) == 65_540)
        #expect(ledger.latest(checksum: 17, flow: 1) == 65_553 && ledger.latest(checksum: 17, flow: 3) == nil)
    }

    @Test("a changed source or checksum is a translator's work, and the probe is known all the same")
    func translation() throws {
        var probes = Self.udp(.dublin)
        var packet = Self.packet { probes.write(OutgoingProbe(number: 0, ttl: 5), into: $0) }
        packet[15] = 99
        packet[26] ^= 0x11
        let match = try #require(probes.match(try Self.quote(packet)))
        #expect(match.number == 0 && match.translation?.source == ip("10.0.0.99"))
        #expect(match.translation?.checksum != match.translation?.sentChecksum)
    }

    @Test("behind a translator of destinations only a sequence number or our own bytes prove a quote ours")
    func translatedDestination() throws {
        for ports in [Self.v4, Self.v6] {
            var udp = Self.udp(.dublin, ports)
            var tcp = TCPProbes(ports, base: 0xF00D_0000)
            let datagram = Self.packet { udp.write(OutgoingProbe(number: 0, flow: 2, ttl: 5), into: $0) }
            let segment = Self.packet { tcp.write(OutgoingProbe(number: 0, flow: 2, ttl: 5), into: $0) }
            func translated(_ packet: [UInt8]) -> [UInt8] {
                var packet = packet
                packet[ports.headerLength - 1] = 200
                packet[ports.headerLength + 3] ^= 3
                return packet
            }
            for (packet, match) in [
                (translated(segment), try tcp.match(Self.quote(translated(segment)))),
                (
                    translated(datagram),
                    try udp.match(
                        Self.quote(translated(datagram)),
                        message: [11] + [UInt8](repeating: 0, count: 7) + translated(datagram)
                    )
                ),
            ] {
                let quote = try Self.quote(packet)
                #expect(match?.number == 0 && match?.translation?.destination == quote.destination)
                #expect(match?.translation?.destinationPort == ports.targetPort ^ 3)
                #expect(match?.translation?.source == nil)
            }
            // Eight bytes, a wrong byte of the cookie, a number that was not sent.
            var forged = [11] + [UInt8](repeating: 0, count: 7) + translated(datagram)
            let quote = try Self.quote(translated(datagram))
            #expect(udp.match(quote, message: Array(forged.prefix(16 + ports.headerLength))) == nil)
            forged[8 + ports.headerLength + 8 + 2] ^= 1
            #expect(udp.match(quote, message: forged) == nil)
            forged[8 + ports.headerLength + 8 + 2] ^= 1
            forged[8 + ports.headerLength + 8 + 13] = 7
            #expect(udp.match(quote, message: forged) == nil)
            var stranger = translated(segment)
            stranger[ports.headerLength + 7] = 9
            #expect(try tcp.match(Self.quote(stranger)) == nil)
            for length in 0..<forged.count { _ = udp.match(quote, message: Array(forged.prefix(length))) }
        }
    }

    @Test("SYN-ACK and RST name the SYN that they answer; anything else answers none")
    func tcpReplies() {
        var probes = TCPProbes(Self.v4, base: 5000)
        for number in 0..<3 {
            _ = Self.packet { probes.write(OutgoingProbe(number: number, flow: number, ttl: 5), into: $0) }
        }
        func reply(_ flags: TCPFlags, acknowledgement: UInt32, port: UInt16 = 61_001) -> [UInt8] {
            let header = TCPHeader(
                source: 443,
                destination: port,
                sequence: 9,
                acknowledgement: acknowledgement,
                flags: flags,
                options: TCPOptions(maximumSegmentSize: 1350)
            )
            return Self.packet { (try? header.write(from: ip("10.1.0.4"), to: ip("10.0.0.1"), into: $0)) ?? 0 }
        }
        let open = probes.match(reply: reply([.syn, .ack], acknowledgement: 5002).span.bytes)
        #expect(open?.number == 1 && open?.reply == .synAck && open?.maximumSegmentSize == 1350)
        let closed = probes.match(reply: reply([.rst, .ack], acknowledgement: 5002).span.bytes)
        #expect(closed?.number == 1 && closed?.reply == .reset)
        // No SYN and no RST; a RST without acknowledgement; another flow's number; a number that was not sent.
        for (flags, acknowledgement) in [(.ack, 5002), (.rst, 5002), ([.syn, .ack], 5003), ([.syn, .ack], 7000)]
            as [(TCPFlags, UInt32)]
        {
            let match = probes.match(reply: reply(flags, acknowledgement: acknowledgement).span.bytes)
            #expect(match == nil, "\(flags) \(acknowledgement)")
        }
    }

    @Test("in a session the D-SACK names the byte that came twice")
    func session() throws {
        let session = TCPProbes.Session(next: 1_000, expected: 2_000, timestamps: nil)
        var probes = TCPProbes(Self.v4, base: 0)
        probes.open(session, flow: 0)
        let packets = (0..<3).map { number in
            Self.packet { probes.write(OutgoingProbe(number: number, ttl: 5), into: $0) }
        }
        #expect(packets.allSatisfy { $0.count == 41 })
        #expect(try probes.match(Self.quote(packets[2]))?.number == 2)
        let header = TCPHeader(source: 443, destination: 61_000, sequence: 2_000, acknowledgement: 1_000, flags: .ack)
        var reply = Self.packet { (try? header.write(from: ip("10.1.0.4"), to: ip("10.0.0.1"), into: $0)) ?? 0 }
        let plain = probes.match(reply: reply.span.bytes)
        #expect(plain == nil)
        reply[12] = 8 << 4
        let left = probes.sequence(of: 1, flow: 0)
        for edge in [left, left + 1] { reply += (edge == left ? [1, 1, 5, 10] : []) + Self.bytes(edge) }
        let match = probes.match(reply: reply.span.bytes)
        #expect(match?.number == 1)
        for length in 0..<reply.count { _ = probes.match(reply: Array(reply.prefix(length)).span.bytes) }
    }

    @Test("a plain acknowledgement of a session names its flow alone; keep-alive probes, data and resets name none")
    func nameless() {
        var probes = TCPProbes(Self.v4, base: 0)
        probes.open(TCPProbes.Session(next: 1_000, expected: 2_000, timestamps: nil), flow: 1)
        func flow(
            _ flags: TCPFlags = .ack,
            sequence: UInt32 = 2_000,
            acknowledgement: UInt32 = 1_000,
            port: UInt16 = 61_001,
            more: [UInt8] = []
        ) -> Int? {
            let header = TCPHeader(
                source: 443,
                destination: port,
                sequence: sequence,
                acknowledgement: acknowledgement,
                flags: flags
            )
            let reply = Self.packet { (try? header.write(from: ip("10.1.0.4"), to: ip("10.0.0.1"), into: $0)) ?? 0 }
            return probes.nameless(reply: (reply + more).span.bytes)
        }
        #expect(flow() == 1)
        #expect(flow(sequence: 1_999) == nil && flow(acknowledgement: 999) == nil && flow(more: [0]) == nil)
        #expect(flow([.ack, .rst]) == nil && flow([.ack, .fin]) == nil)
        #expect(flow([.ack, .syn]) == nil && flow([]) == nil)
        // A flow without a session: the target still holds the connection that a SYN of another run began.
        #expect(
            flow(port: 61_000) == 0 && flow(port: 61_000, more: [0]) == nil && flow([.ack, .rst], port: 61_000) == nil
        )
    }

    @Test("the end of a handshake once more is a bare acknowledgement at the connection's own numbers")
    func handshakeEnd() throws {
        var probes = TCPProbes(Self.v4, base: 0)
        #expect(Self.packet { probes.writeAcknowledgement(flow: 0, into: $0) }.isEmpty)
        let stamps = TCPOptions.Timestamps(value: 7, echo: 5)
        probes.open(TCPProbes.Session(next: 1_000, expected: 2_000, timestamps: stamps), flow: 0)
        let packet = Self.packet { probes.writeAcknowledgement(flow: 0, into: $0) }
        let header = try TCPHeader(decoding: Array(packet.dropFirst(20)).span.bytes)
        #expect(packet[8] == 64 && packet.count == 20 + header.headerLength)
        #expect(header.sequence == 1_000 && header.acknowledgement == 2_000 && header.flags == .ack)
        #expect(header.options.timestamps == TCPOptions.Timestamps(value: 5, echo: 7))
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    @Test("large probes of a session carry old bytes alone, and quotes and D-SACKs of them name them")
    func largeInSession() throws {
        let next: UInt32 = 50_000
        var probes = TCPProbes(Self.v4, base: 0)
        probes.open(TCPProbes.Session(next: next, expected: 2_000, timestamps: nil), flow: 0)
        for (number, length) in [(0, 1500), (1, 576), (2, 1499), (3, 41)] {
            let packet = Self.packet { probes.write(OutgoingProbe(number: number, ttl: 9, length: length), into: $0) }
            #expect(packet.count == length)
            let left = packet[24..<28].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let right = left + UInt32(length - 40)
            #expect(right < next)
            #expect(try probes.match(Self.quote(packet))?.number == number)
            let header = TCPHeader(
                source: 443,
                destination: 61_000,
                sequence: 2_000,
                acknowledgement: next,
                flags: .ack
            )
            var reply = Self.packet { (try? header.write(from: ip("10.1.0.4"), to: ip("10.0.0.1"), into: $0)) ?? 0 }
            reply[12] = 8 << 4
            reply += [1, 1, 5, 10] + Self.bytes(left) + Self.bytes(right)
            let match = probes.match(reply: reply.span.bytes)
            #expect(match?.number == number)
        }
    }

    @Test("a session that lasts goes round within a window of the connection, and its latest probes are told apart")
    func lastingSession() throws {
        let next: UInt32 = 20_000
        var probes = TCPProbes(Self.v4, base: 0)
        probes.open(TCPProbes.Session(next: next, expected: 2_000, timestamps: nil), flow: 0)
        var lowest = UInt32.max
        for number in 0..<70_000 {
            let packet = Self.packet { probes.write(OutgoingProbe(number: number, ttl: 9), into: $0) }
            let distance = next &- packet[24..<28].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            lowest = min(lowest, 65_535 &- distance)
            if number % 9_999 == 0 { #expect(try probes.match(Self.quote(packet))?.number == number) }
        }
        #expect(lowest <= 65_535 && lowest >= 32_000)
        probes.close(flow: 0)
        let packet = Self.packet { probes.write(OutgoingProbe(number: 70_000, ttl: 9), into: $0) }
        #expect(packet.count == 48, "a SYN again")
    }

    @Test("each flow has a connection of its own, and one without is asked by SYN")
    func sessions() throws {
        var probes = TCPProbes(Self.v4, base: 5_000)
        probes.open(TCPProbes.Session(next: 1_000, expected: 2_000, timestamps: nil), flow: 0)
        probes.open(TCPProbes.Session(next: 70_000, expected: 9, timestamps: nil), flow: 2)
        let packets = (0..<3).map { flow in
            Self.packet { probes.write(OutgoingProbe(number: flow, flow: flow, ttl: 5), into: $0) }
        }
        #expect(packets.map(\.count) == [41, 48, 41], "one old byte in a connection, options in a SYN")
        for (flow, packet) in packets.enumerated() {
            #expect(try probes.match(Self.quote(packet))?.number == flow)
            // The same segment of another flow is nobody's.
            var forged = packet
            forged[21] = UInt8((61_000 + (flow + 1) % 3) & 0xFF)
            #expect(try probes.match(Self.quote(forged)) == nil)
        }
    }

    @Test("an echoed datagram names its probe by its own bytes")
    func echoedDatagram() {
        var probes = Self.udp(.dublin)
        let packet = Self.packet { probes.write(OutgoingProbe(number: 0, ttl: 5), into: $0) }
        let payload = Array(packet[28...])
        func match(_ payload: [UInt8], port: UInt16 = 61_000) -> Int? {
            probes.match(reply: payload.span.bytes, port: port)
        }
        #expect(match(payload) == 0)
        #expect(match(payload, port: 61_001) == nil && match(payload, port: 60_999) == nil)
        #expect(match(Array(payload.dropFirst())) == nil && match([]) == nil)
    }
}

extension UDPProbes {
    /// Of a router that quotes eight bytes of the transport header.
    fileprivate func match(_ quote: QuotedDatagram) -> QuoteMatch? { match(quote, message: []) }

    /// - Parameter message: the ICMP error with the quote.
    fileprivate func match(_ quote: QuotedDatagram, message: [UInt8]) -> QuoteMatch? {
        match(quote, in: message.span.bytes)
    }
}
