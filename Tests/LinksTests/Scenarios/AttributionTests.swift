import Links
import Model
import Testing

/// Who is blamed, and where traffic is seen.
@Suite("Attribution")
struct AttributionTests {
    @Test("gateway of a VNet dead behind well edges: its link is down, no path of the circuit is", arguments: 1...10)
    func gateway(seed: Int) {
        var options = Site.Options()
        options.hasSecondVNet = true
        var truth = Truth()
        truth.gateway = [20..<60]
        var world = World(options, truth: truth, seed: UInt64(seed))
        world.run(until: 40)
        #expect(world.link?.state == .down)
        #expect(world.link?.paths.allSatisfy { $0.state == .unknown && $0.layer == .gateway } == true)
        #expect(world.snapshot.circuits.first?.isLost == false)
        #expect(world.snapshot.links.last?.state == .protected)
        #expect(!world.states(of: Site.primary).contains { $0.0 == .down })
    }

    @Test("every path up and the only workload refused: the service, not somebody's gateway")
    func service() throws {
        var truth = Truth()
        for target in [Site.service, Site.host] { truth.deadTargets[target] = [20..<60] }
        var world = World(truth: truth)
        world.run(until: 40)
        let link = try #require(world.link)
        #expect(link.paths.allSatisfy { $0.state.isUp })
        #expect(link.state == .down && link.layer == .service && link.owner == .customer)
    }

    @Test("half of the flows: the same part fails while the rest passes")
    func halfOfTheFlows() throws {
        var truth = Truth()
        for flow in [1, 3, 4] { truth.lostFlows[flow] = [20..<60] }
        var world = World(truth: truth)
        world.run(until: 30)
        let workload = try #require(world.link?.workloads.first)
        #expect(workload.lostFlows == [1, 3, 4])
        let since = workload.flows.compactMap(\.lostSince).map { Double($0.nanoseconds) / 1e9 }
        #expect(since.count == 3 && since.allSatisfy { $0 > 20 && $0 <= 20.5 })
        #expect(world.link?.state == .atRisk)
        #expect(world.openings() == 0)
        world.run(until: 70)
        #expect(world.link?.workloads.first?.lostFlows == [])
        let restored = world.changes.compactMap { change -> Outage? in
            if case .flowRestored(_, _, 3, let outage) = change { outage } else { nil }
        }
        #expect(restored.count == 1)
        #expect(abs((restored.first?.duration.seconds ?? 0) - 40) <= 0.21)
    }

    @Test("circuit down and the routes not withdrawn: the active tier is down, another is up, traffic stays")
    func notMoved() throws {
        var truth = Truth()
        truth.cuts = [Site.primary: [20..<90], Site.secondary: [20..<90]]
        var world = World(truth: truth)
        world.run(until: 60)
        #expect(world.link?.activeTier == 1)
        #expect(world.link?.state == .down)
        let since = try #require(world.link?.notMovedSince)
        #expect(abs(Double(since.nanoseconds) / 1e9 - 20.4) < 0.2)
        world.truth.traffic = { _, _ in Site.vpn }
        world.run(until: 62)
        #expect(world.link?.notMovedSince == nil)
    }

    @Test("circuit back, routes not: the first tier is clean and the traffic still on the second")
    func stuckOnBackup() throws {
        var world = CutTests.failover(seed: 9)
        world.truth.traffic = { _, seconds in seconds < 23 ? Site.primary : Site.vpn }
        world.run(until: 120)
        #expect(world.link?.state == .failedOver)
        let since = try #require(world.link?.firstTierCleanSince)
        #expect((40.0...42).contains(Double(since.nanoseconds) / 1e9))
    }

    @Test("hops in a /30 tell the tier on a host behind a router, silence of hops tells nothing")
    func hops() {
        var world = World()
        world.evidence = .hops
        world.run(until: 10)
        #expect(world.link?.activeTier == 1)
        #expect(world.link?.activePaths == [Site.primary, Site.secondary])
        world.evidence = .behindRouter
        world.run(until: 20)
        #expect(world.link?.activeTier == nil)
        #expect(world.moves().isEmpty)
    }

    @Test("on a host behind a router the pins tell that traffic moved to the VPN", arguments: 1...10)
    func pins(seed: Int) {
        var world = CutTests.failover(seed: UInt64(seed))
        world.evidence = .hops
        world.run(until: 22.5)
        #expect(world.moves().isEmpty)
        world.run(until: 30)
        #expect(world.link?.activeTier == 2)
        #expect(world.moves() == [[1, 2]])
    }

    @Test("no failover is seen before the traffic moved, however slowly the workload is asked", arguments: 1...10)
    func slowWorkload(seed: Int) {
        var topology = Site.topology()
        for index in topology.links[0].workloads.indices {
            topology.links[0].workloads[index].interval = .seconds(2)
            topology.links[0].workloads[index].timeout = .seconds(1)
        }
        var world = World(topology: topology, truth: CutTests.failover(seed: 1).truth, seed: UInt64(seed))
        world.evidence = .hops
        world.run(until: 23)
        #expect(world.moves().isEmpty)
        #expect(world.link?.activeTier != 2)
    }

    @Test("a hop of another tier's path, seen twice, is disagreement: the set is unknown, no failover counted")
    func disagreement() {
        var world = World()
        world.truth.traffic = { _, _ in Site.vpn }
        world.run(until: 10)
        #expect(world.link?.activeTier == 2)
        let edge = Site.edges[Site.primary]?.address
        for step in 0..<4 {
            guard let edge else { break }
            world.changes += world.model.apply(
                .hop(Site.service, flow: 0, address: edge, at: at(10.1 + Double(step) / 10))
            )
        }
        world.run(until: 11)
        #expect(world.link?.activeTier == nil)
        #expect(world.moves().isEmpty)
    }

    @Test("a hop inside a circuit's /30 or at a VPN's declared edge names the path, no other does")
    func hopNames() throws {
        let paths = Site.topology().paths
        let vpnEdge = try #require(Site.vpnEdge.address)
        #expect(RouteIdentity.path(ofHop: vpnEdge, among: paths) == Site.vpn)
        for path in [Site.primary, Site.secondary] {
            let edge = try #require(Site.edges[path]?.address)
            #expect(RouteIdentity.path(ofHop: edge, among: paths) == path)
        }
        let router = try #require(Site.router.address)
        #expect(RouteIdentity.path(ofHop: router, among: paths) == nil)
    }

    @Test("a move inside the tier is one shift and no failover")
    func shift() {
        var world = World()
        world.truth.traffic = { _, seconds in seconds < 20 ? Site.primary : Site.secondary }
        world.run(until: 40)
        let shifts = world.changes.count { if case .shift = $0 { true } else { false } }
        #expect(shifts == 1)
        #expect(world.moves().isEmpty)
    }

    @Test("a failover of many flows is one failover and no shift")
    func noShift() {
        var world = CutTests.failover(seed: 2)
        world.run(until: 70)
        #expect(!world.changes.contains { if case .shift = $0 { true } else { false } })
    }

    @Test("a drained connection answers while its sibling carries all flows; it counts as up")
    func drained() {
        var world = World()
        world.truth.traffic = { flow, seconds in
            seconds < 20 && flow % 2 == 0 ? Site.primary : Site.secondary
        }
        world.run(until: 30)
        #expect(world.state(of: Site.primary) == .drained)
        #expect(world.link?.state == .protected)
        world.truth.traffic = { flow, _ in flow % 2 == 0 ? Site.primary : Site.secondary }
        world.run(until: 40)
        #expect(world.state(of: Site.primary) == .up)
    }

    @Test(
        "the standby of a circuit that is used one connection at a time is the same before a failover and after it",
        arguments: [(8, PathState.up), (16, .drained)]
    )
    func standby(flows: Int, state: PathState) {
        var options = Site.Options()
        options.flows = flows
        var world = World(options)
        world.truth.traffic = { _, seconds in (20..<40).contains(seconds) ? Site.secondary : Site.primary }
        world.truth.cuts[Site.primary] = [20..<38]
        for second in [15.0, 60] {
            world.run(until: second)
            #expect(world.state(of: Site.primary) == .up && world.state(of: Site.secondary) == state)
        }
    }

    @Test("a host without any route has active tier 0")
    func noRoute() {
        var world = World()
        world.run(until: 10)
        world.truth.traffic = { _, _ in nil }
        world.run(until: 15)
        #expect(world.link?.activeTier == 0)
        #expect(world.link?.activePaths == [])
        #expect(world.moves().isEmpty)
    }
}
