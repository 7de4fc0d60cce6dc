import Model
import Testing
import Wire

@testable import Traceroute

@Suite("Naming of a path")
struct PathNamingTests {
    private let naming = PathNaming(paths: Example.paths, links: Example.links)

    private func identity(
        _ hops: [TraceHop],
        _ route: RouteObservation? = nil,
        target: String = "10.1.0.4",
        host: String? = nil
    ) -> PathIdentity {
        naming.identity(of: ip(target), host: host ?? target, hops: hops, route: route)
    }

    @Test(
        "a hop inside a connection's /30 names the connection, whichever end it is",
        arguments: [
            ("172.16.0.2", Example.primary), ("172.16.0.1", Example.primary), ("172.16.0.6", Example.secondary),
        ]
    )
    func hop(address: String, path: PathID) {
        let identity = identity(hops("10.0.0.1", address, nil, "10.1.0.4"))
        #expect(identity.path == path && identity.kind == .expressroute)
        #expect(identity.evidence.first?.hasPrefix("hop 2 (\(address)) is the ") == true)
    }

    @Test("the route's interface, source or next hop names its path")
    func route() {
        #expect(identity([], Example.route("ipsec0")).path == Example.vpn)
        #expect(identity([], Example.route(source: "10.9.0.12")).path == Example.secondary)
        #expect(identity([], Example.route(gateway: "172.16.0.2")).path == Example.primary)
        #expect(identity([], Example.route(source: "172.16.0.5")).path == Example.secondary)
    }

    @Test("the far edge of the VPN among the hops names the VPN")
    func vpnEdge() {
        #expect(identity(hops("10.0.0.1", "10.1.255.30")).path == Example.vpn)
        #expect(identity(hops("10.0.0.1", "20.41.0.10")).path == Example.vpn)
    }

    @Test("hop and route that agree name the path with both sentences")
    func agreement() {
        let identity = identity(hops("172.16.0.2"), Example.route(gateway: "172.16.0.2", source: "10.9.0.11"))
        #expect(identity.path == Example.primary)
        #expect(identity.evidence.count { $0.contains("kr-er-01/primary") } >= 3)
    }

    @Test("hops of two paths, or a hop against the route, name nothing and say so")
    func disagreement() {
        for identity in [
            identity(hops("172.16.0.2", "172.16.0.6")), identity(hops("172.16.0.2"), Example.route("ipsec0")),
        ] {
            #expect(identity.path == nil && identity.isContradictory && identity.candidates.isEmpty)
            #expect(identity.evidence.contains("these disagree, so the path is not known"))
        }
    }

    @Test("a route that all paths share, and silent hops, prove nothing")
    func nothing() {
        let identity = identity(hops("10.0.0.1", nil, "10.1.0.4"), Example.route())
        #expect(identity.path == nil && !identity.isContradictory && identity.candidates.isEmpty)
        #expect(PathNaming(paths: []).identity(of: ip("10.1.0.4"), host: "x", hops: [], route: nil).evidence.isEmpty)
    }

    private func identity(mtu bytes: Int, _ hops: [TraceHop], _ route: RouteObservation?, _ sizes: [String: Int] = [:])
        -> PathIdentity
    {
        naming.identity(
            of: ip("10.1.0.4"),
            host: "10.1.0.4",
            hops: hops,
            route: route,
            mtu: PathMTU(bytes: bytes, interfaceBytes: 1500, behaviour: .reported),
            interfaceSizes: sizes
        )
    }

    @Test("packets that are too large for a path's interface did not go over it; with a proof of it that disagrees")
    func tooLargeForInterface() {
        let sizes = ["ipsec0": 1400]
        let open = identity(mtu: 1500, [], Example.route(), sizes)
        #expect(open.path == nil && open.candidates == [Example.primary, Example.secondary])
        #expect(open.evidence.contains { $0.contains("kr-vpn carries at most 1400, the MTU of ipsec0") })
        let against = identity(mtu: 1500, [], Example.route("ipsec0"), sizes)
        #expect(against.path == nil && against.isContradictory)
        let fitting = identity(mtu: 1400, [], Example.route("ipsec0"), sizes)
        #expect(fitting.path == Example.vpn)
    }

    @Test(
        "a VPN behind a router usually carries what ESP leaves; hops that prove it, and an interface, are believed more"
    )
    func tooLargeForTunnel() {
        let hops = hops("10.0.0.1", "10.1.255.30")
        #expect(identity(mtu: 1446, hops, nil).path == Example.vpn)
        // It may divide packets after it has sealed them.
        #expect(identity(mtu: 1447, hops, nil).path == Example.vpn)
        #expect(identity(mtu: 1447, [], nil).candidates == [Example.primary, Example.secondary])
        #expect(identity(mtu: 1500, hops, nil, ["ipsec0": 1500]).path == Example.vpn)
    }

    @Test("the MTU decides between paths that share an interface, and alone names none")
    func decides() {
        var paths = Example.paths
        paths[1].pin = Pin(interface: "eth1")
        paths[2].pin = Pin(interface: "eth1")
        let shared = PathNaming(paths: paths).identity(
            of: ip("10.1.0.4"),
            host: "x",
            hops: [],
            route: Example.route("eth1"),
            mtu: PathMTU(bytes: 1500, interfaceBytes: 1500),
            interfaceSizes: [:]
        )
        #expect(shared.path == Example.secondary)
        let only = PathNaming(paths: [paths[0], paths[2]]).identity(
            of: ip("10.1.0.4"),
            host: "x",
            hops: [],
            route: nil,
            mtu: PathMTU(bytes: 1500, interfaceBytes: 1500)
        )
        #expect(only.path == nil && only.candidates == [Example.primary])
    }

    @Test("packets smaller than a circuit's hint at a VPN and contradict nothing")
    func small() {
        let hint = identity(mtu: 1380, [], Example.route())
        #expect(hint.path == nil && hint.candidates == [Example.vpn])
        let circuit = identity(mtu: 1380, hops("172.16.0.2"), nil)
        #expect(circuit.path == Example.primary && !circuit.isContradictory)
    }

    @Test("the TTL of the target's answer is told, and a longer way back with it")
    func wayBack() {
        var way = hops("172.16.0.2", "10.1.0.4")
        way[1].answer = .reply(.echo)
        way[1].replyTTL = 63
        #expect(
            identity(way).evidence.last == "the target's answer has TTL 63, so it came back over 2 hops, as many as out"
        )
        way[1].replyTTL = 60
        #expect(identity(way).evidence.last?.hasSuffix("5 hops, against 2 out: perhaps another way") == true)
        #expect(identity(way).path == Example.primary)
        way[1].answer = .ttlExceeded
        #expect(!identity(way).evidence.contains { $0.contains("the target's answer") })
    }

    @Test("an address whose answer came another way may be one of the way back: alone it names nothing")
    func doubtfulAddress() {
        var way = hops("10.0.0.1", "172.16.0.2", "10.1.0.4")
        way[1].replyTTL = 250
        let alone = identity(way)
        #expect(alone.path == nil && alone.candidates == [Example.primary] && !alone.isContradictory)
        #expect(
            alone.evidence[0].hasSuffix("but its answer came back over 6 hops: the address may be one of the way back")
        )
        #expect(alone.evidence.contains("that alone names no path"))
        // The host's route decides, and a route over another path contradicts.
        #expect(identity(way, Example.route(source: "10.9.0.11")).path == Example.primary)
        #expect(identity(way, Example.route("ipsec0", gateway: nil)).isContradictory)
        way[1].replyTTL = 254
        #expect(identity(way).path == Example.primary)
    }

    @Test("an interface that two paths share leaves both, and a hop decides between them")
    func candidates() {
        var paths = Example.paths
        for index in 0..<2 { paths[index].pin = Pin(interface: "eth1") }
        let naming = PathNaming(paths: paths)
        let open = naming.identity(of: ip("10.1.0.4"), host: "x", hops: [], route: Example.route("eth1"))
        #expect(open.path == nil && open.candidates == [Example.primary, Example.secondary])
        let decided = naming.identity(
            of: ip("10.1.0.4"),
            host: "x",
            hops: hops("172.16.0.6"),
            route: Example.route("eth1")
        )
        #expect(decided.path == Example.secondary)
    }

    @Test("of two paths on one interface, for IPv4 and for IPv6, the one of the target's family is named")
    func families() {
        let six = PathSpec(
            id: PathID(rawValue: "kr-vpn6"),
            kind: .vpn,
            peering: .private,
            pin: Pin(interface: "ipsec0")
        )
        let link = LinkSpec(
            name: "six",
            peering: .private,
            tiers: [[six.id]],
            through: [ProbeSpec(target: Target(scheme: .icmp, host: "fd01::4"))]
        )
        let naming = PathNaming(paths: Example.paths + [six], links: Example.links + [link])
        let route = Example.route("ipsec0")
        #expect(naming.identity(of: ip("10.1.0.4"), host: "x", hops: [], route: route).path == Example.vpn)
        let other = naming.identity(of: ip("fd01::4"), host: "x", hops: [], route: route)
        #expect(other.candidates == [Example.vpn, six.id], "a link of the VPN names a host, which may have both")
    }

    @Test("links that hold the target are named with role and tier")
    func links() {
        let through = identity(hops("172.16.0.2"))
        #expect(through.links == [.init(link: "seoul-koreacentral", role: .through, tier: 1)])
        let workload = identity([], Example.route("ipsec0"), target: "10.1.0.9", host: "app.contoso.com")
        #expect(workload.links == [.init(link: "seoul-koreacentral", role: .workload, tier: 2)])
        #expect(workload.evidence.contains("kr-vpn is tier 2 of the link seoul-koreacentral"))
        #expect(identity([], target: "10.7.7.7").links.isEmpty)
        #expect(identity([]).links == [.init(link: "seoul-koreacentral", role: .through, tier: nil)])
    }

    @Test("public routers before a public target are the Internet, unless a circuit has public peering")
    func internet() {
        let internet = PathSpec(id: .internet, kind: .internet, peering: .microsoft)
        let way = hops("10.0.0.1", "8.8.4.4", "20.60.1.1")
        let plain = PathNaming(paths: Example.paths + [internet])
        #expect(plain.identity(of: ip("20.60.1.1"), host: "x", hops: way, route: nil).path == .internet)
        #expect(plain.identity(of: ip("10.1.0.4"), host: "x", hops: way, route: nil).path == nil)
        var peered = Example.paths + [internet]
        peered[0].peering = .microsoft
        let other = PathNaming(paths: peered)
        #expect(other.identity(of: ip("20.60.1.1"), host: "x", hops: way, route: nil).path == nil)
    }
}
