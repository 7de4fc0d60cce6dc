import Links
import Model
import Testing

/// Many links behind a router: it answers one question a second, whatever link it is for.
@Suite("Many links share the routers on the way")
struct SharedHopsTests {
    private static let circuit: Set<PathID> = [Site.primary, Site.secondary]

    private func world(links: Int, workloads: Int = 1, _ change: (inout Truth) -> Void = { _ in }) -> World {
        var options = Site.Options(interval: .seconds(1), timeout: .milliseconds(800), flows: 2)
        options.detection.upAfter = 10
        var truth = Truth()
        change(&truth)
        var world = World(topology: Site.topology(links: links, workloads: workloads, options), truth: truth)
        world.evidence = .rounds
        return world
    }

    private func count(_ world: World, _ condition: (LinkStatus) -> Bool) -> Int {
        world.snapshot.links.count(where: condition)
    }

    @Test("the active tier of every link is known after one round, and stays known", arguments: [8, 20])
    func quiet(links: Int) {
        var world = world(links: links)
        world.run(until: Double(links) + 1)
        #expect(count(world) { $0.activeTier == 1 } == links)
        for second in stride(from: links * 2 + 2, to: 200, by: 7) {
            world.run(until: Double(second))
            #expect(count(world) { $0.activePaths == Self.circuit } == links, "after \(second) s")
        }
        #expect(world.snapshot.links.allSatisfy { world.moves($0.name).isEmpty && world.shifts($0.name).isEmpty })
    }

    @Test(
        "the circuit cut and mended: one failover and one failback of each link",
        arguments: [(8, 1), (20, 1), (20, 2)]
    )
    func cut(links: Int, workloads: Int) {
        var world = world(links: links, workloads: workloads) { truth in
            truth.cuts = [Site.primary: [100..<160], Site.secondary: [100..<160]]
            truth.traffic = { flow, seconds in
                (101..<161).contains(seconds) ? Site.vpn : flow % 2 == 0 ? Site.primary : Site.secondary
            }
        }
        world.run(until: 108)
        #expect(count(world) { $0.state == .failedOver && $0.activePaths == [Site.vpn] } == links, "by the pins")
        world.run(until: 161 + Double(links * workloads) + 2)
        #expect(count(world) { $0.state == .failedOver } == 0)
        world.run(until: 300)
        #expect(count(world) { $0.state == .protected } == links)
        for link in world.snapshot.links {
            #expect(world.moves(link.name) == [[1, 2], [2, 1]], "\(link.name)")
            #expect(world.shifts(link.name).isEmpty, "\(link.name)")
        }
    }

    @Test("routing prefers the VPN for a while, and nothing falls: one failover and one failback of each link")
    func preferred() {
        var world = world(links: 20) { truth in
            truth.traffic = { flow, seconds in
                (100..<160).contains(seconds) ? Site.vpn : flow % 2 == 0 ? Site.primary : Site.secondary
            }
        }
        world.run(until: 125)
        #expect(count(world) { $0.state == .failedOver } == 20)
        world.run(until: 300)
        for link in world.snapshot.links { #expect(world.moves(link.name) == [[1, 2], [2, 1]], "\(link.name)") }
        #expect(count(world) { $0.state == .protected && $0.activePaths == Self.circuit } == 20)
    }

    @Test("links with the same address share the answer, and are asked about it once a round")
    func sameAddress() throws {
        var topology = Site.topology(links: 3)
        topology.links[2].workloads = topology.links[0].workloads
        let rounds = HopRounds(of: topology)
        #expect(rounds.members.map(\.target.host) == ["10.10.0.4", "10.11.0.4"])
        var model = LinksModel(topology: topology, at: at(0))
        let edge = try #require(Site.hopEdges[Site.primary])
        _ = model.apply(.hop(target("tcp://10.10.0.4:443"), flow: 0, address: edge, at: at(1)))
        let active = model.snapshot().links.map(\.activePaths)
        #expect(active == [[Site.primary], nil, [Site.primary]])
    }

    @Test(
        "the second edge may be farther than the first: what it shows of a flow takes the place of what was shown before"
    )
    func distances() {
        var model = LinksModel(topology: Site.topology(), at: at(0))
        for second in 0..<20 {
            let edge = Site.hopEdges[second < 10 ? Site.primary : Site.secondary]
            guard let edge else { continue }
            _ = model.apply(.hop(Site.service, flow: 0, address: edge, at: at(Double(second))))
            let active = model.snapshot().links[0].activePaths
            #expect(active == [second < 10 ? Site.primary : Site.secondary], "after \(second) s")
        }
    }
}
