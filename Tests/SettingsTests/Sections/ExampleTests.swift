import Model
import Settings
import TestSupport
import Testing

@Suite("the documented example")
struct ExampleTests {
    /// It lies beside the repository, where there is one.
    static let path = "\(Repository.root)/../shared/examples/netprobe.yml"
    static var isThere: Bool { (try? Repository.bytes(of: path)) != nil }

    private func example() throws -> Configuration {
        let folder = "\(Repository.root)/../shared/examples"
        return try load(path: Self.path, folder: folder, environment: [:], host: TestHost()).configuration()
    }

    @Test("it loads unchanged, and its defaults and detection are the defaults", .enabled(if: isThere))
    func defaults() throws {
        let configuration = try example()
        #expect(configuration.defaults == ProbeDefaults())
        #expect(configuration.links.map(\.detection) == [Detection(), Detection()])
        #expect(configuration.alerting.endsAfter == .seconds(900) && !configuration.alerting.dryRun)
        #expect(configuration.server.listen.description == "127.0.0.1:9719")
        #expect(configuration.stateDirectory == "/var/lib/netprobe")
    }

    @Test("its topology has the paths of circuit, VPN and Internet", .enabled(if: isThere))
    func topology() throws {
        let topology = try example().topology
        #expect(topology.paths.map(\.id.rawValue) == ["kr-er-01/primary", "kr-er-01/secondary", "kr-vpn", "internet"])
        #expect(topology.paths.map(\.kind) == [.expressroute, .expressroute, .vpn, .internet])
        #expect(topology.paths.map(\.peering) == [.private, .private, .private, .microsoft])
        #expect(
            topology.paths.map { $0.edge.map(\.target.description) } == [
                ["icmp://172.16.0.2"], ["icmp://172.16.0.6"], ["icmp://10.1.255.30"], [],
            ]
        )
        #expect(topology.paths[2].gateways == ["20.41.0.10", "20.41.0.11"] && topology.paths[2].ike == .hint)
        #expect(topology.paths[0].pin.returns && topology.paths[0].provider == "kt")
        #expect(topology.links.first?.workloads.map(\.flows) == [8, 1])
        #expect(topology.site.references.map(\.target.description) == ["icmp://10.0.0.1", "tcp://10.0.0.53:53"])
    }

    @Test("what it asks for beyond links is read too", .enabled(if: isThere))
    func rest() throws {
        let configuration = try example()
        #expect(configuration.storage.first?.via.map(\.name) == ["direct", "corp-proxy"])
        #expect(configuration.proxies.first?.authentication?.password == .file("/etc/netprobe/proxy.password"))
        #expect(
            configuration.probes.map(\.spec.target.description) == [
                "dns://10.1.0.53/app.contoso.com?type=A", "https://portal.contoso.com/health",
            ]
        )
        #expect(configuration.probes.map(\.via) == [nil, "corp-proxy"])
        #expect(configuration.alerting.rules == ["StandbyPathDown": AlertRuleOverride(holdFor: .seconds(300))])
        #expect(configuration.alerting.alertmanagers.map { $0.url.reveal() } == ["http://127.0.0.1:9093"])
    }
}
