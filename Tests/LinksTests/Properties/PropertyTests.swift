import Links
import Model
import TestSupport
import Testing

/// What holds whatever the network does.
@Suite("Properties")
struct PropertyTests {
    static let paths = [Site.primary, Site.secondary, Site.vpn]

    /// Cuts, blackholes, a dead gateway, LAN faults and loss at random times.
    static func chaos(seed: Int, hasLAN: Bool = true) -> World {
        var generator = SeededGenerator(seed: UInt64(seed) &* 7919)
        func times() -> Truth.Times {
            (0..<3).map { _ in
                let start = 10 + generator.unit() * 80
                return start..<(start + generator.unit() * 15)
            }
        }
        var truth = Truth()
        for path in paths {
            truth.cuts[path] = times()
            truth.blackholes[path] = times()
        }
        truth.gateway = Array(times().prefix(1))
        if hasLAN { truth.lan = times() }
        truth.loss = generator.unit() * 0.1
        var options = Site.Options()
        options.flows = 2
        return World(options, truth: truth, seed: UInt64(seed))
    }

    @Test("the snapshot agrees with the changes, and every change is one", arguments: 1...15)
    func snapshotAgrees(seed: Int) {
        var world = Self.chaos(seed: seed)
        var paths: [PathID: PathState] = [:]
        var link = LinkState.unknown
        for step in 1...24 {
            for change in world.run(until: Double(step) * 5) {
                switch change {
                case .path(_, let path, let from, let to, _, _):
                    #expect(from != to)
                    #expect(paths[path] ?? .unknown == from)
                    paths[path] = to
                case .link(_, let from, let to, _, _):
                    #expect(from != to)
                    #expect(link == from)
                    link = to
                default: break
                }
            }
            for path in Self.paths { #expect(world.state(of: path) == paths[path] ?? .unknown) }
            #expect(world.link?.state == link)
        }
    }

    @Test("on a host that is cut off every verdict is unknown and nothing is active", arguments: 1...15)
    func isolatedKnowsNothing(seed: Int) {
        var world = Self.chaos(seed: seed)
        for step in 1...240 {
            world.run(until: Double(step) / 2)
            guard world.snapshot.site.isIsolated else { continue }
            #expect(world.link?.state == .unknown)
            #expect(world.link?.activePaths == nil)
            #expect(world.link?.paths.allSatisfy { $0.state == .unknown } == true)
            #expect(world.link?.workloads.allSatisfy { $0.state == .unknown } == true)
        }
    }

    @Test("outages open and close in turn, each counted once, and never overlap", arguments: 1...15)
    func outagesAlternate(seed: Int) {
        var world = Self.chaos(seed: seed)
        world.run(until: 130)
        var isOpen = false
        var lastEnd = at(0)
        for change in world.changes {
            if case .outageOpened(_, let start, _) = change {
                #expect(!isOpen)
                #expect(start >= lastEnd)
                isOpen = true
            } else if case .outageClosed(_, let outage) = change {
                #expect(isOpen)
                #expect(outage.duration >= .zero)
                lastEnd = outage.end
                isOpen = false
            }
        }
    }

    @Test("an outage is measured within one interval of the truth", arguments: 1...30)
    func outageTruth(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let start = 20 + generator.unit()
        let end = start + 0.7 + generator.unit() * 10
        var truth = Truth()
        for path in Self.paths { truth.cuts[path] = [start..<end] }
        var world = World(truth: truth, seed: UInt64(seed))
        world.run(until: 60)
        #expect(world.openings() == 1)
        let outage = try #require(world.outages().first)
        #expect(world.outages().count == 1)
        #expect(abs(outage.duration.seconds - (end - start)) <= 0.1 + 0.01)
    }

    @Test("runs of losses below down_after take nothing down", arguments: 1...20)
    func shortRuns(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var hand = Hand()
        hand.warmUp()
        let keys = World.probes(of: hand.model.topology).map(\.0)
        var runs = [Int](repeating: 0, count: keys.count)
        for _ in 0..<400 {
            for (index, key) in keys.enumerated() {
                let isLost = runs[index] < 2 && generator.unit() < 0.4
                runs[index] = isLost ? runs[index] + 1 : 0
                hand.say(key, isLost ? "-" : "+")
            }
            hand.seconds += hand.step
            hand.apply(.tick(at: at(hand.seconds)))
        }
        for change in hand.changes {
            switch change {
            case .path(_, _, _, .down, _, _), .link(_, _, .down, _, _), .outageOpened, .flowLost, .isolated:
                Issue.record("\(change)")
            default: break
            }
        }
        #expect(hand.model.snapshot().site.isIsolated == false)
    }

    @Test("a fault of this host alone blames nobody, whenever it comes", arguments: 1...30)
    func localBlamesNobody(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var truth = Truth()
        var start = 15.0
        for _ in 0..<4 {
            start += 3 + generator.unit() * 15
            let end = start + 0.05 + generator.unit() * generator.unit() * 12
            truth.lan.append(start..<end)
            start = end
        }
        truth.roundTrip = [Site.primary: 0.03 * generator.unit(), Site.secondary: 0.07, Site.vpn: 0.09]
        var options = Site.Options()
        if seed % 3 == 0 { (options.interval, options.timeout) = (.seconds(1), .milliseconds(800)) }
        if seed % 3 == 1 { options.timeout = .milliseconds(700) }
        var world = World(options, truth: truth, seed: UInt64(seed))
        world.run(until: start + 30)
        for change in world.changes {
            switch change {
            case .path(_, _, _, .down, _, _), .link(_, _, .down, _, _), .outageOpened, .flowLost, .failover:
                Issue.record("\(change)")
            default: break
            }
        }
        #expect(world.link?.state == .protected)
    }

    @Test("a reload of the same configuration changes nothing, at any time", arguments: 1...10)
    func sameReload(seed: Int) {
        var world = Self.chaos(seed: seed)
        world.run(until: 20 + Double(seed) * 7)
        var copy = world.model
        copy.reconfigure(topology: world.topology, at: at(500))
        #expect(copy == world.model)
    }

    @Test("a reload that adds a link leaves the state, counters and open outage of the others", arguments: 1...10)
    func partialReload(seed: Int) {
        var world = Self.chaos(seed: seed)
        world.run(until: 20 + Double(seed) * 7)
        var options = Site.Options()
        options.flows = 2
        options.hasSecondVNet = true
        let before = world.link
        world.model.reconfigure(topology: Site.topology(options), at: at(20 + Double(seed) * 7))
        #expect(world.link == before)
        #expect(world.snapshot.links.count == 2)
    }
}
