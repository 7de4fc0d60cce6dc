import Links
import Model
import Testing
import Wire

/// Microsoft's public services: over a circuit, and over the Internet when it fails.
@Suite("which path a route means where one of them is the Internet")
struct RouteIdentityTests {
    private static let internet = PathSpec(id: .internet, kind: .internet, peering: .microsoft)

    private static func connection(_ name: String, pin: Pin) -> PathSpec {
        let id = PathID(rawValue: "ms-01/\(name)")
        return PathSpec(id: id, kind: .expressroute, circuit: "ms-01", peering: .microsoft, pin: pin)
    }

    private static func route(over interface: String) -> RouteObservation {
        RouteObservation(verdict: .route(interface: interface, gateway: nil, source: nil))
    }

    @Test("what leaves over none of the circuit's interfaces leaves over the Internet")
    func leavesElsewhere() {
        let paths = [
            Self.connection("primary", pin: Pin(interface: "er1")),
            Self.connection("secondary", pin: Pin(interface: "er2")), Self.internet,
        ]
        #expect(RouteIdentity(Self.route(over: "wan"), among: paths) == .path(.internet))
        #expect(RouteIdentity(Self.route(over: "er2"), among: paths) == .path(paths[1].id))
    }

    @Test("on the customer edge, connections pinned by source have ways of their own; another way is the Internet's")
    func pinnedBySource() {
        let paths = [
            Self.connection("primary", pin: Pin(source: IPAddress("10.9.0.15"))),
            Self.connection("secondary", pin: Pin(source: IPAddress("10.9.0.16"))), Self.internet,
        ]
        var ways = [paths[0].id: RouteWay(interface: "er1", gateway: IPAddress("172.16.2.2"))]
        #expect(RouteIdentity(Self.route(over: "wan"), among: paths, ways: ways) == .undecided)
        ways[paths[1].id] = RouteWay(interface: "er2", gateway: IPAddress("172.16.2.6"))
        #expect(RouteIdentity(Self.route(over: "wan"), among: paths, ways: ways) == .path(.internet))
    }

    @Test("where a connection has no interface of its own, as behind a router, the same route proves nothing")
    func behindARouter() {
        let paths = [
            Self.connection("primary", pin: Pin(interface: "er1")), Self.connection("secondary", pin: .none),
            Self.internet,
        ]
        #expect(RouteIdentity(Self.route(over: "lan0"), among: paths) == .undecided)
    }

    @Test("on one LAN a pin's next hop tells its path from the others: a route by another next hop is not its own")
    func nextHop() {
        let vpn = PathSpec(
            id: PathID(rawValue: "vpn"),
            kind: .vpn,
            peering: .private,
            pin: Pin(interface: "lan0", nextHop: IPAddress("10.30.0.3"))
        )
        let paths = [Self.connection("primary", pin: Pin(source: IPAddress("10.9.0.11"))), vpn]
        func route(by gateway: String) -> RouteObservation {
            RouteObservation(verdict: .route(interface: "lan0", gateway: IPAddress(gateway), source: nil))
        }
        #expect(RouteIdentity(route(by: "10.30.0.3"), among: paths) == .path(vpn.id))
        #expect(RouteIdentity(route(by: "10.30.0.1"), among: paths) == .undecided)
    }

    @Test("a link-local next hop is the router of the pin where no other path can leave by that interface")
    func linkLocal() {
        let pins = [Pin(interface: "er1", nextHop: IPAddress("2001:db8::2")), Pin(interface: "er2")]
        let route = RouteObservation(
            verdict: .route(interface: "er1", gateway: IPAddress("fe80::1"), source: nil)
        )
        let paths = [Self.connection("primary", pin: pins[0]), Self.connection("secondary", pin: pins[1])]
        #expect(RouteIdentity(route, among: paths) == .path(paths[0].id))
        let shared = [paths[0], Self.connection("secondary", pin: Pin(source: IPAddress("2001:db8::9")))]
        #expect(RouteIdentity(route, among: shared) == .undecided)
    }

    @Test("the Internet alone is meant by whatever route there is")
    func alone() {
        #expect(RouteIdentity(Self.route(over: "lan0"), among: [Self.internet]) == .path(.internet))
    }
}
