internal import Model
internal import Wire

/// Where on the way a hop is, and whose.
extension TraceJudge {
    /// Which layer comes after a hop that answers last; nil when its place is not known.
    func layer(after hop: TraceHop?) -> Layer? {
        guard let hop else { return nil }
        let addresses = hop.present.map(\.address)
        if paths.contains(where: { spec in spec.microsoftEdge.map(addresses.contains) == true }) { return .gateway }
        // Between the two edges lies the circuit.
        if paths.contains(where: { spec in spec.customerEdge.map(addresses.contains) == true }) { return .provider }
        if isEdge(addresses) || isBehindMicrosoftEdge(hop) { return .vnet }
        guard isOwnGateway(hop) else { return nil }
        if let kind = paths.first(where: { $0.id == path })?.kind { return kind == .vpn ? .gateway : .provider }
        return preferred.isEmpty ? nil : .provider
    }

    func isOwnGateway(_ hop: TraceHop) -> Bool { hop.ttl == 1 && isByGateway(hop) }

    /// The next hop of this host answers, at whatever TTL.
    func isByGateway(_ hop: TraceHop) -> Bool {
        gateway.map { own in hop.present.contains { $0.address == own } } == true
    }

    /// The connections that the link of the target prefers, where its path is not known and all of them are of circuits.
    var preferred: [PathID] {
        guard path == nil, let first = link?.tiers.first, !first.isEmpty else { return [] }
        let circuits = paths.filter { $0.kind == .expressroute }.map(\.id)
        return first.allSatisfy(circuits.contains) ? first : []
    }

    /// What is known of the way behind the host's own gateway where nobody on it answers.
    func behindGateway(_ hop: TraceHop) -> [String] {
        guard isOwnGateway(hop), let link, !preferred.isEmpty else { return [] }
        let others = link.tiers.dropFirst().joined().map { ", else \($0)" }.joined()
        let names = preferred.map(\.rawValue).joined(separator: " or ")
        return [
            "behind it the link \(link.name) goes over \(names)\(others), and none of their edges answers; should this gateway not be "
                + "the customer edge itself, it may also be what lies between"
        ]
    }

    /// Of routers that packets go round between, the one that is met for the first time last.
    var farthestOfLoop: TraceHop? {
        var met: Set<IPAddress> = []
        var farthest: TraceHop?
        for hop in hops {
            let new = hop.present.map(\.address).filter { !met.contains($0) }
            if !new.isEmpty { farthest = hop }
            met.formUnion(new)
        }
        return farthest
    }

    /// Which layer a hop itself belongs to; nil when its place is not known.
    func layer(of hop: TraceHop) -> Layer? {
        let addresses = hop.present.map(\.address)
        if paths.contains(where: { spec in spec.microsoftEdge.map(addresses.contains) == true }) {
            return .microsoftEdge
        }
        if paths.contains(where: { spec in spec.customerEdge.map(addresses.contains) == true }) { return .customerEdge }
        if isEdge(addresses) { return .gateway }
        if isBehindMicrosoftEdge(hop) { return .vnet }
        return isByGateway(hop) ? .customerEdge : nil
    }

    /// Somebody before this hop is a Microsoft edge: what answers here lies behind the gateway already.
    func isBehindMicrosoftEdge(_ hop: TraceHop) -> Bool {
        let edges = Set(paths.compactMap(\.microsoftEdge))
        return hops.contains { $0.ttl < hop.ttl && $0.present.contains { edges.contains($0.address) } }
    }

    func place(of hop: TraceHop) -> [String] {
        let addresses = hop.present.map(\.address)
        for spec in paths {
            if let edge = spec.microsoftEdge, addresses.contains(edge) {
                return ["\(edge) is the Microsoft edge of \(spec.id)"]
            }
            if let edge = spec.customerEdge, addresses.contains(edge) {
                return ["\(edge) is the customer edge of \(spec.id)"]
            }
        }
        if isEdge(addresses) { return ["this hop is the far edge of a configured path"] }
        return isOwnGateway(hop) ? ["this hop is the host's own gateway"] : []
    }

    /// Gateways of VNets answer nobody, and so does a workload that is off or filters.
    func gatewayOrWorkload(_ last: TraceHop) -> [String] {
        guard layer(after: last) == .gateway else { return [] }
        return [
            "behind it come the VNet's gateway, which never answers, and the workload, which is the customer's: it may be either; "
                + "another workload of the VNet that answers clears the gateway"
        ]
    }

    /// Where answers come in by another interface than packets leave by, this host may drop them: of a multi-homed one that is the
    /// first thing to know. Nil where it dropped fewer than are missing.
    var filteredAnswers: TraceVerdict? {
        let missing = statistics.sent - statistics.received
        guard missing > (statistics.received == 0 ? 0 : 2), filtered >= max(missing, Self.fewestFiltered) else {
            return nil
        }
        let dropped = "this host dropped \(filtered) packets meanwhile, by its reverse-path filter"
        return TraceVerdict(
            status: statistics.received == 0 ? .unreachable : .degraded,
            layer: .host,
            sentence: statistics.received == 0
                ? "\(target) may answer, but \(dropped)."
                : "\(target) answers, but \(missing) of \(statistics.sent) answers are missing, and \(dropped).",
            evidence: [
                "rp_filter=1 drops what comes in by another interface than packets to its sender leave by; "
                    + "sysctl net.ipv4.conf.INTERFACE.rp_filter=2 lets it in"
            ]
        )
    }

    /// Fewer may be anybody's.
    private static let fewestFiltered = 5

    func isEdge(_ addresses: [IPAddress]) -> Bool {
        paths.contains { spec in
            spec.kind == .vpn
                && (spec.edge.contains { $0.target.address.map(addresses.contains) == true }
                    || spec.gateways.contains { IPAddress($0).map(addresses.contains) == true })
        }
    }

    var routeInterface: String? {
        guard case .route(let interface, _, _)? = route?.verdict else { return nil }
        return interface
    }

    var gateway: IPAddress? {
        guard case .route(_, let gateway, _)? = route?.verdict else { return nil }
        return gateway
    }
}
