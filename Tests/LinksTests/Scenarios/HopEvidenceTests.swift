import Links
import Model
import Testing
import Wire

/// A host behind a router: each second one router answers for one flow of one workload.
@Suite("The active set by routers on the way")
struct HopEvidenceTests {
    private static let circuit: Set<PathID> = [Site.primary, Site.secondary]
    private static let all = circuit.union([Site.vpn])

    /// - Parameter way: where a workload's flow goes; nil as the tier's flows do.
    private func world(
        _ change: (inout Truth) -> Void = { _ in },
        way: @escaping @Sendable (_ workload: Target, _ seconds: Double) -> PathID? = { _, _ in nil }
    ) -> World {
        var truth = Truth()
        change(&truth)
        let traffic = truth.traffic
        truth.way = { workload, flow, seconds in way(workload, seconds) ?? traffic(flow, seconds) }
        var world = World(truth: truth)
        world.evidence = .rounds
        return world
    }

    private func paths(_ world: World, _ workload: Target) -> Set<PathID>? {
        world.link?.workloads.first { $0.target == workload }?.paths
    }

    @Test("flows that the customer edge balances show both connections, and none of them has moved")
    func balanced() {
        var world = world()
        world.run(until: 1)
        #expect(world.link?.activeTier == 1)
        world.run(until: 20)
        #expect(world.link?.activePaths == Self.circuit)
        world.run(until: 120)
        #expect(world.link?.activePaths == Self.circuit)
        #expect(world.shifts().isEmpty && world.moves().isEmpty)
        #expect(world.link?.flowRatios[Site.secondary] ?? 0 > 0.3)
    }

    @Test(
        "one workload's more specific prefix on the VPN takes that workload alone",
        arguments: [Site.host, Site.service]
    )
    func onePrefix(taken: Target) {
        var world = world(way: { $0 == taken && (20..<80).contains($1) ? Site.vpn : nil })
        world.run(until: 20)
        world.run(until: 40)
        #expect(world.link?.activePaths?.contains(Site.vpn) == true && world.link?.activeTier == 1)
        #expect(paths(world, taken) == [Site.vpn])
        #expect(paths(world, taken == Site.host ? Site.service : Site.host)?.isSubset(of: Self.circuit) == true)
        #expect(world.link?.state == .protected && world.moves().isEmpty)
        world.run(until: 120)
        #expect(world.link?.activePaths == Self.circuit && world.moves().isEmpty)
    }

    @Test(
        "a link that starts with one workload on the VPN has not failed over for a moment",
        arguments: [Site.host, Site.service]
    )
    func startsDivided(taken: Target) {
        var world = world(way: { workload, _ in workload == taken ? Site.vpn : nil })
        world.run(until: 30)
        #expect(world.link?.activeTier == 1 && world.link?.activePaths?.contains(Site.vpn) == true)
        #expect(world.moves().isEmpty && !world.linkStates().contains(.failedOver))
    }

    @Test("a prefix that takes every workload is one failover, and one failback")
    func allMove() {
        var world = world(way: { (20..<80).contains($1) ? Site.vpn : nil })
        world.run(until: 20)
        world.run(until: 26)
        #expect(world.moves() == [[1, 2]] && world.link?.activePaths == [Site.vpn])
        #expect(world.link?.state == .failedOver)
        world.run(until: 140)
        #expect(world.moves() == [[1, 2], [2, 1]] && world.link?.activePaths == Self.circuit)
        #expect(world.shifts().isEmpty, "flows that come back from the VPN one by one have not moved inside the tier")
    }

    @Test("both connections cut: the failover is counted when the workloads answer over the VPN")
    func cut() {
        var world = world({ $0.cuts = [Site.primary: [20..<80], Site.secondary: [20..<80]] }) {
            (23..<90).contains($1) ? Site.vpn : nil
        }
        world.run(until: 60)
        #expect(world.moves() == [[1, 2]] && world.link?.activePaths == [Site.vpn])
        world.run(until: 140)
        #expect(world.moves() == [[1, 2], [2, 1]] && world.shifts().isEmpty)
    }

    @Test("one connection cut: its flows are seen on the other, which is one shift, and back again one more")
    func oneCut() {
        var world = world({ truth in
            truth.cuts = [Site.primary: [20..<80]]
            truth.traffic = { flow, seconds in
                flow % 2 == 1 || (21..<90).contains(seconds) ? Site.secondary : Site.primary
            }
        })
        world.run(until: 70)
        #expect(world.link?.activePaths == [Site.secondary] && world.shifts() == [[Site.secondary]])
        world.run(until: 140)
        #expect(world.link?.activePaths == Self.circuit && world.shifts() == [[Site.secondary], Self.circuit])
        #expect(world.moves().isEmpty)
    }

    @Test("a connection in maintenance loses its flows one by one: one shift")
    func drained() {
        var world = world({ truth in
            truth.traffic = { flow, seconds in flow % 2 == 1 || seconds > 30 ? Site.secondary : Site.primary }
        })
        world.run(until: 60)
        #expect(world.link?.activePaths == [Site.secondary])
        #expect(world.shifts() == [[Site.secondary]] && world.moves().isEmpty)
        #expect(world.state(of: Site.primary) == .drained, "routers show eight flows and more, none of them there")
    }

    @Test("an edge that tells no longer is not drained: its silence does not show that its flows have left")
    func mute() {
        var world = world({ truth in
            truth.traffic = { flow, seconds in flow % 2 == 1 ? Site.secondary : seconds < 30 ? Site.primary : nil }
        })
        for second in 28...150 {
            world.run(until: Double(second))
            #expect(world.state(of: Site.primary) == .up, "at \(second)")
        }
        #expect(world.moves().isEmpty)
    }

    @Test("all flows from one connection to the other, seen one by one, are one shift")
    func handedOver() {
        var world = world({ $0.traffic = { _, seconds in seconds < 30 ? Site.primary : Site.secondary } })
        world.run(until: 60)
        #expect(world.link?.activePaths == [Site.secondary])
        #expect(world.shifts() == [Self.circuit], "told when the first flow has moved")
    }

    @Test("back on the circuit over one connection, the other's return is a shift, whichever flow shows it")
    func secondReturns() {
        var world = world({ truth in
            truth.cuts = [Site.primary: [20..<68], Site.secondary: [20..<60]]
            truth.traffic = { flow, seconds in
                if (23..<64).contains(seconds) { return Site.vpn }
                // The flow was on the secondary meanwhile, and not asked about.
                return flow == 7 && seconds > 70 || flow % 2 == 0 && seconds < 23 ? Site.primary : Site.secondary
            }
        })
        world.run(until: 66)
        #expect(world.moves() == [[1, 2], [2, 1]] && world.link?.activePaths == [Site.secondary])
        world.run(until: 140)
        #expect(world.link?.activePaths == Self.circuit)
        #expect(world.moves().count == 2 && world.shifts() == [Self.circuit])
    }

    @Test(
        "back on the circuit over one connection, a workload that comes later from the VPN over the other has not shifted"
    )
    func comesFromVPN() {
        var world = world({ $0.cuts = [Site.primary: [20..<65], Site.secondary: [20..<60]] }) { workload, seconds in
            if workload == Site.host { return (23..<62).contains(seconds) ? Site.vpn : Site.secondary }
            return (23..<66).contains(seconds) ? Site.vpn : Site.primary
        }
        world.run(until: 64.5)
        #expect(world.moves() == [[1, 2], [2, 1]] && world.link?.activePaths == [Site.secondary, Site.vpn])
        world.run(until: 120)
        #expect(world.link?.activePaths == Self.circuit && world.moves().count == 2 && world.shifts().isEmpty)
    }

    @Test("a path that answers again and only waits for up_after may carry the traffic: one failover, one failback")
    func returning() {
        var options = Site.Options(interval: .seconds(1), timeout: .milliseconds(800))
        options.detection.upAfter = 10
        var truth = Truth()
        truth.cuts = [Site.primary: [30..<50], Site.secondary: [30..<50]]
        // Twelve answers a minute.
        let silent = stride(from: 0.0, to: 200, by: 5).map { ($0 + 1)..<($0 + 5) }
        truth.silentHops = [Site.primary: silent, Site.secondary: silent, Site.vpn: [0..<200]]
        truth.traffic = { flow, seconds in
            (32..<52).contains(seconds) ? Site.vpn : flow % 2 == 0 ? Site.primary : Site.secondary
        }
        var world = World(options, truth: truth)
        world.evidence = .rounds
        world.run(until: 150)
        #expect(world.moves() == [[1, 2], [2, 1]])
        #expect(world.link?.state != .failedOver)
    }

    @Test("a router that answers every other question says the same as one that answers all")
    func limited() {
        var world = world({ truth in
            truth.silentHops[Site.primary] = stride(from: 30.0, to: 120, by: 2).map { $0..<($0 + 1) }
        })
        for second in 21...120 {
            world.run(until: Double(second))
            #expect(world.link?.activePaths == Self.circuit, "after \(second) s")
        }
        #expect(world.shifts().isEmpty && world.moves().isEmpty)
    }

    @Test("where the rest of the workloads went is unknown while routers are silent: no failover is counted")
    func hidden() {
        var world = world({ $0.silentHops = [Site.primary: [20..<60], Site.secondary: [20..<60]] }) {
            workload,
            seconds in
            workload == Site.service && seconds >= 20 ? Site.vpn : nil
        }
        world.run(until: 58)
        #expect(world.link?.activeTier == nil)
        #expect(world.moves().isEmpty)
        world.run(until: 80)
        #expect(world.link?.activeTier == 1 && world.moves().isEmpty)
    }

    @Test("when no router answers any more the set is unknown within three seconds")
    func allSilent() {
        var world = world({ truth in
            truth.silentHops = [Site.primary: [30..<90], Site.secondary: [30..<90]]
        })
        world.run(until: 30)
        #expect(world.link?.activeTier == 1)
        world.run(until: 33)
        #expect(world.link?.activeTier == nil)
        world.run(until: 120)
        #expect(world.link?.activePaths == Self.circuit && world.shifts().isEmpty)
    }

    @Test("a first workload without address hides no other: the set is known, and the failover is counted")
    func unresolved() {
        var world = world({ truth in
            truth.deadTargets = [Site.service: [0..<1000]]
            truth.cuts = [Site.primary: [30..<1000], Site.secondary: [30..<1000]]
        }) { (33..<1000).contains($1) ? Site.vpn : nil }
        world.run(until: 20)
        #expect(world.link?.activeTier == 1)
        world.run(until: 50)
        #expect(world.link?.activeTier == 2 && world.moves() == [[1, 2]])
    }

    @Test("a workload that is dead on the circuit does not hide that the other one moved")
    func deadOnCircuit() {
        var world = world({ truth in
            truth.deadTargets = [Site.host: [30..<1000]]
            truth.cuts = [Site.primary: [30..<1000], Site.secondary: [30..<1000]]
        }) { workload, seconds in workload == Site.service && seconds > 33 ? Site.vpn : nil }
        world.run(until: 60)
        #expect(world.link?.activePaths == [Site.vpn] && world.moves() == [[1, 2]])
    }

    @Test(
        "a change of routes that never told the path forgets nothing; flows that leave another way are asked about anew"
    )
    func routesChanged() {
        var world = world()
        world.run(until: 20)
        world.evidence = .behindRouter
        world.changes += world.model.apply(.routesChanged(at: at(20)))
        world.run(until: 20.2)
        #expect(world.link?.activePaths == Self.circuit)
        let other = RouteObservation(verdict: .route(interface: "eth0", gateway: IPAddress("10.0.0.2"), source: nil))
        world.changes += world.model.apply(
            .route(link: Site.link, target: Site.service, flow: 0, other, at: at(20.2))
        )
        world.changes += world.model.apply(.routesSettled(at: at(20.2)))
        #expect(world.link?.activeTier == nil)
        world.evidence = .rounds
        world.run(until: 40)
        #expect(world.link?.activePaths == Self.circuit && world.shifts().isEmpty)
    }

    @Test("a change of routes that did tell the path forgets what routers showed")
    func decidedRoutes() throws {
        var world = World()
        world.run(until: 10)
        let edge = try #require(Site.hopEdges[Site.primary])
        world.changes += world.model.apply(.hop(Site.service, flow: 0, address: edge, at: at(10)))
        let before = world.model
        world.changes += world.model.apply(.routesChanged(at: at(10)))
        #expect(world.model != before)
    }
}
