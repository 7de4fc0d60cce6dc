/// Which flows of the links' workloads routers on the way are asked about, on a host whose own routes do not tell the path.
///
/// A router sends about one error a second to one host (RFC 1812 §4.3.2.8 demands a limit, Linux' is `icmp_ratelimit`), whatever
/// link it is asked for. Hence all links share the questions: each distance is asked once a second, about another address each
/// second and about the next flow of it when its turn comes again. An answer speaks for every link that has the address, and
/// stands for the flow until it is asked again.
public struct HopRounds: Sendable, Equatable {
    public struct Member: Hashable, Sendable {
        /// What packets are sent to.
        public var target: Target
        /// Flows that are asked about, in turn.
        public var flows: Int

        public init(target: Target, flows: Int) {
            self.target = target
            self.flows = flows
        }
    }

    /// In the order in which they take turns: the first address of each link, then the second of each.
    public private(set) var members: [Member] = []
    /// By link: workloads whose addresses are beyond the limit.
    public private(set) var leftOut: [String: Int] = [:]
    /// By link and workload: what is asked in its place.
    private var questions: [String: [Target: Target]] = [:]

    /// Addresses of a link that are asked about.
    public static let mostMembers = 8
    /// Flows of one workload that are asked about.
    public static let mostFlows = 8
    /// Rounds after which every flow of a link has been asked about, where no other link asks.
    public static let longest = 16
    /// The same for all links together; where there are more addresses, each with one flow.
    public static let longestOfAll = 64
    /// The time between two questions to one distance.
    public static let period: Duration = .seconds(1)
    /// The farthest router that is asked: customer edge, Microsoft edge and two more before them.
    public static let distances = 4

    /// Only links that cross a circuit have routers that tell its connections apart.
    public init(of topology: Topology) {
        let links = topology.links.filter { link in link.paths.contains { topology.path($0)?.subnet != nil } }
        let own = links.map { Self.addresses(of: $0) }
        for (link, addresses) in zip(links, own) {
            questions[link.name] = Dictionary(
                addresses.members.map { ($0.target, Self.question(for: $0.target)) },
                uniquingKeysWith: { first, _ in first }
            )
            if addresses.leftOut > 0 { leftOut[link.name] = addresses.leftOut }
        }
        var places: [Target: Int] = [:]
        for position in 0..<Self.mostMembers {
            for addresses in own where position < addresses.members.count {
                let member = addresses.members[position]
                let question = Self.question(for: member.target)
                if let place = places[question] {
                    members[place].flows = max(members[place].flows, member.flows)
                } else {
                    places[question] = members.count
                    members.append(Member(target: question, flows: member.flows))
                }
            }
        }
        let most = max(1, Self.longestOfAll / max(1, members.count))
        members = members.map { Member(target: $0.target, flows: min($0.flows, most)) }
    }

    /// One workload for each address or name, in the order of the configuration.
    private static func addresses(of link: LinkSpec) -> (members: [Member], leftOut: Int) {
        var members: [Member] = []
        var rest: Set<String> = []
        for workload in link.workloads {
            let target = workload.target
            let flows = hasFlows(target.scheme) ? min(mostFlows, max(1, workload.flows)) : 1
            if let known = members.firstIndex(where: { $0.target.host == target.host }) {
                // The same address by ports: more is seen by it.
                if flows > members[known].flows { members[known] = Member(target: target, flows: flows) }
            } else if members.count < mostMembers {
                members.append(Member(target: target, flows: flows))
            } else {
                rest.insert(target.host)
            }
        }
        let most = max(1, longest / max(1, members.count))
        return (members.map { Member(target: $0.target, flows: min($0.flows, most)) }, rest.count)
    }

    /// Whether routers that balance by ports see several flows of it, as far as it is probed by packets.
    private static func hasFlows(_ scheme: Target.Scheme) -> Bool {
        switch scheme {
        case .tcp, .tls, .http, .https, .stamp: true
        case .icmp, .dns, .udp, .ike, .bfd: false
        }
    }

    /// Routers that balance by ports, and policies that look at them, are to see what the workload's own packets look like.
    private static func question(for target: Target) -> Target {
        switch target.scheme {
        case .tcp, .tls, .http, .https: Target(scheme: .tcp, host: target.host, port: target.port)
        case .stamp: target
        case .icmp, .dns, .udp, .ike, .bfd: Target(scheme: .icmp, host: target.host)
        }
    }

    /// What routers are asked about in place of a link's workload; nil where they are not asked about it.
    public func question(for workload: Target, of link: String) -> Target? { questions[link]?[workload] }

    /// The time in which every address is asked about once.
    public var round: Duration { Self.period * max(1, members.count) }

    /// The time between two questions about the same flow.
    public func period(of question: Target) -> Duration? {
        members.first { $0.target == question }.map { Self.period(ofFlowOf: $0, among: members.count) }
    }

    /// - Parameter members: how many take turns.
    public static func period(ofFlowOf member: Member, among members: Int) -> Duration {
        period * (max(1, members) * member.flows)
    }

    /// The longest time between two questions that a link has an answer from; nil when it asks none.
    public func gap(of link: String) -> Duration? {
        guard let asked = questions[link].map({ Set($0.values) }) else { return nil }
        let places = members.indices.filter { asked.contains(members[$0].target) }
        guard let first = places.first else { return nil }
        let next = places.dropFirst() + [first + members.count]
        return zip(places, next).map { Self.period * ($1 - $0) }.max()
    }
}
