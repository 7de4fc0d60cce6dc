public import Model
public import Wire

/// What `netprobe path TARGET` is asked for (contract §3).
public struct TraceRequest: Sendable {
    public enum TraceProtocol: String, CaseIterable, Sendable {
        case icmp
    }

    /// A host name, an address or `icmp://HOST`.
    public var target: String
    public var `protocol`: TraceProtocol
    public var plan: TracePlan
    /// Nil: what the name has, IPv4 first.
    public var family: IPFamily?
    public var source: IPAddress?
    public var interface: String?
    public var mark: UInt32?
    /// Ask for the names of hops.
    public var resolvesNames: Bool
    /// To name the path; nil without a configuration.
    public var topology: Topology?

    public init(
        target: String,
        protocol: TraceProtocol = .icmp,
        plan: TracePlan = TracePlan(),
        family: IPFamily? = nil,
        source: IPAddress? = nil,
        interface: String? = nil,
        mark: UInt32? = nil,
        resolvesNames: Bool = true,
        topology: Topology? = nil
    ) {
        self.target = target
        self.protocol = `protocol`
        self.plan = plan
        self.family = family
        self.source = source
        self.interface = interface
        self.mark = mark
        self.resolvesNames = resolvesNames
        self.topology = topology
    }
}

/// Why a trace could not be made. A target that does not answer is a report, not an error.
public enum TraceError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Exit status 64.
    case usage(String)
    /// Exit status 69.
    case resolution(host: String, message: String)
    /// Exit status 77; says what to grant.
    case privilege(String)
    /// An interface, address or system call of this host fails; exit status 1.
    case local(String)

    public var exitStatus: Int32 {
        switch self {
        case .usage: 64
        case .resolution: 69
        case .privilege: 77
        case .local: 1
        }
    }

    public var description: String {
        switch self {
        case .usage(let text), .privilege(let text), .local(let text): text
        case .resolution(let host, let message): "\(host): \(message)"
        }
    }
}
