public import Model
public import Wire

/// One of the parallel flows of a trace: constant in what routers hash, so that all its packets take one path.
public struct TraceFlow: Hashable, Sendable {
    /// From 0.
    public var number: Int
    /// Of UDP and TCP; nil for ICMP, whose flows differ in the checksum.
    public var sourcePort: UInt16?
    /// By TTL from 1; nil where nobody answered. Before the flows part, only the first one asks, and its answers hold for
    /// all.
    public var responders: [IPAddress?]
    /// As `responders`, with what other flows on the same way have seen where this one met silence.
    public var way: [IPAddress?]
    /// TTL of the target; nil when it did not answer this flow.
    public var distance: Int?
    public var statistics: HopStatistics
    /// A configured path that this flow shows; nil: unknown.
    public var path: PathID?
    /// What the last hop of a flow that does not reach the target answers, where it refuses.
    var refusal: ICMPErrorKind?
    /// What the target answers this flow with; nil while it does not.
    var reply: TraceAnswer.Reply?
    /// Ends behind a hop that others pass, which is no limit of the target's answers.
    public var isCutOff = false
    /// TTLs at which it is proven to meet a router that never answers, where others meet one that does.
    var mute: Set<Int> = []
    /// It fits the ways of several others, so that nobody knows which it takes.
    public internal(set) var isUndecided = false
    /// Was measured for all rounds; else only looked for a path.
    public var isMeasured: Bool
    /// Each of its packets had ports of its own, and they met several parallel paths: it has no way.
    public var isMixed = false

    public init(
        number: Int,
        sourcePort: UInt16? = nil,
        responders: [IPAddress?],
        distance: Int?,
        statistics: HopStatistics,
        path: PathID? = nil,
        isMeasured: Bool = true
    ) {
        self.number = number
        self.sourcePort = sourcePort
        self.responders = responders
        way = responders
        self.distance = distance
        self.statistics = statistics
        self.path = path
        self.isMeasured = isMeasured
    }

    /// 48 bits over the ordered responders of its way.
    public var routeHash: UInt64 {
        RouteHash.value(way.enumerated().map { ($0.offset + 1, $0.element.map { [$0] } ?? []) })
    }

    /// Nil for a flow without a way that is known.
    public var routeHashText: String? { isMixed || isUndecided ? nil : RouteHash.text(routeHash) }

    /// - Parameter index: TTL, from 0; nil beyond its end too.
    func responder(at index: Int) -> IPAddress? { way.indices.contains(index) ? way[index] : nil }

    /// Nothing came back of enough probes to say so, of this flow or of those that end where it does.
    public var isDead: Bool { statistics.received == 0 && (statistics.sent >= 2 || isCutOff) }
}

/// A number that the same responders in the same order always give; exact in a double.
public enum RouteHash {
    /// - Parameter hops: TTL and who answers there, in any order; nobody is a mark of its own.
    public static func value(_ hops: [(ttl: Int, responders: [IPAddress])]) -> UInt64 {
        // FNV-1a, folded to 48 bits.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for hop in hops {
            let addresses = hop.responders.sorted().map(\.description)
            let text = "\(hop.ttl)=\(addresses.isEmpty ? "*" : addresses.joined(separator: ","));"
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        return (hash ^ hash >> 48) & 0xFFFF_FFFF_FFFF
    }

    /// Twelve hexadecimal digits.
    public static func text(_ hash: UInt64) -> String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }
}
