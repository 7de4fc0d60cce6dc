import Links
import Model
import Testing
import Wire

/// A reload changes what is asked, and nothing of what is known of the rest.
@Suite("Reloads")
struct ReloadTests {
    private func reload(_ hand: inout Hand, _ change: (inout Topology) -> Void) {
        var topology = hand.model.topology
        change(&topology)
        hand.model.reconfigure(topology: topology, at: at(hand.seconds))
    }

    /// Every probe shows the same, but for some.
    private func rows(_ hand: Hand, _ row: String, except others: [ProbeKey: String] = [:]) -> [ProbeKey: String] {
        let all = World.probes(of: hand.model.topology).map { ($0.0, row) }
        return Dictionary(all, uniquingKeysWith: { first, _ in first }).merging(others) { $1 }
    }

    private func flows(_ numbers: Range<Int>, _ row: String) -> [ProbeKey: String] {
        Dictionary(numbers.map { (Hand.flow($0), row) }, uniquingKeysWith: { first, _ in first })
    }

    private func facts(_ hand: Hand, of path: PathID = Site.primary) -> PathFacts? {
        hand.model.snapshot().paths.first { $0.id == path }
    }

    private let good = String(repeating: "+", count: 20)
    private let lost = String(repeating: "-", count: 20)

    // MARK: Flows

    @Test("flows that a reload adds to a workload that is down make it no better before one of them answers")
    func moreFlows() throws {
        var options = Site.Options()
        options.flows = 1
        var hand = Hand(options)
        hand.warmUp()
        let host = Hand.flow(0, of: Site.host)
        hand.play(rows(hand, good, except: [Hand.flow(0): lost, host: lost]))
        #expect(hand.link?.state == .down)
        let start = try #require(hand.link?.outageStart)
        reload(&hand) { $0.links[0].workloads[0].flows = 8 }
        var silent = flows(0..<8, "-")
        silent[host] = "-"
        for _ in 0..<15 {
            hand.play(rows(hand, "+", except: silent))
            #expect(hand.link?.state == .down && hand.link?.workloads.first?.state == .down)
        }
        #expect(hand.link?.outageStart == start && hand.link?.lastOutage == nil)
        hand.play(rows(hand, "+", except: [Hand.flow(0): "-"]))
        #expect(hand.link?.workloads.first?.state == .up && hand.link?.workloads.first?.lostFlows == [0])
    }

    @Test("a workload whose other flows a reload takes away is down when those that are left are")
    func fewerFlows() {
        var hand = Hand()
        hand.warmUp()
        hand.play(rows(hand, good, except: flows(0..<4, lost)))
        #expect(hand.link?.workloads.first?.lostFlows == [0, 1, 2, 3])
        reload(&hand) { $0.links[0].workloads[0].flows = 4 }
        #expect(hand.link?.workloads.first?.state == .down && hand.link?.workloads.first?.lostFlows == [])
        hand.play(rows(hand, "+", except: flows(0..<4, "-")))
        #expect(hand.link?.workloads.first?.state == .down)
    }

    @Test("a flow that has lost more than a lowered down_after is lost at its next loss")
    func lowerDownAfter() {
        var options = Site.Options()
        options.detection.downAfter = 30
        var hand = Hand(options)
        hand.warmUp()
        hand.play(rows(hand, good, except: flows(3..<4, lost)))
        #expect(hand.link?.workloads.first?.lostFlows == [])
        reload(&hand) { $0.links[0].detection.downAfter = 3 }
        hand.play(rows(hand, "+", except: flows(3..<4, "-")))
        #expect(hand.link?.workloads.first?.lostFlows == [3])
    }

    // MARK: BFD

    @Test(
        "a session goes on over a reload that changes its path: one that was up takes it down, and one that is down stays"
    )
    func session() {
        var options = Site.Options()
        options.bfd = .session
        var hand = Hand(options)
        hand.warmUp()
        hand.apply(.bfd(path: Site.primary, .up, at: at(hand.seconds)))
        reload(&hand) { $0.paths[0].provider = "lg" }
        #expect(facts(hand)?.bfd == .up)
        hand.apply(.bfd(path: Site.primary, .down, at: at(hand.seconds)))
        #expect(hand.state(Site.primary) == .down)
        reload(&hand) { $0.paths[0].provider = "sk" }
        hand.play(rows(hand, good))
        #expect(hand.state(Site.primary) == .down)
    }

    @Test("a session that is down when a reload begins to heed it takes its path down")
    func heeded() {
        var hand = Hand()
        hand.warmUp()
        hand.apply(.bfd(path: Site.primary, .up, at: at(hand.seconds)))
        hand.apply(.bfd(path: Site.primary, .down, at: at(hand.seconds)))
        #expect(hand.state(Site.primary) == .up)
        reload(&hand) { $0.paths[0].bfd = .observe }
        hand.play(rows(hand, good))
        #expect(hand.state(Site.primary) == .down)
    }

    @Test("a connection that a reload moves to another subnet has another session, of which nothing is known")
    func otherSession() {
        var options = Site.Options()
        options.bfd = .session
        var hand = Hand(options)
        hand.warmUp()
        hand.apply(.bfd(path: Site.primary, .up, at: at(hand.seconds)))
        reload(&hand) { $0.paths[0].subnet = Subnet("172.16.0.8/30") }
        #expect(facts(hand)?.bfd == nil)
        hand.apply(.bfd(path: Site.primary, .down, at: at(hand.seconds)))
        #expect(hand.state(Site.primary) == .up, "down is also how a session begins")
    }

    // MARK: The host

    @Test(
        "on a host that is cut off other references prove nothing by being new; an answer does",
        arguments: [true, false]
    )
    func otherReferences(isOfReference: Bool) {
        let others = [target("icmp://10.0.0.2"), target("tcp://10.0.0.54:53")]
        var hand = Hand()
        hand.warmUp()
        hand.play(rows(hand, "-----"))
        #expect(hand.model.snapshot().site.isIsolated)
        reload(&hand) { topology in
            for (index, other) in others.enumerated() { topology.site.references[index].target = other }
        }
        let before = hand.changes.count
        hand.play(rows(hand, lost))
        #expect(hand.model.snapshot().site.isIsolated && hand.link?.state == .unknown)
        let answering = isOfReference ? ProbeKey(role: .reference, target: others[0]) : Hand.through(Site.vpn)
        hand.play(rows(hand, "--", except: [answering: "++"]))
        #expect(!hand.model.snapshot().site.isIsolated)
        #expect(!hand.changes[before...].contains { if case .path(_, _, _, .down, _, _) = $0 { true } else { false } })
    }

    @Test("a host that is cut off stays so when a reload takes its references away, until something answers")
    func noReferences() {
        var hand = Hand()
        hand.warmUp()
        hand.play(rows(hand, "-----"))
        reload(&hand) { $0.site.references = [] }
        hand.play(rows(hand, lost))
        #expect(hand.model.snapshot().site.isIsolated && hand.link?.state == .unknown)
        hand.play(rows(hand, "++"))
        #expect(!hand.model.snapshot().site.isIsolated)
    }

    // MARK: Interfaces and sizes

    @Test("a path whose interface is gone stays down after a reload of its provider")
    func interfaceGone() {
        func observation(_ exists: Bool) -> InterfaceObservation {
            InterfaceObservation(name: "eth1", exists: exists, isUp: exists, hasCarrier: exists)
        }
        var hand = Hand()
        hand.apply(.interface(observation(true), at: at(0)))
        hand.warmUp()
        hand.apply(.interface(observation(false), at: at(hand.seconds)))
        #expect(hand.state(Site.primary) == .down)
        reload(&hand) { $0.paths[0].provider = "lg" }
        hand.apply(.interface(observation(false), at: at(hand.seconds)))
        #expect(hand.state(Site.primary) == .down)
    }

    @Test("a smaller size than before is told on after a reload of the path's provider; another pin is another way")
    func sizes() {
        var hand = Hand()
        hand.warmUp()
        let target = hand.model.topology.links[0].through[0].target
        for bytes in [1500, 1400, 1400] {
            hand.apply(.mtu(link: Site.link, path: Site.primary, target: target, bytes: bytes, at: at(hand.seconds)))
        }
        #expect(hand.path(Site.primary)?.reducedMTU?.baseline == 1500)
        reload(&hand) { $0.paths[0].provider = "lg" }
        #expect(hand.path(Site.primary)?.reducedMTU?.baseline == 1500 && hand.path(Site.primary)?.mtu == 1400)
        reload(&hand) { $0.paths[0].pin.mark = 77 }
        #expect(hand.path(Site.primary)?.reducedMTU == nil)
    }

    // MARK: Edges

    @Test("an edge that answers is known to, since when it was, after a reload that changes its path")
    func edge() throws {
        var hand = Hand()
        hand.warmUp(20)
        let since = try #require(facts(hand)?.edgeSince)
        reload(&hand) { $0.paths[0].provider = "lg" }
        #expect(facts(hand)?.edgeAnswering == true && facts(hand)?.edgeSince == since)
        reload(&hand) { $0.paths[0].edge[0].target = target("icmp://172.16.0.3") }
        #expect(facts(hand)?.edgeAnswering == nil)
    }
}
