internal import Wire

/// One probe as it is to be sent.
struct OutgoingProbe: Hashable {
    /// Tells its answers from those of the others; counts from 0.
    var number: Int
    var flow: Int
    var ttl: Int
    /// Bytes of the whole IP packet; nil: as few as it needs.
    var length: Int?

    init(number: Int, flow: Int = 0, ttl: Int, length: Int? = nil) {
        self.number = number
        self.flow = flow
        self.ttl = ttl
        self.length = length
    }
}

/// Addresses and ports of the flows of one trace: the flows differ in the source port alone.
struct FlowPorts: Hashable, Sendable {
    var local: IPAddress
    var target: IPAddress
    var targetPort: UInt16
    /// Of flow 0; the others follow.
    var firstPort: UInt16

    /// Source ports lie above those that Linux gives to programs (32768 to 60999).
    static let range: ClosedRange<UInt16> = 61_000...65_000

    func port(of flow: Int) -> UInt16 { firstPort &+ UInt16(truncatingIfNeeded: flow) }

    var family: IPFamily { target.family }

    /// Writes the IP header; IPv6 flows have a label of their own (RFC 6437).
    func writeHeader(
        _ probe: OutgoingProbe,
        protocol number: IPProtocol,
        payloadLength: Int,
        identification: UInt16,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        let ttl = UInt8(truncatingIfNeeded: probe.ttl)
        switch (local, target) {
        case (.v4(let source), .v4(let destination)):
            let header = IPv4Header(
                source: source,
                destination: destination,
                protocol: number,
                payloadLength: payloadLength,
                ttl: ttl,
                identification: identification,
                dontFragment: true
            )
            return try header.write(into: buffer)
        case (.v6(let source), .v6(let destination)):
            let header = IPv6Header(
                source: source,
                destination: destination,
                nextHeader: number.rawValue,
                payloadLength: payloadLength,
                hopLimit: ttl,
                flowLabel: UInt32(port(of: probe.flow)) << 4 | 1
            )
            return try header.write(into: buffer)
        default:
            throw WireError(layer: .ipv4, fault: .invalid(.version, value: 0))
        }
    }

    var headerLength: Int { family == .v4 ? IPv4Header.minimumLength : IPv6Header.length }

    /// The flow of a quoted or answered packet; nil when it is not to or from the traced port.
    func flow(source: UInt16, destination: UInt16) -> Int? {
        guard destination == targetPort, source >= firstPort else { return nil }
        return Int(source - firstPort)
    }
}

/// Which flow and packet belong to a number: what a quote or an answer has to agree with.
struct ProbeLedger: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        var flow: Int
        /// Transport checksum as sent.
        var checksum: UInt16
    }

    private(set) var entries: [Entry] = []

    /// Numbers come in order; one that is sent again keeps its place.
    mutating func record(_ number: Int, _ entry: Entry) {
        if number < entries.count {
            entries[number] = entry
        } else {
            while entries.count < number { entries.append(Entry(flow: -1, checksum: 0)) }
            entries.append(entry)
        }
    }

    func entry(_ number: Int, flow: Int) -> Entry? {
        guard entries.indices.contains(number), entries[number].flow == flow else { return nil }
        return entries[number]
    }

    /// The latest number of the flow with this checksum; nil for none.
    func latest(checksum: UInt16, flow: Int) -> Int? {
        entries.lastIndex { $0.flow == flow && $0.checksum == checksum }
    }

    /// The latest number that is `residue` modulo `modulus`; nil for none.
    func latest(residue: Int, modulus: Int) -> Int? {
        guard !entries.isEmpty, residue < modulus else { return nil }
        let last = entries.count - 1
        let number = last - (last - residue % modulus + modulus) % modulus
        return number >= 0 ? number : nil
    }
}

/// A quote that belongs to a probe of ours.
struct QuoteMatch: Hashable {
    var number: Int
    var translation: Translation?
}
