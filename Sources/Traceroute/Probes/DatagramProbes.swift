internal import Wire

/// The two kinds of probes that a raw channel sends.
enum DatagramProbes {
    case udp(UDPProbes)
    case tcp(TCPProbes)
    /// While one of them is written to: a second holder would make it copy what it remembers of all probes.
    case changing

    mutating func write(_ probe: OutgoingProbe, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch self {
        case .udp(var probes):
            self = .changing
            defer { self = .udp(probes) }
            return probes.write(probe, into: buffer)
        case .tcp(var probes):
            self = .changing
            defer { self = .tcp(probes) }
            return probes.write(probe, into: buffer)
        case .changing:
            return 0
        }
    }

    mutating func open(_ session: TCPProbes.Session, flow: Int) {
        guard case .tcp(var probes) = self else { return }
        probes.open(session, flow: flow)
        self = .tcp(probes)
    }

    /// - Returns: 0 where the flow has no session.
    func writeAcknowledgement(flow: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard case .tcp(let probes) = self else { return 0 }
        return probes.writeAcknowledgement(flow: flow, into: buffer)
    }

    /// The flow is asked by SYN from now on.
    mutating func close(flow: Int) {
        guard case .tcp(var probes) = self else { return }
        probes.close(flow: flow)
        self = .tcp(probes)
    }

    /// - Parameter message: the ICMP error with the quote, from its first byte.
    func match(_ quote: QuotedDatagram, in message: RawSpan) -> QuoteMatch? {
        switch self {
        case .udp(let probes): probes.match(quote, in: message)
        case .tcp(let probes): probes.match(quote)
        case .changing: nil
        }
    }

    /// Nil only while a probe is written.
    var ports: FlowPorts? {
        switch self {
        case .udp(let probes): probes.ports
        case .tcp(let probes): probes.ports
        case .changing: nil
        }
    }
}
