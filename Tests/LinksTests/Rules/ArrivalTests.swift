import Links
import Model
import Testing
import Wire

/// Over which interfaces answers come in, of paths pinned by source; and paths that share one for two families.
@Suite("Arrivals")
struct ArrivalTests {
    private static let six = PathID(rawValue: "v6")

    private static func route(_ interface: String, _ gateway: String) -> RouteObservation {
        RouteObservation(verdict: .route(interface: interface, gateway: IPAddress(gateway), source: nil))
    }

    /// Connections pinned by source, a VPN by interface; another link of IPv6 whose VPN shares that interface.
    private static func topology(vpn: Pin = Pin(interface: "ipsec0")) -> Topology {
        var topology = Site.topology()
        topology.paths[0].pin = Pin(source: IPAddress("10.9.0.11"), returns: true)
        topology.paths[1].pin = Pin(source: IPAddress("10.9.0.12"), returns: true)
        topology.paths[2].pin = vpn
        topology.paths.append(PathSpec(id: six, kind: .vpn, peering: .private, pin: Pin(interface: "ipsec0")))
        topology.links.append(
            LinkSpec(
                name: "six",
                peering: .private,
                tiers: [[six]],
                through: [ProbeSpec(target: target("icmp://[fd01::4]"))]
            )
        )
        return topology
    }

    private static func settled(_ topology: Topology, _ pins: [PathID: RouteObservation]) -> Hand {
        var hand = Hand(topology)
        for _ in 0..<4 {
            hand.seconds += 1
            for (path, route) in pins { hand.apply(.pinRoute(path: path, route, at: at(hand.seconds))) }
            hand.apply(.routesSettled(at: at(hand.seconds)))
        }
        return hand
    }

    private static let direct = [
        Site.primary: route("eth1", "172.16.0.2"), Site.secondary: route("eth2", "172.16.0.6"),
    ]

    private func facts(_ path: PathID, _ hand: Hand) -> PathFacts? {
        hand.model.snapshot().paths.first { $0.id == path }
    }

    @Test(
        "a path pinned to an interface whose answers come in there again is no longer asymmetric, though nothing else changes"
    )
    func backAgain() {
        var topology = Self.topology()
        topology.paths[0].pin = Pin(interface: "er1")
        var hand = Hand(topology)
        hand.warmUp()
        hand.apply(.arrival(path: Site.primary, interface: "ipsec0", at: at(hand.seconds)))
        #expect(facts(Site.primary, hand)?.answersArriveOver == Site.vpn)
        hand.warmUp(5)
        #expect(facts(Site.primary, hand)?.answersArriveOver == nil && facts(Site.primary, hand)?.backward != .wrong)
    }

    @Test("answers to a source that come in over the VPN's interface are asymmetric, whoever of IPv6 shares it")
    func overVPN() {
        var hand = Self.settled(Self.topology(), Self.direct)
        hand.apply(.arrival(path: Site.secondary, interface: "ipsec0", at: at(hand.seconds)))
        #expect(facts(Site.secondary, hand)?.backward == .wrong)
        #expect(facts(Site.secondary, hand)?.answersArriveOver == Site.vpn)
        hand.apply(.arrival(path: Site.secondary, interface: "eth2", at: at(hand.seconds + 1)))
        #expect(facts(Site.secondary, hand)?.answersArriveOver == nil)
    }

    @Test("over its own interface, its circuit's other one, the loopback or a stranger they are not")
    func harmless() {
        var hand = Self.settled(Self.topology(), Self.direct)
        for interface in ["eth2", "eth1", "lo", "eth7"] {
            hand.apply(.arrival(path: Site.secondary, interface: interface, at: at(hand.seconds)))
            #expect(facts(Site.secondary, hand)?.backward == .verified, "\(interface): its source returns by itself")
            #expect(facts(Site.secondary, hand)?.answersArriveOver == nil, "\(interface)")
        }
    }

    @Test("an answer to a pinned interface over the other connection of the circuit is none of another tier's")
    func sibling() {
        var topology = Site.topology()
        for (index, interface) in ["eth1", "eth2", "ipsec0"].enumerated() {
            topology.paths[index].pin = Pin(interface: interface)
        }
        var hand = Hand(topology)
        hand.apply(.arrival(path: Site.secondary, interface: "eth1", at: at(1)))
        #expect(facts(Site.secondary, hand)?.backward == .unverified)
        #expect(facts(Site.secondary, hand)?.answersArriveOver == nil)
        hand.apply(.arrival(path: Site.secondary, interface: "ipsec0", at: at(2)))
        #expect(facts(Site.secondary, hand)?.backward == .wrong)
        #expect(facts(Site.secondary, hand)?.answersArriveOver == Site.vpn)
    }

    @Test("an answer of which nobody knows where it came in proves no return", arguments: [true, false])
    func unknown(isUnknown: Bool) throws {
        var topology = Site.topology()
        topology.paths[1].pin = Pin(interface: "eth2")
        var hand = Hand(topology)
        let stream = try #require(hand.model.stream(of: Hand.through(Site.secondary)))
        var detail = OutcomeDetail(answer: "SYN-ACK")
        detail.isArrivalUnknown = isUnknown
        let outcome = Outcome(
            probe: ProbeID(rawValue: 0),
            sequence: 0,
            sentAt: at(1),
            settledAt: at(1.01),
            result: .answered(roundTrip: .milliseconds(10), clock: .kernel),
            detail: detail
        )
        hand.apply(.outcome(stream: stream, outcome))
        #expect(facts(Site.secondary, hand)?.backward == (isUnknown ? .unverified : .verified))
    }

    @Test("an answer over an interface that paths of two tiers share proves no return", arguments: [true, false])
    func sharedInterface(isShared: Bool) {
        var topology = Site.topology()
        topology.paths[0].pin = Pin(interface: "eth0", nextHop: IPAddress("10.30.0.1"))
        topology.paths[1].pin = Pin(interface: "eth0", nextHop: IPAddress("10.30.0.2"))
        topology.paths[2].pin = Pin(interface: isShared ? "eth0" : "eth1", nextHop: IPAddress("10.30.0.3"))
        var hand = Hand(topology)
        for path in topology.paths {
            hand.apply(.arrival(path: path.id, interface: path.pin.interface ?? "", at: at(1)))
            #expect(facts(path.id, hand)?.backward == (isShared ? .unverified : .verified), "\(path.id)")
        }
    }

    @Test("on a host with one interface no answer is asymmetric")
    func oneInterface() {
        let all = Self.route("eth0", "10.0.0.1")
        let pins = [Site.primary: all, Site.secondary: all]
        var hand = Self.settled(Self.topology(vpn: Pin(interface: "eth0")), pins)
        for path in [Site.primary, Site.secondary, Site.vpn] {
            hand.apply(.arrival(path: path, interface: "eth0", at: at(hand.seconds)))
            #expect(facts(path, hand)?.answersArriveOver == nil)
            #expect(facts(path, hand)?.backward != .wrong)
        }
    }

    @Test(
        "while one target is answered the right way and another the wrong one, the return stays wrong since its start"
    )
    func mixed() {
        var hand = Self.settled(Self.topology(), Self.direct)
        hand.apply(.arrival(path: Site.secondary, interface: "ipsec0", at: at(10)))
        let since = facts(Site.secondary, hand)?.pinSince
        for step in 1...20 {
            let interface = step % 2 == 0 ? "ipsec0" : "eth2"
            hand.apply(.arrival(path: Site.secondary, interface: interface, at: at(10 + Double(step) / 10)))
        }
        #expect(facts(Site.secondary, hand)?.backward == .wrong)
        #expect(facts(Site.secondary, hand)?.pinSince == since)
    }

    @Test("the pin of a path for IPv4 may leave by the interface of one for IPv6")
    func families() {
        let tunnel = Self.route("ipsec0", "172.20.0.2")
        let pins = Self.direct.merging([Site.vpn: tunnel]) { $1 }
        let hand = Self.settled(Self.topology(vpn: Pin(source: IPAddress("10.9.0.13"))), pins)
        #expect(facts(Site.vpn, hand)?.forward == .verified)
    }

    @Test("the pin of a path that leaves by the interface of another of its link is wrong")
    func wrongWay() {
        let pins = Self.direct.merging([Site.primary: Self.route("ipsec0", "172.20.0.2")]) { $1 }
        let hand = Self.settled(Self.topology(), pins)
        #expect(facts(Site.primary, hand)?.forward == .wrong)
    }
}
