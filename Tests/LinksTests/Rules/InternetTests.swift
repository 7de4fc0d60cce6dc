import Links
import Model
import Testing
import Wire

/// Microsoft's public services on a customer edge: over the connections of a circuit, which are pinned by source, else over
/// the Internet, whose probes follow the host's route.
@Suite("The Internet as a path without a pin")
struct InternetTests {
    private static let through = Target(scheme: .icmp, host: "13.107.6.1")
    private static let connections = [Connection.primary, .secondary].map { PathID(circuit: "ms", connection: $0) }

    private static func model() throws -> LinksModel {
        var paths: [PathSpec] = []
        for (connection, subnet, source) in [
            (Connection.primary, "172.16.2.0", "10.9.0.15"), (.secondary, "172.16.2.4", "10.9.0.16"),
        ] {
            let network = try #require(IPAddress(subnet) as IPAddress?)
            paths.append(
                PathSpec(
                    id: PathID(circuit: "ms", connection: connection),
                    kind: .expressroute,
                    circuit: "ms",
                    connection: connection,
                    peering: .microsoft,
                    subnet: Subnet(address: network, prefixLength: 30),
                    pin: Pin(source: IPAddress(source), returns: true)
                )
            )
        }
        paths.append(PathSpec(id: .internet, kind: .internet, peering: .microsoft))
        let link = LinkSpec(
            name: "ms",
            peering: .microsoft,
            tiers: [connections, [.internet]],
            through: [ProbeSpec(target: through)],
            workloads: [ProbeSpec(target: Target(scheme: .tcp, host: "13.107.6.2", port: 443))]
        )
        return LinksModel(
            topology: Topology(
                site: SiteSpec(name: "s", vantage: "v", references: []),
                paths: paths,
                links: [link]
            ),
            at: at(0)
        )
    }

    private static func route(_ interface: String, _ gateway: String) -> RouteObservation {
        RouteObservation(verdict: .route(interface: interface, gateway: IPAddress(gateway), source: nil))
    }

    /// Ten seconds in which everything answers and the host's route leads by `way`.
    private func play(_ model: inout LinksModel, _ way: RouteObservation, from start: Double) {
        let pins = [
            (Self.connections[0], Self.route("m1", "172.16.2.2")),
            (Self.connections[1], Self.route("m2", "172.16.2.6")),
        ]
        for second in stride(from: start, to: start + 10, by: 0.5) {
            for path in Self.connections + [.internet] {
                let key = ProbeKey(link: "ms", path: path.rawValue, role: .through, target: Self.through)
                guard let stream = model.stream(of: key) else { continue }
                _ = model.apply(
                    .outcome(
                        stream: stream,
                        Outcome(
                            probe: ProbeID(rawValue: 0),
                            sequence: UInt64(second * 2),
                            sentAt: at(second),
                            settledAt: at(second + 0.01),
                            result: .answered(roundTrip: .milliseconds(10), clock: .kernel)
                        )
                    )
                )
            }
            for (path, route) in pins { _ = model.apply(.pinRoute(path: path, route, at: at(second))) }
            _ = model.apply(.pinRoute(path: .internet, way, at: at(second)))
            let target = Target(scheme: .tcp, host: "13.107.6.2", port: 443)
            _ = model.apply(.route(link: "ms", target: target, flow: 0, way, at: at(second)))
            _ = model.apply(.routesSettled(at: at(second)))
            _ = model.apply(.tick(at: at(second + 0.1)))
        }
    }

    private func internet(_ model: LinksModel) -> PathStatus? {
        model.snapshot().links.first?.paths.first { $0.path == .internet }
    }

    @Test("while the host's route leads over the circuit nothing tests the Internet: unknown, and no pin is lost")
    func untested() throws {
        var model = try Self.model()
        play(&model, Self.route("m1", "172.16.2.2"), from: 0)
        #expect(internet(model)?.state == .unknown)
        #expect(internet(model)?.evidence.first?.text.contains("it has no pin") == true)
        let snapshot = model.snapshot()
        #expect(snapshot.links.first?.activeTier == 1)
        #expect(snapshot.paths.allSatisfy { $0.forward != .wrong })
    }

    @Test("a route that is none of the connections' own leads over the Internet, which is tested then")
    func moved() throws {
        var model = try Self.model()
        play(&model, Self.route("m1", "172.16.2.2"), from: 0)
        play(&model, Self.route("in", "192.0.2.2"), from: 10)
        let link = try #require(model.snapshot().links.first)
        #expect(link.activeTier == 2 && link.state == .failedOver)
        #expect(internet(model)?.state == .up)
    }
}
