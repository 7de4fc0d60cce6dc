public import Model
internal import Sockets
public import Wire

/// What `netprobe path TARGET` is asked for (contract §3).
public struct TraceRequest: Sendable {
    public enum TraceProtocol: String, CaseIterable, Sendable {
        case icmp, udp, tcp
    }

    /// Where a UDP probe carries its number: the names of the field.
    public enum Strategy: String, CaseIterable, Sendable {
        /// In the checksum; translators on the way break it.
        case paris
        /// In the identification of IPv4, in the length of IPv6; survives translators.
        case dublin
    }

    /// A host name, an address, `icmp://HOST`, `udp://HOST:PORT` or `tcp://HOST:PORT`.
    public var target: String
    /// Nil: what the target's scheme says, else ICMP.
    public var chosenProtocol: TraceProtocol?
    /// Where ICMP is not allowed at all, UDP takes its place, and the report says so: for a target that does not ask for ICMP
    /// in so many words. Set when the target is read; true before that keeps it so.
    public var mayReplaceICMP = false
    /// Of UDP and TCP; nil: what the target says, else 33434 and 443.
    public var port: UInt16?
    /// Of UDP; nil: dublin.
    public var chosenStrategy: Strategy?
    /// TCP: inside an established connection, which stateful firewalls let pass.
    public var isInSession: Bool
    /// Search the path MTU after the trace.
    public var findsMTU: Bool
    public var plan: TracePlan
    /// Nil: what the name has, IPv4 first.
    public var family: IPFamily?
    public var source: IPAddress?
    public var interface: String?
    public var mark: UInt32?
    /// The first router, whatever the routing table says of the target: of ICMP alone, and with CAP_NET_RAW.
    public var nextHop: IPAddress?
    /// Ask for the names of hops.
    public var resolvesNames: Bool
    /// Whose networks the hops are in; nil without a table.
    public var systems: ASNTable?
    /// To name the path; nil without a configuration.
    public var topology: Topology?

    public init(
        target: String,
        protocol chosenProtocol: TraceProtocol? = nil,
        port: UInt16? = nil,
        strategy chosenStrategy: Strategy? = nil,
        isInSession: Bool = false,
        findsMTU: Bool = false,
        plan: TracePlan = TracePlan(),
        family: IPFamily? = nil,
        source: IPAddress? = nil,
        interface: String? = nil,
        mark: UInt32? = nil,
        resolvesNames: Bool = true,
        topology: Topology? = nil
    ) {
        self.target = target
        self.chosenProtocol = chosenProtocol
        self.port = port
        self.chosenStrategy = chosenStrategy
        self.isInSession = isInSession
        self.findsMTU = findsMTU
        self.plan = plan
        self.family = family
        self.source = source
        self.interface = interface
        self.mark = mark
        self.resolvesNames = resolvesNames
        self.topology = topology
    }
}

extension TraceRequest {
    /// What the trace uses, once the target is read.
    var `protocol`: TraceProtocol { chosenProtocol ?? .icmp }

    /// The host's own route is not what the packets take.
    var isPinned: Bool { source != nil || interface != nil || mark != nil || nextHop != nil }

    var strategy: Strategy { chosenStrategy ?? .dublin }

    /// 0 for ICMP.
    var destinationPort: UInt16 {
        switch `protocol` {
        case .icmp: 0
        case .udp: port ?? UDPProbes.defaultPort
        case .tcp: port ?? TCPProbes.defaultPort
        }
    }

    /// What the kernel looks the way up for.
    func firstDestination(to address: IPAddress) -> IPAddress {
        guard let nextHop, nextHop.family == address.family else { return address }
        return nextHop
    }

    /// What the kernel is asked of the way. Among several next hops it chooses by addresses, protocol and ports; of an echo
    /// request it takes type and code for the destination port, and neither identifier nor checksum (Linux:
    /// `raw_probe_proto_opt`, whose fields are those of the ports).
    /// - Parameters:
    ///   - source: what the packets bear; nil: what the kernel chooses.
    ///   - wire: what they are sent by; nil: what was asked for.
    func question(
        to address: IPAddress,
        source: IPAddress?,
        sourcePort: UInt16? = nil,
        by wire: TraceProtocol? = nil
    ) -> RouteQuestion {
        let isIPv4 = address.isIPv4
        let (number, port): (UInt8, UInt16) =
            switch wire ?? `protocol` {
            case .icmp: (isIPv4 ? 1 : 58, isIPv4 ? 8 << 8 : 128 << 8)
            case .udp: (17, self.port ?? UDPProbes.defaultPort)
            case .tcp: (6, self.port ?? TCPProbes.defaultPort)
            }
        return RouteQuestion(
            destination: firstDestination(to: address),
            source: source,
            interface: interface,
            mark: mark,
            flow: RouteQuestion.Flow(ipProtocol: number, sourcePort: sourcePort ?? 0, destinationPort: port)
        )
    }
}

/// Why a trace could not be made. A target that does not answer is a report, not an error.
public enum TraceError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Exit status 64.
    case usage(String)
    /// Exit status 69.
    case resolution(host: String, message: String)
    /// An interface or a source address that this host does not have; exit status 65.
    case input(String)
    /// The caller does not permit the address; exit status 64.
    case denied(String)
    /// Exit status 77; says what to grant.
    case privilege(String)
    /// An interface, address or system call of this host fails; exit status 1.
    case local(String)
    /// Before anything was sent; exit status 130.
    case cancelled

    public var exitStatus: Int32 {
        switch self {
        case .usage, .denied: 64
        case .input: 65
        case .resolution: 69
        case .privilege: 77
        case .local: 1
        case .cancelled: 130
        }
    }

    public var description: String {
        switch self {
        case .usage(let text), .input(let text), .denied(let text), .privilege(let text), .local(let text): text
        case .resolution(let host, let message): "\(host): \(message)"
        case .cancelled: "stopped before the trace began"
        }
    }
}
