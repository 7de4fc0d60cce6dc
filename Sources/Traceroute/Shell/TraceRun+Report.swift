internal import Model
internal import Sockets
internal import Wire

extension TraceRun {
    /// - Parameters:
    ///   - waitsForNames: false takes the names that are there already.
    ///   - history: of the live view; a flow is judged by its last rounds together.
    func report(
        route: RouteObservation?,
        mtu: PathMTU?,
        waitsForNames: Bool = true,
        history: WatchHistory? = nil
    ) -> TraceReport {
        let known = (waitsForNames ? names?.finish(cancellation: cancellation) : names?.known) ?? [:]
        var hops = TraceHop.placingRefusal(Self.withoutOwnAddresses(state.hops))
        for hop in hops.indices {
            // Packets, or connections that follow each other, with ports of their own take other ways though none has moved.
            if channel.isOfOwnPorts || request.isInSession { hops[hop].forgetFormerResponders() }
            for index in hops[hop].responders.indices {
                let address = hops[hop].responders[index].address
                hops[hop].responders[index].name = known[address]
                hops[hop].responders[index].system = request.systems?.system(of: address)
            }
        }
        let targetLimit = history.map { $0.targetLimit(state.limitEvidence) } ?? state.targetLimit
        let isTargetLimited = targetLimit != .none
        if targetLimit == .shown, let end = hops.firstIndex(where: { $0.ttl == state.distance }) {
            hops[end].isRateLimited = true
        }
        var report = TraceReport(
            target: request.target,
            address: prepared.address,
            protocol: usedProtocol,
            port: usesUDPInstead ? UDPProbes.defaultPort : request.port,
            source: request.source,
            interface: request.interface,
            route: route,
            startedAt: startedAt,
            duration: SystemClock.monotonic() - start,
            rounds: state.rounds,
            interval: request.plan.interval,
            access: channel.access,
            clock: state.clock,
            hops: hops,
            distance: state.distance,
            statistics: state.targetStatistics,
            verdict: TraceVerdict(status: .unreachable, sentence: ""),
            duplicates: state.duplicates,
            strays: state.strays,
            distanceChanges: state.distanceChanges,
            isCancelled: state.isCancelled || isSearchCut
        )
        report.strategy = request.protocol == .udp && channel.access == .raw ? request.strategy : nil
        report.isInSession = request.isInSession
        report.isLossKnown = !isTargetLimited
        report.longestOutage = isTargetLimited ? .zero : state.longestOutage
        report.reply = state.reply
        // Where each packet has ports of its own, that they alternate is no balancing of packets.
        report.perPacketHops = channel.isOfOwnPorts ? [] : state.perPacketHops
        report.isComplete = report.perPacketHops.isEmpty ? state.isComplete : nil
        report.maximumSegmentSize = state.maximumSegmentSize ?? channel.maximumSegmentSize
        report.undecided = state.undecided
        let refused = state.refused
        report.refused = refused.count
        report.drops = channel.drops
        report.blindness = channel.blindness + report.dropSentence
        if usesUDPInstead {
            report.blindness.insert(
                "ICMP is not allowed here, neither by CAP_NET_RAW nor by a ping socket: this is UDP instead",
                at: 0
            )
        }
        if mtu?.method == .udp, request.protocol == .tcp {
            report.blindness.append(
                "sizes were tried by UDP, for a SYN carries no data and ICMP is not allowed here: a firewall may treat them otherwise"
            )
        }
        report.mtu = mtu
        report.unreadable = channel.unreadable
        report.isOfOwnPorts = channel.isOfOwnPorts
        report.flows = flows()
        if let history {
            let cutOff = history.cutOff(report.flows)
            for index in report.flows.indices where cutOff.contains(report.flows[index].number) {
                report.flows[index].isCutOff = true
            }
        }
        report.shareWays()
        if case .automatic = request.plan.flows, usedProtocol == .icmp, report.distance != nil, report.pathCount == 1 {
            report.blindness.append(
                "many routers choose among parallel links by the ports, and send all of ICMP over one: ask udp:// or tcp:// for the others"
            )
        }
        report.hasLoop = state.hasLoop
        report.areRoundsCut = state.isCancelled
        Self.conclude(
            &report,
            prepared,
            localRefusal: state.localRefusal,
            refused: refused,
            targetLimit: targetLimit,
            cessation: history == nil ? state.cessation : nil,
            filtered: history == nil ? filtered : 0,
            lossyLink: report.statistics.received < report.statistics.sent && !channel.isOfOwnPorts
                ? state.lossyLink.map { inReport($0, report.flows) } : nil,
            history
        )
        return report
    }

    /// The flows of a report are in the order of their numbers, whichever was asked first.
    private func inReport(_ link: LossyLink, _ flows: [TraceFlow]) -> LossyLink {
        func places(_ former: [Int]) -> [Int] {
            former.compactMap { place in flows.firstIndex { $0.number == state.name(of: place) } }
        }
        var link = link
        link.members = places(link.members)
        link.others = places(link.others)
        return link
    }

    /// How many probes were sent to the TTLs behind the last one that answered.
    func silent(after last: Int) -> [Int: Int] {
        let probes = state.flows.flatMap(\.probes).filter { $0.ttl > last && $0.wasSent && $0.answer == nil }
        return Dictionary(probes.map { ($0.ttl, 1) }, uniquingKeysWith: +)
    }

    /// ICMP was asked for, and neither a raw nor a ping socket was allowed.
    private var usesUDPInstead: Bool { request.protocol == .icmp && channel.access == .datagram }

    /// What the probes are.
    var usedProtocol: TraceRequest.TraceProtocol { usesUDPInstead ? .udp : request.protocol }

    private func flows() -> [TraceFlow] {
        let shared = state.flows[state.leader].hops.map { $0.responders.first?.address }
        let cutOff = state.cutOffFlows
        let mute = MuteHops.find(in: state.flows)
        let doubt = FlowMap(state.flows).doubt ?? .max
        let flows = state.flows.enumerated().map { index, flow in
            let number = state.name(of: index)
            let distance = state.distance(of: index)
            let own = flow.hops
            var hops = TraceHop.withoutRepeatedRefusal(TraceHop.placingRefusal(own))
            if let distance, let met = flow.distance, distance < met, let target = hops.last {
                hops = hops.prefix(distance - 1) + [target]
            }
            var result = TraceFlow(
                number: number,
                sourcePort: channel.sourcePort(ofFlow: number),
                responders: hops.enumerated().map { index, hop in
                    // Before the flows part, a further flow asks nobody: what the first one found holds for it too.
                    if hop.statistics.sent == 0, index + 1 < doubt, shared.indices.contains(index) {
                        return shared[index]
                    }
                    return hop.responders.first?.address
                },
                distance: distance,
                statistics: flow.targetStatistics,
                isMeasured: flow.plan.count > 1 || request.plan.count == 1
            )
            if flow.distance == nil, case .unreachable(let kind)? = own.last?.answer { result.refusal = kind }
            result.reply = flow.reply
            result.isCutOff = cutOff.contains(index)
            result.mute = mute[index]
            return result
        }
        return flows.sorted { $0.number < $1.number }
    }

    /// Names the path of the whole and of each flow, and judges.
    private static func conclude(
        _ report: inout TraceReport,
        _ prepared: PreparedTrace,
        localRefusal: Reason?,
        refused: (count: Int, isLasting: Bool) = (0, false),
        targetLimit: TargetLimit = .none,
        cessation: Cessation? = nil,
        filtered: Int = 0,
        lossyLink: LossyLink? = nil,
        _ history: WatchHistory? = nil
    ) {
        let paths = prepared.request.topology?.paths ?? []
        let links = prepared.request.topology?.links ?? []
        let naming = PathNaming(paths: paths, links: links)
        for index in report.flows.indices where !report.flows[index].isMixed {
            report.flows[index].path = naming.path(ofHops: report.flows[index].responders)
        }
        report.identity = naming.identity(
            of: prepared.address,
            host: prepared.host,
            hops: report.hops,
            route: report.route,
            flows: report.flows,
            mtu: report.mtu,
            interfaceSizes: report.mtu == nil ? [:] : sizes(of: paths)
        )
        let link = links.first { $0.name == report.identity.links.first?.link }
        var judge = TraceJudge(
            target: prepared.address,
            hops: report.hops,
            statistics: report.statistics,
            distance: report.distance,
            route: report.route,
            paths: paths,
            path: report.identity.path,
            localRefusal: localRefusal,
            hasLoop: report.hasLoop,
            maxHops: prepared.request.plan.maxHops,
            degradedLoss: (link?.detection ?? Detection()).degradedLoss
        )
        judge.link = report.identity.allows(link, isPinned: prepared.request.isPinned) ? link : nil
        judge.flows = history.map { report.flows.map($0.withRecentRounds) } ?? report.flows
        judge.lossyLink = lossyLink
        judge.cessation = cessation
        judge.filtered = filtered
        judge.refused = refused
        judge.reply = report.reply
        judge.targetLimit = targetLimit
        judge.port = report.port
        judge.isTCP = report.protocol == .tcp
        judge.isCancelled = report.isCancelled
        judge.drops = report.drops
        if let history {
            (judge.distance, judge.statistics) = history.judged(report, targetLimit)
            let drops = history.drops(report)
            judge.drops = drops.target
            judge.isOfLastRounds = true
            judge.flowDrops = drops.flow
        }
        judge.unreadable = report.unreadable
        judge.mtu = report.mtu
        judge.segmentSize = report.segmentSize
        judge.boundInterface = prepared.request.interface
        let isReached = report.distance != nil && cessation == nil && !refused.isLasting
        if !isReached, let own = usedInterface(prepared, report.route) {
            judge.interfaceFault = own.fault
            let isBound = prepared.request.interface != nil
            let hasAddress = own.addresses.contains { $0.address.family == prepared.address.family }
            judge.interfaceWithoutAddress = hasAddress || !isBound ? nil : own.name
        }
        report.verdict = judge.verdict
        if case .route(let interface, _, let source)? = report.route?.verdict {
            report.interface = report.interface ?? interface
            report.source = report.source ?? source
        }
    }

    /// The interface that was asked for, else that of the route, as it is now.
    private static func usedInterface(_ prepared: PreparedTrace, _ route: RouteObservation?) -> NetworkInterface? {
        var name = prepared.request.interface
        if name == nil, case .route(let interface, _, _)? = route?.verdict { name = interface }
        guard let name else { return nil }
        return try? RouteQuery().interfaces().first { $0.name == name }
    }

    /// MTU of the interfaces that paths are pinned to.
    private static func sizes(of paths: [PathSpec]) -> [String: Int] {
        guard let socket = try? Socket(.v4, .datagram) else { return [:] }
        var sizes: [String: Int] = [:]
        for name in paths.compactMap(\.pin.interface) { sizes[name] = Interface.mtu(of: name, through: socket) }
        return sizes
    }

    /// The report of a target that the kernel has no way to: nothing was sent.
    static func unroutable(_ prepared: PreparedTrace, route: RouteObservation?) -> TraceReport {
        let request = prepared.request
        var report = TraceReport(
            target: request.target,
            address: prepared.address,
            protocol: request.protocol,
            port: request.port,
            source: request.source,
            interface: request.interface,
            route: route,
            startedAt: SystemClock.wall(),
            duration: .zero,
            rounds: 0,
            interval: request.plan.interval,
            access: .raw,
            hops: [],
            distance: nil,
            statistics: HopStatistics(),
            verdict: TraceVerdict(status: .unreachable, sentence: "")
        )
        conclude(&report, prepared, localRefusal: nil)
        return report
    }
}

extension NetworkInterface {
    fileprivate var fault: InterfaceFault? {
        if !observation.isUp { return .down }
        return observation.hasCarrier ? nil : .noCarrier
    }
}
