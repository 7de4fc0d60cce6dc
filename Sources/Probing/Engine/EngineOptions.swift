public import Model
public import Sockets
public import Wire

/// How the engine runs; the defaults suit.
public struct EngineOptions: Hashable, Sendable {
    /// Real-time priority of the engine's thread where permitted; nil for the usual scheduling.
    public var realTimePriority: Int32?
    /// A wake-up later than this after its time is overload.
    public var latenessLimit: Duration
    /// Never use a raw socket, although permitted; for tests of the ordinary user's way.
    public var avoidsRawSockets: Bool

    public init(
        realTimePriority: Int32? = nil,
        latenessLimit: Duration = .milliseconds(50),
        avoidsRawSockets: Bool = false
    ) {
        self.realTimePriority = realTimePriority
        self.latenessLimit = latenessLimit
        self.avoidsRawSockets = avoidsRawSockets
    }
}

/// What this process may do and how exactly, found by trying.
public struct EngineCapabilities: Hashable, Sendable {
    public enum ICMPAccess: String, Hashable, Sendable {
        /// A raw socket (CAP_NET_RAW): every pin, ICMP errors of the whole way.
        case raw
        /// A ping socket (`net.ipv4.ping_group_range`).
        case ping
        /// Neither: ICMP probes fail with `permission`.
        case none
    }

    public var icmpV4: ICMPAccess
    public var icmpV6: ICMPAccess
    /// `kernel` where a self-test over loopback saw transmit and receive stamps; each outcome says what it really had.
    public var clocks: [AddressFamily: StampClock]
    /// Routing marks may be set.
    public var canMark: Bool

    /// What to grant when ICMP is not permitted, for people (exit status 77).
    public static let grantHint =
        "ICMP needs a privilege: grant CAP_NET_RAW (setcap cap_net_raw+ep on the binary, or AmbientCapabilities= in "
        + "the unit), or let this group ping (sysctl net.ipv4.ping_group_range)"

    /// What this process has now.
    public static func found(_ options: EngineOptions = EngineOptions()) -> EngineCapabilities { SelfTest.run(options) }

    public func access(_ family: AddressFamily) -> ICMPAccess {
        family == .v4 ? icmpV4 : icmpV6
    }
}
