import Model
import Testing

@testable import Alerting

@Suite struct MaintenanceTests {
    private func window(
        circuit: String? = nil,
        connection: Connection? = nil,
        vpn: String? = nil,
        link: String? = nil,
        from: Double = 900,
        to: Double = 1100
    ) -> MaintenanceWindow {
        MaintenanceWindow(
            circuit: circuit,
            connection: connection,
            vpn: vpn,
            link: link,
            from: at(from).wall,
            to: at(to).wall,
            ticket: "TRK-123"
        )
    }

    private func severities(_ scenario: Scenario) -> [AlertName: AlertSeverity] {
        Dictionary(scenario.active.map { ($0.identity.name, $0.severity) }) { first, _ in first }
    }

    private func lost() -> Scenario {
        var scenario = Scenario()
        scenario.set(Scenario.primary, .down)
        scenario.set(Scenario.secondary, .down)
        scenario.activate(.tier(2), [Scenario.vpn])
        scenario.link { $0.state = .down }
        return scenario
    }

    @Test("a window on a circuit turns its alerts to information with the ticket, also the failover it causes")
    func circuit() throws {
        var scenario = lost()
        scenario.settings.maintenance = [window(circuit: "kr-er-01")]
        #expect(severities(scenario) == [.circuitLost: .info, .failedOver: .info, .linkDown: .critical])
        #expect(try #require(scenario.condition(.circuitLost)).extraLabels["ticket"] == "TRK-123")
    }

    @Test("a window on one connection does not excuse the loss of both")
    func connection() {
        var scenario = lost()
        scenario.settings.maintenance = [window(circuit: "kr-er-01", connection: .primary)]
        #expect(severities(scenario)[.circuitLost] == .critical)
        #expect(severities(scenario)[.failedOver] == .warning)
        scenario = Scenario()
        scenario.set(Scenario.primary, .down)
        scenario.settings.maintenance = [window(circuit: "kr-er-01", connection: .primary)]
        #expect(severities(scenario) == [.redundancyLost: .info])
        scenario.settings.maintenance = [window(circuit: "kr-er-01", connection: .secondary)]
        #expect(severities(scenario) == [.redundancyLost: .warning])
    }

    @Test(
        "a window on one connection covers the flows that are lost with it, and no others",
        arguments: [
            ([Scenario.primary], AlertSeverity.info), ([Scenario.secondary], .critical),
            ([Scenario.primary, Scenario.secondary], .critical), ([nil], .critical),
            ([Scenario.primary, nil], .critical),
        ] as [([PathID?], AlertSeverity)]
    )
    func lostFlows(paths: [PathID?], severity: AlertSeverity) {
        var scenario = Scenario()
        scenario.link {
            $0.workloads[0].flows = 8
            $0.workloads[0].lostFlows = paths.enumerated().map { number, path in
                LostFlow(number: number, since: at(900).monotonic, path: path)
            }
        }
        scenario.settings.maintenance = [window(circuit: "kr-er-01", connection: .primary)]
        #expect(severities(scenario) == [.flowsLost: severity])
    }

    @Test("a window on a VPN or a link covers that object alone")
    func others() {
        var scenario = lost()
        scenario.settings.maintenance = [window(link: "seoul-koreacentral")]
        #expect(severities(scenario) == [.circuitLost: .critical, .failedOver: .info, .linkDown: .info])
        scenario = Scenario()
        scenario.set(Scenario.vpn, .down)
        scenario.settings.maintenance = [window(vpn: "kr-vpn")]
        #expect(severities(scenario) == [.standbyPathDown: .info])
    }

    @Test(
        "a window counts from its first moment to before its last",
        arguments: [(900, true), (899, false), (1100, false)]
    )
    func times(now: Double, isOpen: Bool) {
        var scenario = lost()
        scenario.settings.maintenance = [window(circuit: "kr-er-01")]
        scenario.clock = at(now)
        #expect((severities(scenario)[.circuitLost] == .info) == isOpen)
    }

    @Test("no window silences what netprobe says of itself")
    func own() {
        var scenario = Scenario()
        scenario.settings.maintenance = [window(link: "seoul-koreacentral"), window(circuit: "kr-er-01")]
        scenario.report.stateNotPersisted = "disk full"
        #expect(severities(scenario) == [.stateNotPersisted: .warning])
    }
}
