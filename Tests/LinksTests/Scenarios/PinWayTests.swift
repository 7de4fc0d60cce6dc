import Links
import Model
import Testing
import Wire

/// Paths that are pinned by source or mark, told by the way that the kernel leads their pins.
@Suite("The ways of pins")
struct PinWayTests {
    private static let second = PathID(rawValue: "vpn2")
    private static let tunnel = route("pv1", "172.20.0.2")
    private static let otherTunnel = route("pv2", "172.20.0.6")
    private static let out = route("eth9", "192.0.2.1")
    private static let direct = [
        Site.primary: route("pe1", "172.16.0.2"), Site.secondary: route("pe2", "172.16.0.6"), Site.vpn: tunnel,
    ]

    private static func route(_ interface: String, _ gateway: String) -> RouteObservation {
        let source = IPAddress("10.9.0.1")
        return RouteObservation(verdict: .route(interface: interface, gateway: IPAddress(gateway), source: source))
    }

    /// All paths of the site pinned by their source, and a second VPN by mark where asked for.
    private static func topology(hasSecondVPN: Bool = false) -> Topology {
        var topology = Site.topology()
        for index in topology.paths.indices {
            topology.paths[index].pin = Pin(source: IPAddress("10.9.0.1\(index + 1)"), returns: true)
        }
        if hasSecondVPN {
            var path = topology.paths[2]
            path.id = second
            path.pin = Pin(mark: 4)
            path.edge = []
            topology.paths.append(path)
            topology.links[0].tiers[1].append(second)
        }
        return topology
    }

    /// One round of questions to the kernel: the flows first, then the pins.
    private func ask(
        _ hand: inout Hand,
        _ pins: [PathID: RouteObservation],
        traffic: RouteObservation,
        after seconds: Double = 1
    ) {
        hand.seconds += seconds
        for flow in 0..<8 {
            hand.apply(.route(link: Site.link, target: Site.service, flow: flow, traffic, at: at(hand.seconds)))
        }
        for (path, route) in pins.sorted(by: { $0.key < $1.key }) {
            hand.apply(.pinRoute(path: path, route, at: at(hand.seconds)))
        }
        hand.apply(.routesSettled(at: at(hand.seconds)))
    }

    private func settled(_ pins: [PathID: RouteObservation], hasSecondVPN: Bool = false) -> Hand {
        var hand = Hand(Self.topology(hasSecondVPN: hasSecondVPN))
        for _ in 0..<4 { ask(&hand, pins, traffic: Self.direct[Site.primary] ?? Self.out) }
        return hand
    }

    private func forward(_ path: PathID, _ hand: Hand) -> PinState? {
        hand.model.snapshot().paths.first { $0.id == path }?.forward
    }

    private func failovers(_ hand: Hand) -> [[Int]] {
        hand.changes.compactMap { change in
            if case .failover(_, let from, let to, _, _) = change { [from, to] } else { nil }
        }
    }

    @Test("traffic that leaves as a VPN's own pin does takes that VPN")
    func failover() {
        var hand = settled(Self.direct)
        #expect(hand.link?.activePaths == [Site.primary])
        #expect(forward(Site.vpn, hand) == .verified)
        ask(&hand, Self.direct, traffic: Self.tunnel)
        #expect(hand.link?.activePaths == [Site.vpn] && hand.link?.activeTier == 2)
        #expect(failovers(hand) == [[1, 2]])
    }

    @Test("a VPN that carries at the start is known in the first round")
    func start() {
        var hand = Hand(Self.topology())
        ask(&hand, Self.direct, traffic: Self.tunnel)
        #expect(hand.link?.activePaths == [Site.vpn])
        #expect(!hand.model.isUndecided(Site.link))
    }

    @Test("of two VPNs the one is active by whose way traffic leaves")
    func twoVPNs() {
        let pins = Self.direct.merging([Self.second: Self.otherTunnel]) { $1 }
        var hand = settled(pins, hasSecondVPN: true)
        ask(&hand, pins, traffic: Self.tunnel)
        #expect(hand.link?.activePaths == [Site.vpn])
        ask(&hand, pins, traffic: Self.otherTunnel)
        #expect(hand.link?.activePaths == [Self.second])
    }

    @Test("on a host behind a router, whose pins all leave alike, nothing is decided")
    func behindRouter() {
        let pins = Self.direct.mapValues { _ in Site.routeBehindRouter }
        var hand = Hand(Self.topology())
        for _ in 0..<5 { ask(&hand, pins, traffic: Site.routeBehindRouter) }
        #expect(hand.link?.activeTier == nil)
        #expect(hand.model.isUndecided(Site.link))
        #expect([Site.primary, Site.secondary, Site.vpn].allSatisfy { forward($0, hand) == .unverified })
    }

    @Test("nor while the router changes between two questions of a round")
    func movingRouter() {
        let pins = Self.direct.mapValues { _ in Site.routeBehindRouter }
        let moved = Self.direct.mapValues { _ in Self.out }
        var hand = Hand(Self.topology())
        for _ in 0..<5 { ask(&hand, pins, traffic: Site.routeBehindRouter) }
        var torn = moved
        torn[Site.primary] = Site.routeBehindRouter
        ask(&hand, torn, traffic: Site.routeBehindRouter, after: 0.1)
        #expect(hand.link?.activeTier == nil)
        for _ in 0..<3 { ask(&hand, moved, traffic: Self.out, after: 0.1) }
        #expect(hand.link?.activeTier == nil)
        #expect([Site.primary, Site.secondary, Site.vpn].allSatisfy { forward($0, hand) == .unverified })
    }

    @Test("nor while the way of one pin is not known")
    func unknownPin() {
        var pins = Self.direct
        pins[Site.secondary] = nil
        var hand = Hand(Self.topology())
        for _ in 0..<5 { ask(&hand, pins, traffic: Self.tunnel) }
        #expect(hand.link?.activeTier == nil)
    }

    @Test("nor where a link has one path alone")
    func onlyPath() {
        var topology = Self.topology()
        topology.links[0].tiers = [[Site.vpn]]
        var hand = Hand(topology)
        for _ in 0..<5 { ask(&hand, [Site.vpn: Self.tunnel], traffic: Self.tunnel) }
        #expect(hand.link?.activeTier == nil)
    }

    @Test("pins that lose their routes and fall to the VPN's way are wrong, and the way stays the VPN's")
    func fallen() {
        var hand = settled(Self.direct)
        let fallen = Self.direct.mapValues { _ in Self.tunnel }
        for _ in 0..<4 { ask(&hand, fallen, traffic: Self.tunnel) }
        #expect(hand.link?.activePaths == [Site.vpn])
        #expect(forward(Site.vpn, hand) == .verified)
        #expect(forward(Site.primary, hand) == .wrong && forward(Site.secondary, hand) == .wrong)
        for _ in 0..<2 { ask(&hand, Self.direct, traffic: Self.direct[Site.secondary] ?? Self.out) }
        #expect(hand.link?.activePaths == [Site.secondary])
        #expect(forward(Site.primary, hand) == .verified)
    }

    @Test("a VPN's pin that falls to the host's default route does not make that way the VPN")
    func fallenToDefault() {
        var hand = settled(Self.direct)
        var pins = Self.direct
        pins[Site.vpn] = Self.out
        for _ in 0..<4 { ask(&hand, pins, traffic: Self.out) }
        #expect(hand.link?.activeTier == nil)
        #expect(failovers(hand).isEmpty)
    }

    @Test("a VPN that is moved to another way is known there")
    func moved() {
        var hand = settled(Self.direct)
        var pins = Self.direct
        pins[Site.vpn] = Self.otherTunnel
        ask(&hand, pins, traffic: Self.direct[Site.primary] ?? Self.out)
        ask(&hand, pins, traffic: Self.otherTunnel)
        #expect(hand.link?.activePaths == [Site.vpn])
        #expect(forward(Site.vpn, hand) == .verified)
    }

    @Test("a reload that changes nothing of the paths keeps what is known of their ways")
    func reload() {
        var hand = settled(Self.direct)
        var topology = Self.topology()
        topology.links[0].labels = ["team": "core"]
        hand.model.reconfigure(topology: topology, at: at(hand.seconds))
        ask(&hand, Self.direct.mapValues { _ in Self.tunnel }, traffic: Self.tunnel)
        #expect(hand.link?.activePaths == [Site.vpn])
    }

    @Test("the evidence follows the flows within the same set")
    func evidence() {
        var hand = settled(Self.direct)
        func split(_ first: Int) -> [String] {
            hand.seconds += 1
            for flow in 0..<8 {
                let path = flow < first ? Site.primary : Site.secondary
                let route = Self.direct[path] ?? Self.out
                hand.apply(.route(link: Site.link, target: Site.service, flow: flow, route, at: at(hand.seconds)))
            }
            hand.apply(.routesSettled(at: at(hand.seconds)))
            return hand.link?.activeEvidence.map(\.text) ?? []
        }
        #expect(
            split(1) == [
                "the kernel routes 1 of 8 flows over er/primary", "the kernel routes 7 of 8 flows over er/secondary",
            ]
        )
        #expect(
            split(6) == [
                "the kernel routes 6 of 8 flows over er/primary", "the kernel routes 2 of 8 flows over er/secondary",
            ]
        )
    }
}
