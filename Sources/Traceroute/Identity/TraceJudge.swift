public import Model
public import Wire

/// Judges a finished trace: reached or not, and where it ends. Loss counts at the target alone.
public struct TraceJudge: Sendable {
    public var target: IPAddress
    public var hops: [TraceHop]
    public var statistics: HopStatistics
    /// TTL of the target; nil when it never answered.
    public var distance: Int?
    public var route: RouteObservation?
    public var paths: [PathSpec]
    public var path: PathID?
    /// The one that the target belongs to.
    var link: LinkSpec?
    public var localRefusal: Reason?
    /// Probes for the target that the kernel of this host did not send, and whether it does not send now.
    var refused = (count: 0, isLasting: false)
    public var hasLoop: Bool
    /// The last TTL that was sent; nil where it does not matter.
    public var maxHops: Int?
    /// Loss above which the target is degraded, from 0 to 1.
    public var degradedLoss: Double
    public var flows: [TraceFlow] = []
    /// The parallel link that is proven to lose a part.
    var lossyLink: LossyLink?
    /// The target does not answer any more.
    var cessation: Cessation?
    /// Packets that this host dropped meanwhile by its reverse-path filter.
    var filtered = 0
    /// What the target answers with, and its port where the protocol has ports.
    public var reply: TraceAnswer.Reply?
    public var port: UInt16?
    public var mtu: PathMTU?
    /// What the target announced for TCP.
    public var segmentSize: SegmentSize?
    /// The target leaves probes unanswered because it limits its ICMP errors: that is no loss.
    public var targetLimit = TargetLimit.none
    /// Packets that this host dropped on arrival.
    public var drops = 0
    /// Those of the time in which the flows were measured; nil: all of them.
    var flowDrops: Int?
    /// Answers of which nobody could tell whose they are.
    var unreadable = 0
    /// It is TCP that the port is asked by.
    public var isTCP = false
    /// The statistics are those of the last rounds of a live view.
    var isOfLastRounds = false
    /// The trace was cut short.
    public var isCancelled = false
    /// The interface that the packets have to leave by, where it has no address of the target's family.
    public var interfaceWithoutAddress: String?
    /// The interface that the packets have to leave by; nil where the kernel chooses.
    var boundInterface: String?
    /// Why nothing leaves by it; nil while something may.
    var interfaceFault: InterfaceFault?

    public init(
        target: IPAddress,
        hops: [TraceHop],
        statistics: HopStatistics,
        distance: Int?,
        route: RouteObservation? = nil,
        paths: [PathSpec] = [],
        path: PathID? = nil,
        localRefusal: Reason? = nil,
        hasLoop: Bool = false,
        maxHops: Int? = nil,
        degradedLoss: Double = Detection().degradedLoss
    ) {
        self.target = target
        self.hops = hops
        self.statistics = statistics
        self.distance = distance
        self.route = route
        self.paths = paths
        self.path = path
        self.localRefusal = localRefusal
        self.hasLoop = hasLoop
        self.maxHops = maxHops
        self.degradedLoss = degradedLoss
    }

    public var verdict: TraceVerdict {
        guard let distance, statistics.received > 0 else { return unreachable }
        let hopCount = distance == 1 ? "1 hop" : "\(distance) hops"
        let way = path.map { " over \($0)" } ?? ""
        let lost = statistics.sent - statistics.received
        if let localFailure { return localFailure }
        if statistics.loss > degradedLoss, let filteredAnswers { return filteredAnswers }
        if let cessation, cessation.misses > drops { return ended(cessation) }
        if let partialFailure { return partialFailure }
        if let partialReset { return partialReset }
        if isTargetLimited {
            return blackHole
                ?? TraceVerdict(
                    status: .reached,
                    sentence: "\(target) is reached\(way) in \(hopCount).\(portSentence)",
                    evidence: [silence(lost)] + foreignAnswer + moved
                )
        }
        if lost > drops, let partialLoss { return partialLoss }
        if statistics.loss > degradedLoss, lost <= drops {
            // Overload is no loss.
            return TraceVerdict(
                status: .reached,
                sentence: "\(target) is reached\(way) in \(hopCount).\(portSentence)",
                evidence: ["\(lost) answers are missing, and this host dropped \(drops) packets on arrival"]
            )
        }
        if statistics.loss > degradedLoss {
            return TraceVerdict(
                status: .degraded,
                sentence: "\(target) answers\(way) in \(hopCount), but \(lost) of \(probes) were lost.",
                evidence: ["lost more than \(Self.percent(degradedLoss)) at the target itself"] + lossStart + moved
            )
        }
        if let blackHole { return blackHole }
        return TraceVerdict(
            status: .reached,
            sentence: "\(target) is reached\(way) in \(hopCount).\(portSentence)",
            evidence: foreignAnswer + translated + moved
        )
    }

    /// The kernel of this host refused probes in the middle of the trace, as when its link or route goes away: nothing was lost on
    /// the way, and yet the target was not reached all the time.
    private var localFailure: TraceVerdict? {
        guard refused.count > 0, let localRefusal else { return nil }
        let evidence = ["the kernel refused \(refused.count) probes with \(localRefusal)"]
        if refused.isLasting {
            if interfaceFault != nil, let localVerdict { return localVerdict }
            return fail(.host, "this host does not send to \(target) any more, which answered before.", evidence)
        }
        return TraceVerdict(
            status: .degraded,
            layer: .host,
            sentence:
                "\(target) answers, but this host did not send \(refused.count) of \(statistics.sent + refused.count) probes.",
            evidence: evidence
        )
    }

    /// Those that the target had to answer.
    private var probes: String { isOfLastRounds ? "the last \(statistics.sent) probes" : "\(statistics.sent) probes" }

    var isTargetLimited: Bool { targetLimit != .none }

    private func silence(_ lost: Int) -> String {
        let number = "\(lost) of \(probes) were not answered"
        return targetLimit == .shown
            ? "rate-limited: \(number), for the target limits its ICMP errors; UDP does not show loss there, ICMP and TCP do"
            : "\(number): that may be its limit of ICMP errors, or loss, and nothing tells which; ICMP and TCP show loss"
    }

    static func percent(_ ratio: Double) -> String {
        let tenths = Int((ratio * 1000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
    }

    /// The hop from which on routers miss some: only a hint, for routers limit what they answer.
    private var lossStart: [String] {
        let complete = hops.prefix { $0.ttl < (distance ?? 0) && $0.statistics.sent > 0 && $0.statistics.loss == 0 }
        return complete.last.map { ["up to hop \($0.ttl) every probe was answered"] } ?? []
    }

    // MARK: Unreachable

    private var unreachable: TraceVerdict {
        if let local = localVerdict { return local }
        if let refused = hops.last, case .unreachable(let kind)? = refused.answer {
            return refusal(at: refused, kind)
        }
        if hasLoop {
            let names = hops.suffix(3).compactMap { $0.responders.first.map { "\($0.address)" } }
            return fail(
                layer(after: farthestOfLoop),
                "packets to \(target) go in circles.",
                ["the last hops: " + names.joined(separator: ", ")] + translated
            )
        }
        if let filteredAnswers { return filteredAnswers }
        if isCancelled {
            let known = hops.last { !$0.responders.isEmpty }.map { "; the way is known up to hop \($0.ttl)" } ?? ""
            return fail(nil, "the trace was stopped before \(target) answered\(known).", [])
        }
        guard let last = hops.last(where: { !$0.responders.isEmpty }), let router = last.responders.first else {
            return silence
        }
        if let maxHops, last.ttl >= maxHops {
            return fail(
                nil,
                "\(target) is not reached within \(maxHops == 1 ? "1 hop" : "\(maxHops) hops"), the limit (--max-hops).",
                ["hop \(last.ttl) (\(router.address)) answers; nothing behind it was asked"]
            )
        }
        let earlier = flows.filter { $0.isMeasured && $0.statistics.received == 0 && $0.mute.contains(last.ttl) }
        guard earlier.isEmpty else {
            return fail(
                nil,
                "\(target) does not answer; \(earlier.count) of \(flows.count { $0.isMeasured }) flows get no answer from hop "
                    + "\(last.ttl) on, where the others are answered.",
                ["hop \(last.ttl) (\(router.address)) answers the others, nothing behind it does"] + place(of: last)
                    + translated
            )
        }
        return fail(
            layer(after: last),
            "\(target) does not answer; the way is known up to hop \(last.ttl).",
            ["hop \(last.ttl) (\(router.address)) answers, nothing behind it does"] + place(of: last)
                + gatewayOrWorkload(last) + behindGateway(last)
                + translated
        )
    }

    /// It answered, and in the middle of the trace ceased to.
    private func ended(_ cessation: Cessation) -> TraceVerdict {
        if let local = localVerdict { return local }
        if var end = hops.first(where: { $0.ttl == distance }), case .unreachable(let kind)? = end.answer {
            end.responders = end.present
            return refusal(at: end, kind)
        }
        let hop = hops.first { $0.ttl == cessation.farthest }
        let router = hop?.responders.first.map { " (\($0.address))" } ?? ""
        let place = hop.map { ["hop \($0.ttl)\(router) still answers, nothing behind it does"] }
        let hadRouters = hops.contains { $0.ttl < distance ?? 0 && !$0.responders.isEmpty }
        return fail(
            layer(after: hop),
            "\(target) answered, and no longer does: the last \(cessation.misses) of \(probes) were lost.",
            (place ?? (hadRouters ? ["nobody on the way answers any more"] : []))
                + (hop.map { self.place(of: $0) + gatewayOrWorkload($0) + behindGateway($0) } ?? []) + moved
        )
    }

    private func fail(_ layer: Layer?, _ sentence: String, _ evidence: [String]) -> TraceVerdict {
        TraceVerdict(status: .unreachable, layer: layer, sentence: sentence, evidence: evidence)
    }

    /// What this host itself or its link says.
    private var localVerdict: TraceVerdict? {
        if let interface = boundInterface ?? routeInterface, let fault = interfaceFault {
            return fail(.host, "\(interface) \(fault.text): nothing leaves by it to \(target).", refusal(by: interface))
        }
        if case .none(let reason)? = route?.verdict {
            if let interface = boundInterface {
                let lacks = interfaceWithoutAddress == interface ? "no address and no route" : "no route"
                return fail(.host, "\(interface) has \(lacks) to \(target).", refusal(by: interface))
            }
            return fail(.host, "this host has no route to \(target).", ["the kernel's route to \(target): \(reason)"])
        }
        if let route, route.neighbour.isUnresolved, case .route(let interface, let gateway, _) = route.verdict {
            if gateway == nil, interfaceWithoutAddress == interface {
                return fail(
                    .host,
                    "\(interface) has no address and no route to \(target).",
                    ["\(target) was looked for on the link itself; the neighbour is \(route.neighbour.rawValue)"]
                )
            }
            let next = gateway ?? target
            let question = target.isIPv4 ? "ARP" : "neighbour solicitations"
            return fail(
                gateway == nil ? .lan : .customerEdge,
                next == target
                    ? "\(target) is on \(interface) itself and does not answer \(question) there."
                    : "\(next), the next hop to \(target), does not answer on \(interface).",
                ["the neighbour \(next) is \(route.neighbour.rawValue)"]
            )
        }
        if let localRefusal, statistics.sent == 0 {
            return fail(.host, "this host does not send to \(target).", ["the kernel refuses with \(localRefusal)"])
        }
        return nil
    }

    /// What the kernel says of the route by this interface; empty where it names one.
    private func refusal(by interface: String) -> [String] {
        guard case .none(let reason)? = route?.verdict else { return [] }
        return ["the routing table leads nothing to \(target) by \(interface): \(reason)"]
    }

    private func refusal(at hop: TraceHop, _ kind: ICMPErrorKind) -> TraceVerdict {
        let router = hop.responders.first.map { "\($0.address)" } ?? "an unknown router"
        if hop.responders.contains(where: { $0.address == target }) {
            return fail(
                .service,
                "\(target) itself, at hop \(hop.ttl), refuses the probes: \(kind.name).",
                ["ICMP error from \(target) itself"] + place(of: hop)
            )
        }
        // A packet is refused after its TTL was counted: the router that does so answers at its own TTL as well.
        let own = hops.first { former in
            former.ttl < hop.ttl && former.answer?.isReply == false
                && !Set(former.responders.map(\.address)).isDisjoint(with: hop.responders.map(\.address))
        }
        var origin = hop
        origin.ttl = own?.ttl ?? (isByGateway(hop) ? 1 : hop.ttl)
        return fail(
            // Who forbids it does so himself; who cannot deliver it speaks of what lies behind him.
            kind == .adminProhibited ? layer(of: origin) : layer(after: origin),
            "hop \(origin.ttl) (\(router)) answers that \(target) is \(kind.text).",
            ["ICMP error from \(router)"] + place(of: origin) + behindGateway(origin)
        )
    }

    /// Nobody answers at all.
    private var silence: TraceVerdict {
        if unreadable > 0 {
            return fail(
                nil,
                "\(target) does not answer, and of the routers that answer it cannot be told here where they are.",
                ["\(unreadable) answers quote too little of what they answer; with CAP_NET_RAW eight bytes suffice"]
            )
        }
        guard case .route(let interface, let gateway, _)? = route?.verdict else {
            return fail(nil, "nobody on the way to \(target) answers.", [])
        }
        guard let gateway else {
            let evidence = ["\(target) is on \(interface) itself; its neighbour entry is \(neighbour)"]
            let isThere = route?.neighbour == .reachable
            return fail(isThere ? .service : nil, "\(target) does not answer, though it is on the same link.", evidence)
        }
        return fail(
            nil,
            "nobody on the way to \(target) answers, so the place is not known.",
            ["the route leaves by \(interface) to \(gateway); its neighbour entry is \(neighbour)"]
        )
    }

    private var neighbour: String { route?.neighbour.rawValue ?? "unknown" }
}
