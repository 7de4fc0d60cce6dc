public import Model
public import Wire

/// A finished trace: what every output shows.
public struct TraceReport: Hashable, Sendable {
    /// How packets were sent and received.
    public enum Access: String, CaseIterable, Sendable {
        case raw, ping
    }

    /// As the user wrote it.
    public var target: String
    public var address: IPAddress
    /// What the kernel chose or the user asked for; nil when not known.
    public var source: IPAddress?
    public var interface: String?
    public var route: RouteObservation?
    public var startedAt: WallTime
    public var duration: Duration
    public var rounds: Int
    public var interval: Duration
    public var access: Access
    /// Nil when nothing answered.
    public var clock: StampClock?
    public var hops: [TraceHop]
    /// TTL of the target; nil when it did not answer.
    public var distance: Int?
    public var statistics: HopStatistics
    public var identity: PathIdentity
    public var verdict: TraceVerdict
    public var duplicates: Int
    public var strays: Int
    public var distanceChanges: Int
    /// Ended before its last round.
    public var isCancelled: Bool

    public init(
        target: String,
        address: IPAddress,
        source: IPAddress? = nil,
        interface: String? = nil,
        route: RouteObservation? = nil,
        startedAt: WallTime,
        duration: Duration,
        rounds: Int,
        interval: Duration,
        access: Access,
        clock: StampClock? = nil,
        hops: [TraceHop],
        distance: Int?,
        statistics: HopStatistics,
        identity: PathIdentity = PathIdentity(),
        verdict: TraceVerdict,
        duplicates: Int = 0,
        strays: Int = 0,
        distanceChanges: Int = 0,
        isCancelled: Bool = false
    ) {
        self.target = target
        self.address = address
        self.source = source
        self.interface = interface
        self.route = route
        self.startedAt = startedAt
        self.duration = duration
        self.rounds = rounds
        self.interval = interval
        self.access = access
        self.clock = clock
        self.hops = hops
        self.distance = distance
        self.statistics = statistics
        self.identity = identity
        self.verdict = verdict
        self.duplicates = duplicates
        self.strays = strays
        self.distanceChanges = distanceChanges
        self.isCancelled = isCancelled
    }

    /// 0 reached, 1 unreachable, 2 degraded (contract §3).
    public var exitStatus: Int32 { verdict.status.exitStatus }

    /// 48 bits over the ordered responders: the same way gives the same number, exact in a double.
    public var routeHash: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        for hop in hops {
            let addresses = hop.responders.map(\.address).sorted().map(\.description)
            mix("\(hop.ttl)=\(addresses.isEmpty ? "*" : addresses.joined(separator: ","));")
        }
        return (hash ^ hash >> 48) & 0xFFFF_FFFF_FFFF
    }

    /// Twelve hexadecimal digits.
    public var routeHashText: String {
        let digits = String(routeHash, radix: 16)
        return String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }
}
