import Links
import Model
import Testing

/// Traces of the paths find how large a packet may be.
@Suite("the MTU of paths")
struct PathMTUTests {
    private static func find(
        _ bytes: Int...,
        of path: PathID = Site.primary,
        _ target: Target = Site.through,
        in hand: inout Hand
    ) {
        for size in bytes {
            hand.seconds += 30
            hand.apply(.mtu(link: Site.link, path: path, target: target, bytes: size, at: at(hand.seconds)))
        }
    }

    private static func playedHand() -> Hand {
        var hand = Hand()
        hand.warmUp()
        return hand
    }

    @Test("a path that carries smaller packets than it did is reduced, with both sizes")
    func reduced() {
        var hand = Self.playedHand()
        Self.find(1500, 1400, 1400, in: &hand)
        #expect(hand.path(Site.primary)?.reducedMTU == ReducedMTU(bytes: 1400, baseline: 1500))
        #expect(hand.path(Site.secondary)?.reducedMTU == nil)
        #expect(hand.state(Site.primary) == .up)
    }

    @Test("a VPN that never carried more is held against itself: its smaller packets are no reduction")
    func backup() {
        var hand = Self.playedHand()
        Self.find(1500, 1500, in: &hand)
        Self.find(1400, 1400, 1400, of: Site.vpn, in: &hand)
        #expect(hand.path(Site.vpn)?.reducedMTU == nil)
        Self.find(1350, 1350, of: Site.vpn, in: &hand)
        #expect(hand.path(Site.vpn)?.reducedMTU == ReducedMTU(bytes: 1350, baseline: 1400))
    }

    @Test("one search alone proves no reduction, and one packet of the old size ends it")
    func hysteresis() {
        var hand = Self.playedHand()
        Self.find(1500, 1400, in: &hand)
        #expect(hand.path(Site.primary)?.reducedMTU == nil)
        Self.find(1500, 1400, in: &hand)
        #expect(hand.path(Site.primary)?.reducedMTU == nil, "not two in a row")
        Self.find(1390, in: &hand)
        #expect(hand.path(Site.primary)?.reducedMTU == ReducedMTU(bytes: 1390, baseline: 1500))
        Self.find(1499, in: &hand)
        #expect(hand.path(Site.primary)?.reducedMTU == ReducedMTU(bytes: 1499, baseline: 1500))
        Self.find(1500, in: &hand)
        #expect(hand.path(Site.primary)?.reducedMTU == nil)
    }

    @Test("a larger size than before is the new measure")
    func raised() {
        var hand = Self.playedHand()
        Self.find(1400, 9000, 1500, 1500, in: &hand)
        #expect(hand.path(Site.primary)?.reducedMTU == ReducedMTU(bytes: 1500, baseline: 9000))
    }

    @Test("one target alone behind a narrow link is not the path")
    func oneTarget() {
        var topology = Site.topology()
        let other = target("icmp://10.1.0.7")
        topology.links[0].through.append(ProbeSpec(target: other))
        var hand = Hand(topology)
        hand.warmUp()
        Self.find(1500, in: &hand)
        Self.find(1500, 1300, 1300, of: Site.primary, other, in: &hand)
        #expect(hand.path(Site.primary)?.reducedMTU == nil)
        Self.find(1400, 1400, in: &hand)
        #expect(hand.path(Site.primary)?.reducedMTU == ReducedMTU(bytes: 1300, baseline: 1500))
    }

    @Test("what is known to leave another way says nothing of the path")
    func wrongPin() {
        var hand = Self.playedHand()
        Self.find(1500, in: &hand)
        hand.apply(.pinRoute(path: Site.primary, Site.route(over: Site.vpn), at: at(hand.seconds)))
        Self.find(1400, 1400, in: &hand)
        #expect(hand.path(Site.primary)?.reducedMTU == nil)
    }

    @Test("a trace of something else, or without a size, is passed over")
    func strange() {
        var hand = Self.playedHand()
        Self.find(1500, 0, -1, in: &hand)
        Self.find(1400, 1400, of: Site.primary, target("icmp://192.0.2.1"), in: &hand)
        Self.find(1400, 1400, of: PathID(rawValue: "nowhere"), in: &hand)
        hand.apply(.mtu(link: "nowhere", path: Site.primary, target: Site.through, bytes: 1, at: at(hand.seconds)))
        #expect(hand.link?.paths.allSatisfy { $0.reducedMTU == nil } == true)
    }

    @Test("a reload keeps what a path has carried; another pin begins anew")
    func reload() {
        var hand = Self.playedHand()
        Self.find(1500, 1400, 1400, in: &hand)
        var topology = Site.topology()
        topology.links[0].detection.downAfter = 5
        hand.model.reconfigure(topology: topology, at: at(hand.seconds))
        #expect(hand.path(Site.primary)?.reducedMTU == ReducedMTU(bytes: 1400, baseline: 1500))
        topology.paths[0].pin.interface = "eth7"
        hand.model.reconfigure(topology: topology, at: at(hand.seconds))
        #expect(hand.path(Site.primary)?.reducedMTU == nil)
    }
}
