internal import Model

/// What a trace sends and when: the numbers that its state machine runs on.
public struct TracePlan: Hashable, Sendable {
    /// Rounds, each with one probe per hop.
    public var count: Int
    /// Between the starts of two rounds.
    public var interval: Duration
    public var maxHops: Int
    /// Whose parallel paths are looked for.
    public var flows: FlowPlan
    /// A target that keeps state for what it is sent (TCP) gets nothing new before it can have forgotten the last: then
    /// rounds are at least 1.25 of the worst round trips apart, a second at most.
    public var spacesRounds = false
    /// Packets that the target gets before the first probe of a further flow: those of a handshake, or none.
    public var flowCost = 0
    /// The longest that such a handshake takes; the flow's first probes wait for it.
    var handshakeTime: Duration = .zero
    /// The packets of a flow have the same ports; else each is one of its own.
    var sharesPorts = true
    /// Further flows together send so many packets at once, and then one each `spacing`: a queue on the way would drop
    /// what comes all at once, and that would read as loss.
    static let burst = 32
    static let spacing: Duration = .microseconds(250)
    /// All probes of the first round leave within this time, whatever their number.
    public var firstRoundSpread: Duration = .milliseconds(50)
    /// Probes that one responder may have to answer within any second after the first round.
    public var responderLimit = 20
    /// Bounds of the wait for answers: four times the worst round trip, but within these.
    public var shortestWait: Duration = .milliseconds(300)
    public var longestWait: Duration = .seconds(1)

    public init(
        count: Int = 10,
        interval: Duration = .milliseconds(100),
        maxHops: Int = 30,
        flows: FlowPlan = .fixed(1)
    ) {
        self.count = count
        self.interval = interval
        self.maxHops = maxHops
        self.flows = flows
    }

    /// Why the plan cannot be run; nil when it can. Every probe needs a sequence number of its own.
    public var problem: String? {
        guard (1...255).contains(maxHops) else { return "max-hops is \(maxHops); allowed: 1 to 255" }
        guard (1...FlowPlan.most).contains(flows.mostMeasured) else {
            return "flows is \(flows.mostMeasured); allowed: 1 to \(FlowPlan.most), or auto"
        }
        // Flows beyond the first end at the target, which is 255 hops away at most.
        let most = 65_535 / (maxHops * flows.mostMeasured)
        guard (1...max(most, 1)).contains(count) else {
            let place = flows.mostMeasured == 1 ? "\(maxHops) hops" : "\(maxHops) hops and \(flows.text) flows"
            return "count is \(count); allowed with \(place): 1 to \(most)"
        }
        guard interval >= .milliseconds(1), interval <= .seconds(60) else {
            return "interval is \(interval.text); allowed: 1ms to 60s"
        }
        return nil
    }

    /// SYN, ACK, and the ACK once more.
    static let handshake = 3
    /// FIN, and the ACK of the target's own.
    static let farewell = 2

    func wait(worst: Duration?) -> Duration {
        guard let worst else { return longestWait }
        return min(max(worst * 4, shortestWait), longestWait)
    }
}

/// How many flows a trace has. Each is constant in what routers hash: ports, or for ICMP the checksum.
public enum FlowPlan: Hashable, Sendable {
    case fixed(Int)
    /// As many as it takes to have found all next hops, with this confidence.
    case automatic(StoppingRule.Confidence)

    /// Flows at most, whoever asks.
    public static let most = 64
    /// Flows that `automatic` measures at most; it looks with more.
    static let measured = 16

    /// Source ports that may be used.
    static let mostFlows = max(most, MultipathState.mostSearched)

    var mostMeasured: Int {
        switch self {
        case .fixed(let number): number
        case .automatic: Self.measured
        }
    }

    /// Names of the flows that are asked for in so many words.
    var names: [Int] {
        switch self {
        case .fixed(let number): Array(0..<number)
        case .automatic: [0]
        }
    }

    /// Flows that may be sent, measured or not.
    var mostSent: Int {
        switch self {
        case .fixed(let number): number
        case .automatic: Self.mostFlows
        }
    }

    /// Flows that begin together, where one may have to find the way for the others.
    var atOnce: Int {
        switch self {
        case .fixed(let number): min(number, MultipathState.explorers)
        case .automatic: MultipathState.explorers
        }
    }

    var text: String {
        switch self {
        case .fixed(let number): "\(number)"
        case .automatic: "auto"
        }
    }
}
