import Model
import Settings
import Testing
import Wire

@Suite("a file with every key")
struct FullFileTests {
    @Test("site, server and defaults are read")
    func site() throws {
        let configuration = try Sample.full().configuration()
        #expect(configuration.site.name == "busan" && configuration.site.vantage == "probe-b")
        let reference = try #require(configuration.site.references.last)
        let expected = ProbeSpec(
            target: Target(scheme: .tcp, host: "2001:db8::53", port: 53),
            interval: .seconds(2),
            timeout: .milliseconds(500),
            trace: .seconds(60),
            flows: 2
        )
        #expect(reference == expected)
        #expect(configuration.server.listen == HostPort(host: "::1", port: 9720))
        #expect(configuration.server.probeAllow.map(\.description) == ["10.0.0.0/8", "2001:db8::/32"])
        #expect(configuration.server.probeDeny.map(\.description) == ["169.254.169.254/32"])
        #expect(configuration.stateDirectory == "/srv/netprobe")
        #expect(configuration.defaults.interval == .milliseconds(500))
        #expect(configuration.defaults.timeout == .milliseconds(400))
        #expect(configuration.defaults.flows == 4)
        #expect(configuration.defaults.resolver == HostPort(host: "10.2.0.53", port: 53))
        #expect(configuration.plan == "\(Sample.fullFolder)/plan.yml")
        #expect(configuration.hostChecks.interval == .seconds(60))
    }

    @Test("circuits and VPNs are read, with the Microsoft edge where no edge is written")
    func paths() throws {
        let configuration = try Sample.full().configuration()
        let circuit = try #require(configuration.circuits.first)
        #expect(circuit.provider == "sk" && circuit.peering == .private && circuit.bfd == .session)
        #expect(circuit.primary.pin.source == IPAddress("10.9.1.11"))
        #expect(circuit.primary.pin.dscp == 46 && circuit.primary.pin.returns)
        #expect(circuit.primary.pin.nextHop == IPAddress("10.9.1.1"))
        #expect(circuit.primary.edge.map(\.target.description) == ["icmp://172.17.0.2", "bfd://172.17.0.2"])
        #expect(circuit.primary.edge.map(\.interval) == [.milliseconds(500), .milliseconds(50)])
        #expect(circuit.secondary.pin == Pin(mark: 31))
        #expect(circuit.secondary.edge.map(\.target.description) == ["icmp://[2001:db8:1::2]"])
        let vpn = try #require(configuration.vpns.first)
        #expect(vpn.gateways == ["vpn.contoso.com", "2001:db8::10"])
        #expect(vpn.pin == Pin(interface: "ipsec0") && vpn.ike == .required)
        #expect(vpn.edge.map(\.interval) == [.seconds(2)])
    }

    @Test("links are read, from the file, the include and the table")
    func links() throws {
        let configuration = try Sample.full().configuration()
        let names = [
            "busan-core", "busan-public", "busan-japaneast", "from-include", "daegu-koreacentral", "jeju-named",
        ]
        #expect(configuration.links.map(\.name) == names)
        let link = try #require(configuration.links.first)
        #expect(link.tiers == [["busan-er/primary", "busan-er/secondary"], ["busan-vpn"]].map { $0.map(PathID.init) })
        #expect(link.through.map(\.target.description) == ["icmp://10.1.0.4"])
        #expect(link.workloads.map(\.flows) == [1, 1, 2])
        #expect(link.workloads.map(\.expect) == [["ok", "fine"], ["10.1.0.4"], []])
        #expect(link.workloads.first?.caFile == "\(Sample.fullFolder)/ca.pem")
        #expect(link.labels == ["team": "core", "note": "no"])
        #expect(link.detection.downAfter == 4 && link.detection.upAfter == 20)
        #expect(link.detection.waitToRestore == .seconds(30) && link.detection.degradedLoss == 0.025)
        #expect(link.detection.degradedRTTRatio == 1.5 && link.detection.degradedRTTFloor == .microseconds(250))
        #expect(link.detection.outageBudget == .seconds(10) && link.detection.failback == .manual)
        #expect(link.detection.failbackBudget == .seconds(300))
        #expect(configuration.links[2].detection.downAfter == 6)
        #expect(configuration.links[4].detection.downAfter == 5)
        #expect(configuration.links[4].workloads.map(\.flows) == [4])
    }

    @Test("maintenance, storage, proxies, profiles, capture and probes are read")
    func services() throws {
        let configuration = try Sample.full().configuration()
        let window = try #require(configuration.maintenance.first)
        #expect(window.circuit == "busan-er" && window.connection == .primary && window.ticket == "TRK-1")
        #expect(window.to - window.from == .seconds(4 * 3600))
        let account = try #require(configuration.storage.first)
        #expect(account.services == [.blob, .file, .dfs, .table, .queue, .web])
        #expect(account.via.map(\.name) == ["direct", "corp"] && account.via.map(\.expected) == [.allow, .deny])
        #expect(account.expect == .private && account.suffix == "core.usgovcloudapi.net")
        #expect(account.link == "busan-core" && account.interval == .seconds(60))
        #expect(account.endpoint?.reveal() == "https://127.0.0.1:8443/busan")
        let proxy = try #require(configuration.proxies.first)
        #expect(proxy.authentication?.schemes == [.ntlm, .basic] && proxy.authentication?.username == "CORP\\svc")
        #expect(proxy.authentication?.password == .value(Secret("hunter2-proxy")))
        #expect(proxy.mustDeny.map(\.redacted) == ["https://example.org"])
        #expect(proxy.interval == .seconds(20) && proxy.allowList == "\(Sample.fullFolder)/patterns.txt")
        #expect(proxy.sticky?.requests == 12 && proxy.sticky?.echo.redacted == "https://echo.contoso.com/address")
        var recovery = Profile(kind: .azureSiteRecovery, region: "koreacentral", via: ["corp"])
        recovery.hosts = ["a.hypervrecoverymanager.windowsazure.com"]
        #expect(configuration.profiles == [recovery, Profile(kind: .azureBackup, region: "koreasouth")])
        #expect(configuration.probes[1].spec.keyFile == "\(Sample.fullFolder)/probe.key")
        #expect(configuration.capture.interfaces == ["tap0"] && configuration.capture.flows == 4096)
        #expect(configuration.probes.map(\.via) == [nil, "corp"])
        #expect(configuration.probes.last?.spec.expect == ["200"])
    }

    @Test("alerting is read, its secrets from the environment and from files")
    func alerting() throws {
        let alerting = try Sample.full().configuration().alerting
        #expect(alerting.alertmanagers.map { $0.url.reveal() }.first == "http://alertmanager-a:9093")
        let folder = Sample.fullFolder
        #expect(
            alerting.alertmanagers.map(\.credentials) == [
                nil, .basic(username: "probe", password: .file("\(folder)/am.password")),
                .basic(username: "probe", password: .value(Secret("hunter2-am"))), .bearer(.file("\(folder)/am.token")),
                .bearer(.value(Secret("hunter2-token"))),
            ]
        )
        let addresses = alerting.webhooks.map { webhook in
            switch webhook.address {
            case .url(let url): url.reveal()
            case .file(let path): path
            }
        }
        #expect(
            addresses == [
                "https://hooks.slack.com/services/T0/B0/hunter2-slack", "\(folder)/teams.url",
                "https://hooks.contoso.com/hunter2-hook/x", "https://events.pagerduty.com/v2/enqueue",
                "https://events.pagerduty.com/v2/enqueue",
            ]
        )
        #expect(alerting.webhooks.map(\.format) == [.slack, .teams, .alertmanager, .pagerduty, .pagerduty])
        #expect(alerting.webhooks[3].routingKey == .value(Secret("hunter2-routing")))
        #expect(alerting.endsAfter == .seconds(1200) && alerting.dryRun)
        #expect(alerting.runbooks?.reveal() == "https://wiki.contoso.com/netprobe/alerts")
        #expect(
            alerting.rules == [
                "StandbyPathDown": .off,
                "RedundancyLost": AlertRuleOverride(holdFor: .seconds(60), severity: .critical),
            ]
        )
    }

    @Test("sections that are written and not built are named, the others not")
    func unbuilt() throws {
        let configuration = try Sample.full().configuration()
        let built = Set(configuration.presentSections).subtracting(["storage", "server.modules", "circuits.bfd"])
        #expect(configuration.unbuiltSections(built: built) == ["server.modules", "storage", "circuits.bfd"])
        #expect(
            try load("storage: []\nproxies: null\nplan:\nserver: {modules: null}\n").configuration().presentSections
                .isEmpty
        )
    }
}
