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

/// Addresses and ports of the flows of one trace: the flows differ in the source port, and where this host has several next
/// hops with addresses of its own in the source that such a connection would get.
struct FlowPorts: Hashable, Sendable {
    /// Source of the flows that have none of their own.
    var local: IPAddress
    /// By flow.
    var sources: [Int: IPAddress] = [:]
    var target: IPAddress
    var targetPort: UInt16
    /// Of flow 0; the others follow.
    var firstPort: UInt16

    /// Source ports lie above those that Linux gives to programs (32768 to 60999).
    static let range: ClosedRange<UInt16> = 61_000...65_000

    /// Of a target always the same, so that every run takes the same of several parallel paths.
    /// - Parameter place: 0; a trace that meets another one to the same target takes the next. The ports of two places differ,
    ///   whatever the number of flows.
    static func firstPort(to target: IPAddress, port: UInt16, place: Int = 0) -> UInt16 {
        let hash = RouteHash.value([(ttl: Int(port), responders: [target])])
        return range.lowerBound + UInt16((hash + UInt64(place * FlowPlan.mostFlows)) % UInt64(range.count))
    }

    /// So many traces to one target have ports of their own.
    static let places = range.count / FlowPlan.mostFlows - 1

    func source(of flow: Int) -> IPAddress { sources[flow] ?? local }

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
        switch (source(of: probe.flow), target) {
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
        destination == targetPort ? flow(source: source) : nil
    }

    func flow(source: UInt16) -> Int? { source >= firstPort ? Int(source - firstPort) : nil }
}

/// Which flow and packet belong to a number: what a quote or an answer has to agree with.
struct ProbeLedger: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        var flow: Int
        /// Transport checksum as sent.
        var checksum: UInt16

        static let nobody = Self(flow: -1, checksum: 0)
    }

    /// Probes that are remembered, the latest; as many as 16 bits can tell apart.
    static let capacity = 65_536

    /// By number modulo the capacity.
    private var entries: [Entry] = []
    /// Number of the next probe.
    private var next = 0

    /// Numbers go upwards; those that are left out belong to nobody until they come after all.
    mutating func record(_ number: Int, _ entry: Entry) {
        while next < number { put(.nobody) }
        if number == next {
            put(entry)
        } else if next - number <= Self.capacity, entries[number % Self.capacity] == .nobody {
            entries[number % Self.capacity] = entry
        }
    }

    private mutating func put(_ entry: Entry) {
        if entries.count < Self.capacity { entries.append(entry) } else { entries[next % Self.capacity] = entry }
        next += 1
    }

    func entry(_ number: Int, flow: Int) -> Entry? {
        entry(number).flatMap { $0.flow == flow ? $0 : nil }
    }

    /// Of whatever flow.
    func entry(_ number: Int) -> Entry? {
        guard number >= 0, number < next, next - number <= Self.capacity else { return nil }
        let entry = entries[number % Self.capacity]
        return entry == .nobody ? nil : entry
    }

    /// The latest number of the flow with this checksum; nil for none.
    func latest(checksum: UInt16, flow: Int) -> Int? {
        var number = next - 1
        while number >= 0, next - number <= Self.capacity {
            if entries[number % Self.capacity] == Entry(flow: flow, checksum: checksum) { return number }
            number -= 1
        }
        return nil
    }

    /// The latest number that is `residue` modulo `modulus`; nil for none.
    func latest(residue: Int, modulus: Int) -> Int? {
        guard next > 0, residue < modulus else { return nil }
        let last = next - 1
        let number = last - (last - residue % modulus + modulus) % modulus
        return number >= 0 ? number : nil
    }
}

/// A quote that belongs to a probe of ours.
struct QuoteMatch: Hashable {
    var number: Int
    var translation: Translation?
}
