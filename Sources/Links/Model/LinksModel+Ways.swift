public import Model
import Wire

/// Which way the pins lead that name a source or a mark, and what that says of the traffic.
///
/// Where a pin's route differs from those of all other paths of its links, traffic that leaves by the same way takes that
/// path. On a host behind a router all pins leave alike, and nothing is known.
extension LinksModel {
    /// A way that was shared must be alone for so long before it counts, and one that is shared so soon again was never its
    /// own: the routes were just moving.
    static let settlingTime: Duration = .seconds(2)

    /// So long a pin that leads another path's way is taken to have lost its own; then to be meant so.
    static let homeMemory: Duration = .seconds(3600)

    mutating func findPeers() {
        for path in paths.indices { paths[path].families = paths[path].spec.families(in: topology.links) }
        for path in paths.indices {
            let beside = Set(paths[path].users.flatMap { place in links[place.link].paths.map(\.path) })
            paths[path].peers = beside.subtracting([path]).sorted().filter {
                !paths[$0].families.isDisjoint(with: paths[path].families)
            }
        }
    }

    /// Judges the ways of all pins after a round of questions, and by them the flows and the pins once more.
    mutating func settleWays() {
        var settled = paths
        for path in paths.indices {
            let record = paths[path]
            guard record.spec.pin.interface == nil, !record.spec.followsRoutes,
                let way = record.pinRoute.flatMap(RouteWay.init)
            else { continue }
            if isAlone(way, of: path) {
                settled[path].home = home(of: path, alone: way)
            } else {
                settled[path].sharedAt = now
                if let home = record.home, !isKept(home) { settled[path].home = nil }
            }
        }
        let isChanged = settled.map { $0.home?.way } != paths.map { $0.home?.way }
        paths = settled
        guard isChanged else { return }
        for path in paths.indices { judgePin(of: path) }
        for link in links.indices { judgeRoutes(of: link) }
    }

    private mutating func judgeRoutes(of link: Int) {
        for workload in links[link].workloads.indices {
            let record = links[link].workloads[workload]
            for flow in record.flows.indices {
                guard let observation = record.flows[flow].observation else { continue }
                links[link].workloads[workload].flows[flow].route = identity(of: observation, record.target, link)
            }
        }
    }

    private func isKept(_ home: PinHome) -> Bool {
        now - home.since >= Self.settlingTime && now - home.aloneAt <= Self.homeMemory
    }

    private func home(of path: Int, alone way: RouteWay) -> PinHome? {
        let found = PinHome(way: way, since: now, aloneAt: now)
        guard var home = paths[path].home else {
            if let sharedAt = paths[path].sharedAt, now - sharedAt < Self.settlingTime { return nil }
            return found
        }
        if home.way == way {
            home.aloneAt = now
        } else if !isTaken(way, byTrafficBeside: path) {
            // Only a pin that leads elsewhere than the host's own route is seen to work.
            home = found
        }
        return home
    }

    /// Whether every peer is known to leave another way.
    private func isAlone(_ way: RouteWay, of path: Int) -> Bool {
        let peers = paths[path].peers
        guard !peers.isEmpty else { return false }
        let route = RouteObservation(verdict: .route(interface: way.interface, gateway: way.gateway, source: nil))
        if case .path = RouteIdentity(route, among: peers.map { paths[$0].spec }) { return false }
        return peers.allSatisfy { peer in
            let record = paths[peer]
            if record.spec.followsRoutes { return true }
            if let interface = record.spec.pin.interface {
                guard interface == way.interface else { return true }
                guard let hop = record.spec.pin.nextHop, let gateway = way.gateway else { return false }
                // A link-local address may be another one of the same router.
                return hop.isLinkLocal == gateway.isLinkLocal && hop != gateway
            }
            return (record.home?.way ?? record.pinRoute.flatMap(RouteWay.init)).map { $0 != way } ?? false
        }
    }

    private func isTaken(_ way: RouteWay, byTrafficBeside path: Int) -> Bool {
        paths[path].users.contains { place in
            links[place.link].workloads.contains { workload in
                workload.flows.contains { flow in
                    guard let at = flow.routeAt, now - at <= Self.freshness else { return false }
                    return flow.observation.flatMap(RouteWay.init) == way
                }
            }
        }
    }

    /// Which of a link's paths the kernel's route for a workload means.
    func identity(of observation: RouteObservation, _ target: Target, _ link: Int) -> RouteIdentity {
        let family = target.address?.family ?? observation.family
        let candidates = links[link].paths.map(\.path).filter { path in
            family.map { paths[path].families.contains($0) } ?? true
        }
        return RouteIdentity(observation, among: candidates.map { paths[$0].spec }, ways: ways(of: candidates))
    }

    /// Whether the kernel's route for a workload of the link says nothing of the path it takes.
    public func isUndecided(_ link: String) -> Bool {
        links.contains { record in
            record.spec.name == link
                && record.workloads.contains { $0.flows.contains { $0.route == .undecided } }
        }
    }

    private func ways(of indices: [Int]) -> [PathID: RouteWay] {
        var ways: [PathID: RouteWay] = [:]
        for index in indices { ways[paths[index].spec.id] = paths[index].home?.way }
        return ways
    }

    /// The interface that the pinned probes of a path are routed over, whether or not it is its own; nil while not known.
    public func wayOut(of id: PathID) -> String? { paths.first { $0.spec.id == id }?.wayOut }

    /// Whether probes with a path's pin leave by that path.
    mutating func note(pinRoute observation: RouteObservation, of id: PathID) {
        guard let path = paths.firstIndex(where: { $0.spec.id == id }) else { return }
        paths[path].pinRoute = observation
        paths[path].neighbour = observation.neighbour
        judgePin(of: path)
    }

    private mutating func judgePin(of path: Int) {
        guard let observation = paths[path].pinRoute else { return }
        let state: PinState
        switch pinIdentity(observation, of: path) {
        case .path(let seen): state = seen == paths[path].spec.id ? .verified : .wrong
        // What does not leave at all does not leave another way: its probes say so themselves.
        case .nowhere: state = .unverified
        case .undecided: state = .unverified
        }
        if state == .verified, case .route(let interface, _, _) = observation.verdict {
            paths[path].egress = interface
        } else {
            paths[path].egress = nil
        }
        guard paths[path].forward != state else { return }
        paths[path].forward = state
        paths[path].pinSince = now
    }

    /// A path of no common link, or for packets of the other family, may use the same interface and is another matter.
    private func pinIdentity(_ observation: RouteObservation, of path: Int) -> RouteIdentity {
        let peers = paths[path].peers
        let candidates = paths.indices.filter { other in
            other == path || peers.contains(other)
                || paths[other].spec.pin.interface == nil
                    && !paths[other].families.isDisjoint(with: paths[path].families)
        }
        return RouteIdentity(observation, among: candidates.map { paths[$0].spec }, ways: ways(of: peers + [path]))
    }
}

extension PathSpec {
    /// The Internet without a pin: its probes go wherever the host's route leads.
    var followsRoutes: Bool { kind == .internet && pin == .none }
}

extension PathRecord {
    /// The interface that its pin leads to, whether or not that is its own.
    var wayOut: String? { pinRoute.flatMap(RouteWay.init)?.interface }
}

extension RouteObservation {
    /// Of the addresses in it; nil without any.
    fileprivate var family: IPFamily? {
        guard case .route(_, let gateway, let source) = verdict else { return nil }
        return (gateway ?? source)?.family
    }
}
