/// Which flows of a link's workloads routers on the way are asked about, on a host whose own routes do not tell the path.
///
/// A router sends about one error a second to one host (RFC 1812 §4.3.2.8 demands a limit, Linux' is `icmp_ratelimit`). Hence
/// each hop of a link is asked once a second, about another workload each second and about the next flow of it when its turn
/// comes again; an answer stands for the flow until it is asked again.
public struct HopRounds: Sendable, Equatable {
    public struct Member: Hashable, Sendable {
        public var target: Target
        /// Flows that are asked about, in turn.
        public var flows: Int

        public init(target: Target, flows: Int) {
            self.target = target
            self.flows = flows
        }
    }

    /// One workload for each address or name, in the order of the configuration.
    public private(set) var members: [Member]
    /// Workloads whose addresses are beyond the limit.
    public private(set) var leftOut: Int

    /// Addresses of a link that are asked about.
    public static let mostMembers = 8
    /// Flows of one workload that are asked about.
    public static let mostFlows = 8
    /// Rounds after which every flow has been asked about.
    public static let longest = 16
    /// The time between two questions to one hop.
    public static let period: Duration = .seconds(1)

    public init(of link: LinkSpec) {
        var members: [Member] = []
        var rest: Set<String> = []
        var leftOut = 0
        for workload in link.workloads {
            let target = workload.target
            let flows = Self.hasFlows(target.scheme) ? min(Self.mostFlows, max(1, workload.flows)) : 1
            if let known = members.firstIndex(where: { $0.target.host == target.host }) {
                // The same address by ports: more is seen by it.
                if flows > members[known].flows { members[known] = Member(target: target, flows: flows) }
            } else if members.count < Self.mostMembers {
                members.append(Member(target: target, flows: flows))
            } else {
                if rest.insert(target.host).inserted { leftOut += 1 }
            }
        }
        let most = max(1, Self.longest / max(1, members.count))
        self.members = members.map { Member(target: $0.target, flows: min($0.flows, most)) }
        self.leftOut = leftOut
    }

    /// Whether routers that balance by ports see several flows of it, as far as it is probed by packets.
    private static func hasFlows(_ scheme: Target.Scheme) -> Bool {
        switch scheme {
        case .tcp, .tls, .http, .https, .stamp: true
        case .icmp, .dns, .udp, .ike, .bfd: false
        }
    }

    /// The time between two questions about the same flow of a workload.
    ///
    /// - Parameter members: how many workloads take turns.
    public static func period(ofFlowOf member: Member, among members: Int) -> Duration {
        period * (max(1, members) * member.flows)
    }
}
