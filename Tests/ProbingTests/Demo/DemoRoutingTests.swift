import Model
import Sockets
import Testing
import Wire

@testable import Probing

@Suite("Routes of the embedded network")
struct DemoRoutingTests {
    private static let up = Duration.seconds(1)
    private static let moved = Duration.seconds(14)

    private func host(_ port: UInt16) -> SocketAddress {
        SocketAddress(.v4(IPv4Address(127, 0, 0, 1)), port: port)
    }

    private func question(_ port: UInt16) -> RouteQuestion {
        RouteQuestion(
            destination: DemoLayout.workload,
            flow: .init(ipProtocol: 17, sourcePort: port, destinationPort: 9)
        )
    }

    @Test("a pinned source goes its own path whatever the routes say", arguments: [DemoPath.primary, .secondary, .vpn])
    func pinned(path: DemoPath) throws {
        var routing = DemoRouting()
        let source = SocketAddress(try #require(DemoLayout.source(of: path)), port: 40000)
        for elapsed in [Self.up, Self.moved] {
            let taken = routing.path(to: .workload, from: source, at: elapsed)
            #expect(taken == path)
        }
    }

    @Test("eight flows use both connections, and each stays on its own")
    func flows() {
        var routing = DemoRouting()
        let first = (0..<8).map { routing.path(to: .workload, from: host(50000 + $0 * 2), at: Self.up) }
        let again = (0..<8).map { routing.path(to: .workload, from: host(50000 + $0 * 2), at: Self.up) }
        #expect(first == again)
        #expect(first.count(where: { $0 == .primary }) == 4)
        #expect(first.count(where: { $0 == .secondary }) == 4)
    }

    @Test("the route that is told is the way that the packet goes")
    func agreement() {
        var routing = DemoRouting()
        for port in 40000..<40050 as Range<UInt16> {
            for elapsed in [Self.up, Self.moved, .seconds(26)] {
                let path = routing.path(to: .workload, from: host(port), at: elapsed)
                let told = routing.observe(question(port), at: elapsed)
                let expected = RouteObservation.Verdict.route(
                    interface: DemoLayout.interface(of: path),
                    gateway: DemoLayout.nextHop(of: path),
                    source: DemoLayout.source(of: path)
                )
                #expect(told.verdict == expected)
            }
        }
    }

    @Test("the gateway of a connection is its Microsoft edge, inside its subnet")
    func gateways() throws {
        var routing = DemoRouting()
        let observation = routing.observe(question(1), at: Self.up)
        guard case .route(_, let gateway, _) = observation.verdict else {
            Issue.record("no route")
            return
        }
        let subnet = try #require(DemoTopology.make { _ in 1 }.paths[0].subnet)
        #expect(subnet.contains(try #require(gateway)))
    }

    @Test("more flows than are remembered still have one path each")
    func manyFlows() {
        var routing = DemoRouting()
        let ports = Array(1024..<60000 as Range<UInt16>)
        let first = ports.map { routing.path(to: .workload, from: host($0), at: Self.up) }
        let again = ports.map { routing.path(to: .workload, from: host($0), at: Self.up) }
        #expect(first == again)
    }

    @Test("another destination has no route")
    func elsewhere() {
        var routing = DemoRouting()
        let question = RouteQuestion(destination: .v4(IPv4Address(198, 51, 100, 1)))
        let observation = routing.observe(question, at: Self.up)
        #expect(observation.verdict == .none(.noRoute))
    }

    @Test("the topology has two tiers, a pin for each path and eight flows")
    func topology() throws {
        let topology = DemoTopology.make { _ in 4711 }
        let link = try #require(topology.links.first)
        #expect(link.tiers.map(\.count) == [2, 1])
        #expect(link.paths.allSatisfy { topology.path($0)?.pin.source != nil })
        #expect(Set(topology.paths.map(\.pin.source)).count == 3)
        #expect(link.workloads.map(\.flows) == [8])
        #expect(topology.site.references.count == 1)
    }
}
