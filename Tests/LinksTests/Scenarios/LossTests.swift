import Links
import Model
import Testing

/// Random loss: what must be said of it, and above all what must not.
@Suite("Random loss")
struct LossTests {
    /// Probes at the shipped interval and time-out.
    private func atDefaults(seed: UInt64) -> World {
        var options = Site.Options()
        options.interval = .seconds(1)
        options.timeout = .milliseconds(800)
        return World(options, seed: seed)
    }

    @Test("one per cent of loss for a minute changes no path to down and opens no outage", arguments: 1...5)
    func little(seed: Int) {
        var world = atDefaults(seed: UInt64(seed))
        world.run(until: 60)
        world.truth.loss = 0.01
        world.run(until: 120)
        for path in [Site.primary, Site.secondary, Site.vpn] {
            #expect(!world.states(of: path).contains { $0.0 == .down })
        }
        #expect(world.openings() == 0)
    }

    @Test("thirty per cent of loss is one state that stays, not one for each run of losses")
    func heavy() {
        var world = World(seed: 4)
        world.run(until: 30)
        world.truth.loss = 0.3
        world.run(until: 60)
        let before = world.states(of: Site.primary).count
        world.run(until: 360)
        #expect(world.state(of: Site.primary) == .down)
        // Ten answers in a row come now and then at 0.7^10; the path may return for a moment, not each second.
        #expect(world.states(of: Site.primary).count - before <= 300)
    }

    @Test("loss over the limit is degraded on a full window and left at half of it")
    func degraded() throws {
        var world = World(seed: 2)
        world.run(until: 70)
        // Two of twenty, never three in a row.
        world.truth.blackholes[Site.primary] = stride(from: 70.0, to: 200, by: 2).map { $0..<($0 + 0.18) }
        world.run(until: 199)
        #expect(world.states(of: Site.primary).contains { $0.0 == .degraded })
        #expect(!world.states(of: Site.primary).contains { $0.0 == .down })
        #expect(world.link?.state == .protected)
        world.run(until: 300)
        #expect(world.state(of: Site.primary) == .up)
    }

    @Test("a path that loses a seventh of all is degraded, though it falls for a moment now and then")
    func degradedBetweenFalls() {
        var world = atDefaults(seed: 1)
        world.run(until: 70)
        world.truth.loss = 0.15
        world.run(until: 500)
        let states = world.states(of: Site.primary).filter { $0.1 > 70 }
        #expect(states.contains { $0.0 == .down })
        // Once a minute of it has been seen, each return from a fall is to what it was.
        let first = states.firstIndex { $0.0 == .degraded } ?? states.endIndex
        #expect(first < states.endIndex && !states[first...].contains { $0.0 == .up }, "\(states)")
    }

    @Test("what is said of a lossy path that falls now and then is what it loses", arguments: 1...3)
    func ratioBetweenFalls(seed: Int) throws {
        var world = atDefaults(seed: UInt64(seed))
        world.run(until: 70)
        world.truth.loss = 0.2
        var ratios: [Double] = []
        for second in 140...900 {
            world.run(until: Double(second))
            guard let path = world.link?.paths.first(where: { $0.path == Site.primary }), path.state != .down else {
                continue
            }
            ratios.append(try #require(path.lossRatio))
        }
        // The runs by which it fell are left out.
        let mean = ratios.reduce(0, +) / Double(ratios.count)
        #expect(ratios.count > 200 && mean > 0.12 && mean < 0.22, "\(mean)")
        #expect(ratios.count { $0 < 0.05 } * 20 < ratios.count, "\(ratios.sorted().prefix(40))")
    }

    @Test("an edge that answers one of ten pings leaves the path up", arguments: 1...5)
    func policedEdge(seed: Int) {
        var world = World(seed: UInt64(seed))
        world.run(until: 20)
        world.truth.edgeLoss = 0.9
        world.run(until: 120)
        for path in [Site.primary, Site.secondary, Site.vpn] { #expect(world.state(of: path) == .up) }
        #expect(world.snapshot.circuits.first?.isLost == false)
    }

    /// Of the flows of the service, those that losses at random would hardly ever hit so often.
    private func beyondChance(_ world: World) -> [Int] {
        world.link?.workloads.first { $0.target == Site.service }?.flows.filter(\.isBeyondChance).map(\.flow) ?? []
    }

    @Test("a black link among several loses the same flows beyond chance, half a second after the fall")
    func blackLink() {
        var truth = Truth()
        truth.lostFlows = [1: [30..<60], 5: [30..<60]]
        var world = World(truth: truth)
        world.run(until: 29)
        #expect(beyondChance(world).isEmpty)
        world.run(until: 31)
        #expect(beyondChance(world) == [1, 5])
        world.run(until: 62)
        #expect(beyondChance(world).isEmpty)
    }

    @Test("half of all probes lost at random for five minutes takes no flow beyond chance", arguments: 1...2)
    func heavyChance(seed: Int) {
        var world = World(seed: UInt64(seed))
        world.run(until: 30)
        world.truth.loss = 0.5
        var found = 0
        for second in 31...330 {
            world.run(until: Double(second))
            found += beyondChance(world).count
        }
        #expect(found <= 10, "a run that is this long comes once in a million: seldom, and it is soon over")
    }

    @Test("a silent edge whose path passes is edge_silent and no more")
    func silentEdge() {
        var truth = Truth()
        truth.silentEdges[Site.primary] = [20..<60]
        var world = World(truth: truth)
        world.run(until: 40)
        #expect(world.state(of: Site.primary) == .up)
        #expect(world.link?.paths.first?.isEdgeSilent == true)
        world.run(until: 70)
        #expect(world.link?.paths.first?.isEdgeSilent == false)
    }

    @Test("a path three times slower than its own median is degraded")
    func slow() {
        var world = World()
        world.run(until: 90)
        world.truth.roundTrip[Site.primary] = 0.018
        world.run(until: 120)
        #expect(world.state(of: Site.primary) == .degraded)
        world.truth.roundTrip[Site.primary] = 0.005
        world.run(until: 150)
        #expect(world.state(of: Site.primary) == .up)
    }

    @Test("a path that fell and came back is up, not degraded by the losses of the fall")
    func recovered() throws {
        var world = CutTests.failover(seed: 5)
        world.truth.traffic = { _, _ in Site.vpn }
        world.truth.cuts = [Site.primary: [100..<110]]
        world.run(until: 130)
        #expect(!world.states(of: Site.primary).contains { $0.0 == .degraded })
        #expect(world.state(of: Site.primary) == .up)
    }

    @Test("nor one that was down for seconds only")
    func recoveredSoon() {
        var world = CutTests.failover(seed: 5)
        world.truth.traffic = { _, _ in Site.vpn }
        world.truth.cuts = [Site.primary: [100..<104, 110..<114.5]]
        world.run(until: 180)
        #expect(world.states(of: Site.primary).contains { $0.0 == .down })
        #expect(!world.states(of: Site.primary).contains { $0.0 == .degraded })
    }

    @Test("a background loss of half a per cent leaves the first tier clean")
    func clean() throws {
        var options = Site.Options()
        options.interval = .seconds(1)
        options.timeout = .milliseconds(800)
        var world = World(options, seed: 8)
        world.truth.loss = 0.005
        world.run(until: 1200)
        let since = try #require(world.link?.firstTierCleanSince)
        #expect(Double(since.nanoseconds) / 1e9 < 300)
    }
}
