import Links
import Model
import Testing

/// A fault of this host blames nobody else.
@Suite("Local faults")
struct LocalFaultTests {
    @Test("the host loses its LAN: isolated, every verdict unknown, no path down, no outage", arguments: 1...40)
    func lan(seed: Int) {
        let fast = seed % 2 == 0
        var options = Site.Options()
        options.interval = fast ? .milliseconds(100) : .seconds(1)
        options.timeout = fast ? .milliseconds(100) : .milliseconds(800)
        var truth = Truth()
        truth.lan = [30..<50]
        // A long way: answers that are under way when the LAN goes are lost, although the probe was sent before.
        truth.roundTrip = [Site.primary: 0.060, Site.secondary: 0.061, Site.vpn: 0.090]
        var world = World(options, truth: truth, seed: UInt64(seed))
        world.run(until: 45)
        #expect(world.snapshot.site.isIsolated)
        #expect(world.link?.state == .unknown)
        #expect(world.link?.paths.allSatisfy { $0.state == .unknown } == true)
        world.run(until: 80)
        #expect(world.link?.state == .protected)
        for path in [Site.primary, Site.secondary, Site.vpn] {
            #expect(!world.states(of: path).contains { $0.0 == .down })
        }
        #expect(!world.linkStates().contains(.down))
        #expect(world.openings() == 0)
        #expect(world.moves().isEmpty)
        #expect(world.link?.paths.contains { $0.isFlapping } == false)
    }

    @Test("references slower than the paths are still asked first", arguments: 1...40)
    func slowReferences(seed: Int) {
        var topology = Site.topology()
        for index in topology.site.references.indices {
            topology.site.references[index].interval = .seconds(1)
            topology.site.references[index].timeout = .milliseconds(800)
        }
        var truth = Truth()
        truth.lan = [30..<50]
        truth.roundTrip = [Site.primary: 0.060, Site.secondary: 0.061, Site.vpn: 0.090]
        var world = World(topology: topology, truth: truth, seed: UInt64(seed))
        world.run(until: 80)
        for path in [Site.primary, Site.secondary, Site.vpn] {
            #expect(!world.states(of: path).contains { $0.0 == .down })
        }
        #expect(world.openings() == 0)
    }

    @Test("a LAN that goes six times in ten minutes makes no path flap")
    func flappingLAN() {
        var truth = Truth()
        truth.lan = stride(from: 30.0, to: 150, by: 20).map { $0..<($0 + 10) }
        var world = World(truth: truth)
        world.run(until: 160)
        #expect(world.link?.paths.contains { $0.isFlapping } == false)
        #expect(world.openings() == 0)
    }

    @Test("a circuit that was down before the LAN went is down after it")
    func downBefore() {
        var truth = Truth()
        truth.cuts[Site.primary] = [20..<90]
        truth.lan = [30..<40]
        var world = World(truth: truth)
        world.run(until: 35)
        #expect(world.state(of: Site.primary) == .unknown)
        world.run(until: 45)
        #expect(world.state(of: Site.primary) == .down)
        #expect(world.state(of: Site.secondary) == .up)
    }

    @Test("without references a loss of everything is a loss of the paths")
    func withoutReferences() {
        var options = Site.Options()
        options.hasReferences = false
        var truth = Truth()
        truth.lan = [20..<60]
        var world = World(options, truth: truth)
        world.run(until: 25)
        #expect(world.link?.state == .down)
        #expect(!world.snapshot.site.isIsolated)
    }

    @Test("one dead reference of two isolates nobody and delays no verdict")
    func oneReference() throws {
        var truth = Truth()
        truth.deadTargets[Site.resolver] = [10..<90]
        truth.cuts = [Site.primary: [30..<60], Site.secondary: [30..<60]]
        var world = World(truth: truth)
        world.run(until: 40)
        #expect(!world.snapshot.site.isIsolated)
        let down = try #require(world.states(of: Site.primary).first { $0.0 == .down })
        #expect(down.1 <= 30.45)
    }

    @Test("invalid samples are neither loss nor answer: ten seconds of overload change nothing")
    func overload() {
        var world = World()
        world.overload = [20..<30]
        world.run(until: 20)
        let before = world.changes.count
        world.run(until: 29)
        // A stopped process also learns no routes, but here they were told.
        #expect(!world.changes[before...].contains { if case .path = $0 { true } else { false } })
        #expect(world.openings() == 0)
        #expect(world.link?.workloads.first?.flows.first?.lossRatio == 0)
    }

    @Test("a start with nothing answering says unknown of the paths and blames no circuit")
    func deadAtStart() {
        var truth = Truth()
        truth.lan = [0..<30]
        var world = World(truth: truth)
        world.run(until: 20)
        #expect(world.link?.paths.allSatisfy { $0.state == .unknown } == true)
        #expect(world.snapshot.circuits.first?.isLost == false)
        #expect(world.snapshot.site.isIsolated)
        world.run(until: 40)
        #expect(world.link?.state == .protected)
    }

    @Test("a start during an outage of the circuit finds it, because the VPN reaches the same target")
    func startInOutage() {
        var truth = Truth()
        truth.cuts = [Site.primary: [0..<30], Site.secondary: [0..<30]]
        truth.traffic = { _, _ in Site.vpn }
        var world = World(truth: truth)
        world.run(until: 5)
        #expect(world.snapshot.circuits.first?.isLost == true)
        #expect(world.link?.state == .failedOver)
        #expect(world.moves().isEmpty)
    }

    @Test("flows that were lost before their workload answered for the first time are lost as soon as it does")
    func startWithLostFlows() {
        var truth = Truth()
        truth.deadTargets[Site.service] = [0..<20]
        for flow in 4..<8 { truth.lostFlows[flow] = [0..<90] }
        var world = World(truth: truth)
        world.run(until: 19)
        #expect(!world.changes.contains { if case .flowLost = $0 { true } else { false } })
        world.run(until: 22)
        #expect(world.link?.workloads.first?.state == .up)
        #expect(world.link?.workloads.first?.lostFlows == [4, 5, 6, 7])
    }

    @Test("a start while every way is lost says that the link is down, for its references answer")
    func startWithoutAnyWay() {
        var truth = Truth()
        for path in [Site.primary, Site.secondary, Site.vpn] { truth.cuts[path] = [0..<30] }
        var world = World(truth: truth)
        world.run(until: 10)
        #expect(world.link?.state == .down)
        world.run(until: 50)
        #expect(world.link?.state == .protected)
    }
}
