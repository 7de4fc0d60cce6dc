import Links
import Model
import Testing

/// Losses of one, two and all paths, with the moments at which they must be known.
@Suite("Cuts")
struct CutTests {
    static let both: Truth.Times = [20..<40]

    /// The circuit is lost from second 20 to 40; traffic moves to the VPN at 23 and back at 45.
    static func failover(seed: UInt64) -> World {
        var truth = Truth()
        truth.cuts = [Site.primary: both, Site.secondary: both]
        truth.traffic = { flow, seconds in
            (23..<45).contains(seconds) ? Site.vpn : flow % 2 == 0 ? Site.primary : Site.secondary
        }
        return World(truth: truth, seed: seed)
    }

    @Test("a cut connection is down within half a second, its sibling and the VPN stay up", arguments: 1...20)
    func primary(seed: Int) throws {
        var truth = Truth()
        truth.cuts = [Site.primary: [20..<60]]
        truth.traffic = { flow, seconds in
            seconds >= 20.2 || flow % 2 == 1 ? Site.secondary : Site.primary
        }
        var world = World(truth: truth, seed: UInt64(seed))
        world.run(until: 30)
        let down = try #require(world.states(of: Site.primary).first { $0.0 == .down })
        #expect((20.2...20.45).contains(down.1))
        #expect(world.state(of: Site.secondary)?.isUp == true)
        #expect(world.state(of: Site.vpn) == .up)
        #expect(world.link?.state == .atRisk)
        #expect(world.snapshot.circuits.first?.isReduced == true)
        #expect(world.openings() == 0)
        #expect(world.moves().isEmpty)
    }

    @Test("a cut of the secondary names the secondary alone")
    func secondary() {
        var truth = Truth()
        truth.cuts = [Site.secondary: [20..<60]]
        var world = World(truth: truth)
        world.run(until: 25)
        #expect(world.state(of: Site.secondary) == .down)
        #expect(world.state(of: Site.primary) == .up)
    }

    @Test(
        "both connections cut: circuit lost, failover to the VPN, outage measured within an interval",
        arguments: 1...20
    )
    func circuit(seed: Int) throws {
        var world = Self.failover(seed: UInt64(seed))
        world.run(until: 22)
        #expect(world.snapshot.circuits.first?.isLost == true)
        #expect(world.link?.state == .down)
        for path in [Site.primary, Site.secondary] {
            let down = try #require(world.states(of: path).first { $0.0 == .down })
            #expect((20.2...20.45).contains(down.1))
        }
        world.run(until: 30)
        #expect(world.link?.state == .failedOver)
        #expect(world.link?.activeTier == 2)
        world.run(until: 70)
        #expect(world.link?.state == .protected)
        #expect(world.moves() == [[1, 2], [2, 1]])
        #expect(world.openings() == 1)
        let outage = try #require(world.outages().first)
        #expect(world.outages().count == 1)
        #expect(abs(outage.duration.seconds - 3) <= 0.11)
        #expect(abs(Double(outage.start.nanoseconds) / 1e9 - 20) <= 0.11)
    }

    @Test("a path that comes back is up after up_after answers, and good from then on")
    func restore() throws {
        var world = Self.failover(seed: 3)
        world.run(until: 70)
        for path in [Site.primary, Site.secondary] {
            let up = try #require(world.states(of: path).last)
            #expect(up.0 == .up)
            #expect((40.9...41.2).contains(up.1))
        }
    }

    @Test("the silent blackhole: routes and edge stay well, the sibling reaches the target, the path is down")
    func blackhole() throws {
        var truth = Truth()
        truth.blackholes = [Site.primary: [20..<60]]
        var world = World(truth: truth)
        world.run(until: 25)
        #expect(world.state(of: Site.primary) == .down)
        let down = try #require(world.states(of: Site.primary).first { $0.0 == .down })
        #expect(down.1 <= 20.45)
        #expect(world.link?.paths.first?.layer == .microsoftEdge)
        #expect(world.snapshot.paths.first?.edgeAnswering == true)
    }

    @Test("an idle VPN that dies is down, and nothing else is said")
    func idleVPN() {
        var truth = Truth()
        truth.cuts = [Site.vpn: [20..<60]]
        var world = World(truth: truth)
        world.run(until: 30)
        #expect(world.state(of: Site.vpn) == .down)
        #expect(world.state(of: Site.primary) == .up)
        #expect(world.link?.state == .atRisk)
        #expect(world.openings() == 0)
    }

    @Test("circuit and VPN both dead: the link is down, one outage lasts until an answer")
    func everything() throws {
        var truth = Truth()
        for path in [Site.primary, Site.secondary, Site.vpn] { truth.cuts[path] = [20..<50] }
        var world = World(truth: truth)
        world.run(until: 45)
        #expect(world.link?.state == .down)
        #expect(world.link?.paths.allSatisfy { $0.state == .down } == true)
        world.run(until: 80)
        let outage = try #require(world.outages().first)
        #expect(world.openings() == 1)
        #expect(abs(outage.duration.seconds - 30) <= 0.2)
        #expect(world.link?.state == .protected)
    }

    @Test("edges that come back before the way behind them keep the paths down, not unknown")
    func edgesFirst() {
        var truth = Truth()
        for path in [Site.primary, Site.secondary] {
            truth.cuts[path] = [20..<40]
            truth.blackholes[path] = [20..<50]
        }
        truth.cuts[Site.vpn] = [20..<50]
        var world = World(truth: truth)
        world.run(until: 45)
        #expect(world.state(of: Site.primary) == .down)
        #expect(world.snapshot.circuits.first?.isLost == true)
    }

    @Test("flapping every two seconds: six changes in ten minutes are flapping")
    func flapping() {
        var truth = Truth()
        truth.cuts[Site.primary] = stride(from: 20.0, to: 60, by: 4).map { $0..<($0 + 2) }
        var world = World(truth: truth)
        world.run(until: 40)
        #expect(world.link?.paths.first?.isFlapping == true)
        world.run(until: 800)
        #expect(world.link?.paths.first?.isFlapping == false)
    }

    @Test("a cut with the defaults is known within four seconds", arguments: 1...10)
    func defaults(seed: Int) throws {
        var options = Site.Options()
        options.interval = .seconds(1)
        options.timeout = .milliseconds(800)
        var truth = Truth()
        for path in [Site.primary, Site.secondary] { truth.cuts[path] = [30..<90] }
        truth.traffic = { _, seconds in seconds < 33 ? Site.primary : Site.vpn }
        var world = World(options, truth: truth, seed: UInt64(seed))
        world.run(until: 35)
        for path in [Site.primary, Site.secondary] {
            let down = try #require(world.states(of: path).first { $0.0 == .down })
            #expect(down.1 <= 33.9)
        }
    }
}
