import Glibc
import Model
import Sockets
import TestSupport
import Testing
import Wire

@Suite("Asking the kernel for routes", .onOwnThread)
struct RouteQueryTests {
    /// A namespace with two uplinks and the kinds of route there are.
    private func network() throws -> NetlinkNamespace {
        let network = try NetlinkNamespace()
        for command in [
            "link set lo up",
            "link add v0 mtu 1400 type veth peer name v1", "link set v1 up", "link set v0 up",
            "link add v2 type veth peer name v3", "link set v3 up", "link set v2 up",
            "link add down0 type veth peer name down1",
            "addr add 10.0.0.2/24 dev v0", "addr add 10.0.1.2/24 dev v2", "addr add fd01::2/64 dev v0 nodad",
            "neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev v0 nud permanent",
            "neigh add 10.0.1.1 lladdr 02:00:00:00:00:02 dev v2 nud reachable",
            "route add 10.1.0.0/16 via 10.0.0.1 mtu 1300", "route add 10.2.0.0/16 via 10.0.0.9",
            "route add unreachable 10.3.0.0/16", "route add blackhole 10.4.0.0/16", "route add prohibit 10.5.0.0/16",
            "route add 10.6.0.0/16 nexthop via 10.0.0.1 nexthop via 10.0.1.1",
            "route add fd02::/64 via fd01::1",
            "rule add fwmark 7 table 70", "route add 10.1.0.0/16 via 10.0.1.1 table 70",
        ] {
            try network.ip(command)
        }
        return network
    }

    @Test("routes, gateways, neighbours and MTU are as the kernel has them")
    func observations() throws {
        guard Requirement.met(.root, .program("ip", package: "iproute2")) else { return }
        let network = try network()
        let cases: [(String, RouteObservation)] = [
            ("10.1.0.4", Self.route("v0", "10.0.0.1", "10.0.0.2", .permanent, mtu: 1300)),
            ("10.2.0.4", Self.route("v0", "10.0.0.9", "10.0.0.2", .none, mtu: 1400)),
            ("10.0.1.1", Self.route("v2", nil, "10.0.1.2", .reachable, mtu: 1500)),
            ("fd02::9", Self.route("v0", "fd01::1", "fd01::2", .none, mtu: 1400)),
            ("10.0.0.2", Self.route("lo", nil, "10.0.0.2", .none, mtu: 65536)),
            ("10.3.0.1", RouteObservation(verdict: .none(.unreachableHost))),
            ("10.4.0.1", RouteObservation(verdict: .none(.noRoute))),
            ("10.5.0.1", RouteObservation(verdict: .none(.adminProhibited))),
            ("198.51.100.1", RouteObservation(verdict: .none(.noRoute))),
            ("fd99::1", RouteObservation(verdict: .none(.noRoute))),
        ]
        let questions = try cases.map { RouteQuestion(destination: try #require(IPAddress($0.0))) }
        let answers = try network.inside {
            let query = try RouteQuery()
            return try questions.map { try query.observe($0) }
        }
        for (index, expected) in cases.enumerated() {
            #expect(answers[index] == expected.1, "\(expected.0)")
        }
    }

    @Test("a mark and an interface choose the route as they would for a packet")
    func pins() throws {
        guard Requirement.met(.root, .program("ip", package: "iproute2")) else { return }
        let network = try network()
        let target = try #require(IPAddress("10.1.0.4"))
        let answers = try network.inside {
            let query = try RouteQuery()
            return [
                try query.observe(RouteQuestion(destination: target, mark: 7)),
                try query.observe(RouteQuestion(destination: target, interface: "v0")),
                try query.observe(RouteQuestion(destination: target, interface: "down0")),
                try query.observe(RouteQuestion(destination: target, interface: "absent0")),
            ]
        }
        #expect(answers[0] == Self.route("v2", "10.0.1.1", "10.0.1.2", .reachable, mtu: 1500))
        #expect(answers[1] == Self.route("v0", "10.0.0.1", "10.0.0.2", .permanent, mtu: 1300))
        #expect(answers[2] == RouteObservation(verdict: .none(.interfaceDown)))
        #expect(answers[3] == RouteObservation(verdict: .none(.interfaceDown)))
    }

    @Test("flows of one target spread over the next hops, and each flow stays on its own")
    func flows() throws {
        guard Requirement.met(.root, .program("ip", package: "iproute2")) else { return }
        let network = try network()
        let target = try #require(IPAddress("10.6.0.4"))
        try network.set("net.ipv4.fib_multipath_hash_policy", to: "1")
        let answers = try network.inside {
            let query = try RouteQuery()
            return try (0..<2).map { _ in
                try (0..<32).map { flow in
                    let ports = RouteQuestion.Flow(
                        ipProtocol: 6,
                        sourcePort: 40000 + UInt16(flow),
                        destinationPort: 443
                    )
                    return try query.observe(RouteQuestion(destination: target, flow: ports)).verdict
                }
            }
        }
        #expect(answers[0] == answers[1])
        #expect(Set(answers[0]).count == 2)
    }

    @Test(
        "the way that is told of a flow is the way of its connection",
        arguments: ["", "src 10.9.0.1 "]
    )
    func connections(preferred: String) throws {
        guard Requirement.met(.root, .program("ip", package: "iproute2")) else { return }
        let network = try network()
        try network.ip("addr add 10.9.0.1/32 dev lo")
        try network.ip("route add 10.7.0.0/16 \(preferred)nexthop via 10.0.0.1 nexthop via 10.0.1.1")
        try network.set("net.ipv4.fib_multipath_hash_policy", to: "1")
        let target = try #require(IPAddress("10.7.0.4"))
        let (told, taken) = try network.inside {
            let query = try RouteQuery()
            let ports = (0..<32).map { 61_000 + UInt16($0) }
            let told = try ports.map { port in
                let flow = RouteQuestion.Flow(ipProtocol: 6, sourcePort: port, destinationPort: 443)
                return try query.observe(RouteQuestion(destination: target, flow: flow)).mtu
            }
            return (told, try ports.map { try Self.connectionMTU(from: $0, to: SocketAddress(target, port: 443)) })
        }
        #expect(told == taken)
        #expect(Set(taken) == [1400, 1500])
    }

    /// The MTU of the way that the kernel gave to a connection; the two uplinks differ in it.
    private static func connectionMTU(from port: UInt16, to target: SocketAddress) throws -> Int {
        let socket = try Socket(.v4, .stream)
        try socket.bind(to: SocketAddress(.v4(IPv4Address(0, 0, 0, 0)), port: port))
        _ = try socket.connect(to: target)
        var mtu: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let isRead = unsafe getsockopt(socket.number, Int32(IPPROTO_IP), IP_MTU, &mtu, &size)
        try #require(isRead == 0)
        return Int(mtu)
    }

    @Test("interfaces are listed with their addresses")
    func interfaces() throws {
        guard Requirement.met(.root, .program("ip", package: "iproute2")) else { return }
        let network = try network()
        let interfaces = try network.inside { try RouteQuery().interfaces() }
        let uplink = try #require(interfaces.first { $0.name == "v0" })
        #expect(uplink.mtu == 1400)
        #expect(uplink.observation.isUsable)
        #expect(uplink.addresses.contains { $0.address == IPAddress("10.0.0.2") && $0.prefixLength == 24 })
        #expect(uplink.addresses.contains { $0.address == IPAddress("fd01::2") && $0.prefixLength == 64 })
        #expect(try #require(interfaces.first { $0.name == "lo" }).isLoopback)
        #expect(try #require(interfaces.first { $0.name == "down0" }).observation.isUsable == false)
    }

    private static func route(
        _ interface: String,
        _ gateway: String?,
        _ source: String,
        _ neighbour: NeighbourState,
        mtu: Int
    ) -> RouteObservation {
        let verdict = RouteObservation.Verdict.route(
            interface: interface,
            gateway: gateway.flatMap { IPAddress($0) },
            source: IPAddress(source)
        )
        return RouteObservation(verdict: verdict, neighbour: neighbour, mtu: mtu)
    }
}
