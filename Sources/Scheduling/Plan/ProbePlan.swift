public import Model
public import Probing

/// One stream of probes: one flow of one target over one pin.
public struct PlannedStream: Hashable, Sendable {
    public enum Purpose: Hashable, Sendable {
        /// Counted, exported and judged by the path model.
        case probe(ProbeKey)
        /// A packet with a small TTL towards a workload; the router that drops it is evidence for the active set.
        case hop(HopQuestion)
        /// Whether a proxy answers, and lets through what it must.
        case proxy(String)
        /// One way to one service of a storage account.
        case storage(StorageWay)
        /// What a name server says of the service; the way is the direct one.
        case storageName(StorageWay)
        /// One way to an endpoint that must be reached, or refused.
        case endpoint(EndpointWay)
        /// By which address the requests through a proxy leave.
        case egress(String)
    }

    public var purpose: Purpose
    public var target: Target
    public var pin: Pin
    public var interval: Duration
    public var timeout: Duration
    /// Name of the proxy to go through; nil goes directly.
    public var via: String?
    /// False: as those ask who cannot show credentials to a proxy.
    public var showsCredentials = true
    public var caFile: String?
    public var tls = RequestTLS()
    /// Nil where packets are sent by the probe engine instead.
    public var question: RequestQuestion?

    public init(
        purpose: Purpose,
        target: Target,
        pin: Pin,
        interval: Duration,
        timeout: Duration,
        via: String? = nil,
        caFile: String? = nil,
        question: RequestQuestion? = nil
    ) {
        self.purpose = purpose
        self.target = target
        self.pin = pin
        self.interval = interval
        self.timeout = timeout
        self.via = via
        self.caFile = caFile
        self.question = question
    }

    public var key: ProbeKey? {
        if case .probe(let key) = purpose { key } else { nil }
    }
}

/// What a router on the way of one flow is asked by.
public struct HopQuestion: Hashable, Sendable {
    /// What is asked about, and how many of its flows in turn.
    public var member: HopRounds.Member
    public var flow: Int
    public var ttl: UInt8
    /// Whether the packets to all distances are one flow, by one source port. Their turns must lie apart for that, and a socket
    /// must not outlast its turn.
    public var isOneFlow: Bool

    /// The flow as balancing routers see it.
    public var seenFlow: Int { isOneFlow ? flow : flow * HopRounds.distances + Int(ttl) - 1 }
}

/// Everything that a topology asks to be probed; a pure function of the configuration.
public struct ProbePlan: Sendable, Equatable {
    public var streams: [PlannedStream]
    /// Targets whose scheme has no probe; they stay without result.
    public var withoutProbe: [Target]
    /// By link: workloads that routers on the way are not asked about, as there are too many.
    public var withoutHops: [String: Int] = [:]
    private var known: Set<PlannedStream.Purpose> = []

    /// Period of IKE probes: gateways limit how often they answer one peer.
    static let ikeInterval: Duration = .seconds(10)
    static let ikeTimeout: Duration = .seconds(2)

    /// - Parameters:
    ///   - targets: further targets outside any link.
    ///   - services: proxies and storage accounts.
    ///   - hopEvidence: ask routers on the way to the workloads of each link that crosses a circuit.
    public init(
        topology: Topology,
        targets: [ProbeSpec] = [],
        services: ServicePlan = ServicePlan(),
        hopEvidence: Bool = false
    ) {
        streams = []
        withoutProbe = []
        for reference in topology.site.references {
            add(reference, role: .reference)
        }
        for path in topology.paths {
            addEdge(of: path)
        }
        for link in topology.links {
            addThrough(of: link, in: topology)
            for workload in link.workloads {
                add(workload, link: link.name, role: .workload)
            }
        }
        if hopEvidence { addHops(in: topology) }
        for target in targets {
            add(target, role: .target)
        }
        streams += services.streams
    }

    private mutating func addEdge(of path: PathSpec) {
        for edge in path.edge {
            add(edge, path: path.id.rawValue, role: .edge, pin: path.pin)
        }
        guard path.ike != .off else { return }
        for gateway in path.gateways {
            // The gateway's own address is reached beside the tunnel, so the pin does not apply.
            let target = Target(scheme: .ike, host: gateway)
            let spec = ProbeSpec(target: target, interval: Self.ikeInterval, timeout: Self.ikeTimeout)
            add(spec, path: path.id.rawValue, role: .edge)
        }
    }

    private mutating func addThrough(of link: LinkSpec, in topology: Topology) {
        for id in link.paths {
            guard let path = topology.path(id) else { continue }
            for through in link.through {
                add(through, link: link.name, path: id.rawValue, role: .through, pin: path.pin)
            }
        }
    }

    private mutating func addHops(in topology: Topology) {
        let rounds = HopRounds(of: topology)
        withoutHops = rounds.leftOut
        for member in rounds.members {
            let interval = HopRounds.period(ofFlowOf: member, among: rounds.members.count)
            let isOneFlow = member.target.scheme != .stamp && interval >= HopRounds.period * HopRounds.distances
            for flow in 0..<member.flows {
                for ttl in 1...UInt8(HopRounds.distances) {
                    let question = HopQuestion(member: member, flow: flow, ttl: ttl, isOneFlow: isOneFlow)
                    streams.append(
                        PlannedStream(
                            purpose: .hop(question),
                            target: member.target,
                            pin: .none,
                            interval: interval,
                            timeout: .milliseconds(800)
                        )
                    )
                }
            }
        }
    }

    private mutating func add(
        _ spec: ProbeSpec,
        link: String = "",
        path: String = "",
        role: ProbeRole,
        pin: Pin = .none
    ) {
        let question = RequestQuestion(spec.target, expecting: spec.expect, throughProxy: spec.via != nil)
        guard question != nil || Self.kind(of: spec.target) != nil && spec.via == nil else {
            if !withoutProbe.contains(spec.target) { withoutProbe.append(spec.target) }
            return
        }
        for flow in 0..<max(1, spec.flows) {
            let way = spec.via ?? path
            let key = ProbeKey(link: link, path: way, role: role, target: spec.target, flow: flow)
            var stream = PlannedStream(
                purpose: .probe(key),
                target: spec.target,
                pin: pin,
                interval: spec.interval,
                timeout: spec.timeout,
                via: spec.via,
                caFile: spec.caFile,
                question: question
            )
            stream.tls.certificateFile = spec.certificateFile
            stream.tls.keyFile = spec.keyFile
            if known.insert(stream.purpose).inserted { streams.append(stream) }
        }
    }
}

extension ProbePlan {
    /// Schemes that have a probe.
    public static let supported = Set(Target.Scheme.allCases.filter(\.hasProbe))

    /// How a target is probed by packets; nil for schemes that are asked by requests, and for those without a probe.
    public static func kind(of target: Target) -> ProbeKind? {
        switch target.scheme {
        case .icmp: .icmpEcho
        case .tcp: .tcpConnect
        case .stamp: .stamp
        case .ike: .ike(nonESPMarker: target.port == 4500)
        case .tls, .http, .https, .dns, .udp, .bfd: nil
        }
    }
}
