import Model
import Testing

@testable import Alerting

@Suite struct AlertRulesTests {
    /// One row: what happens, and which alerts hold then.
    struct Row: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var names: [AlertName]
        var change: @Sendable (inout Scenario) -> Void

        init(_ what: String, _ names: [AlertName], _ change: @escaping @Sendable (inout Scenario) -> Void) {
            testDescription = what
            self.names = names.sorted()
            self.change = change
        }
    }

    static let circuits: [Row] = [
        Row("all is well", []) { _ in },
        Row("one connection down", [.redundancyLost]) { $0.set(Scenario.primary, .down) },
        Row("one connection unknown for a minute", [.redundancyLost, .pathUnknown]) {
            $0.set(Scenario.primary, .unknown, ago: 60)
        },
        Row("one connection unknown for less", [.pathUnknown]) { $0.set(Scenario.primary, .unknown, ago: 59) },
        Row("both connections down, traffic not yet moved", [.circuitLost, .notFailedOver]) {
            $0.set(Scenario.primary, .down)
            $0.set(Scenario.secondary, .down)
            $0.link { for index in $0.workloads.indices { $0.workloads[index].state = .down } }
        },
        Row("both connections down by their pins, and the workloads answer all the same", [.circuitLost]) {
            $0.set(Scenario.primary, .down)
            $0.set(Scenario.secondary, .down)
        },
        Row("both connections down behind their edges: the gateway", [.circuitLost, .failedOver, .gatewayUnreachable]) {
            for id in [Scenario.primary, Scenario.secondary] {
                $0.set(id, .down)
                $0.path(id) {
                    $0.edgeAnswers = true
                    $0.layer = .gateway
                }
            }
            $0.activate(.tier(2), [Scenario.vpn])
        },
        Row("both down, traffic on the VPN", [.circuitLost, .failedOver]) {
            $0.set(Scenario.primary, .down)
            $0.set(Scenario.secondary, .down)
            $0.activate(.tier(2), [Scenario.vpn])
        },
        Row("one down, one unknown", [.circuitLost, .pathUnknown]) {
            $0.set(Scenario.primary, .down)
            $0.set(Scenario.secondary, .unknown)
        },
        Row("one down, one never judged yet", [.pathUnknown]) {
            $0.set(Scenario.primary, .down)
            $0.set(Scenario.secondary, .unknown, ago: 2)
            $0.path(Scenario.secondary) { $0.wasJudged = false }
        },
        Row("both unknown", [.pathUnknown, .pathUnknown]) {
            $0.set(Scenario.primary, .unknown)
            $0.set(Scenario.secondary, .unknown)
        },
        Row("one down, the other degraded", [.redundancyLost, .pathDegraded]) {
            $0.set(Scenario.primary, .down)
            $0.set(Scenario.secondary, .degraded)
        },
        Row("down for one link, up for another", []) {
            $0.addHealthyLink()
            $0.set(Scenario.primary, .down)
        },
    ]

    static let links: [Row] = [
        Row("the link is down", [.linkDown]) { $0.link { $0.state = .down } },
        Row("the link is down while the references are unknown", []) {
            $0.link { $0.state = .down }
            $0.facts.references = .unknown
        },
        Row("failed over, the first tier degraded", [.failedOver, .pathDegraded, .pathDegraded]) {
            $0.set(Scenario.primary, .degraded)
            $0.set(Scenario.secondary, .degraded)
            $0.activate(.tier(2), [Scenario.vpn])
        },
        Row("failed over, the first tier well", [.failedOver, .stuckOnBackup]) {
            $0.activate(.tier(2), [Scenario.vpn])
        },
        Row("failed over, failback by hand", [.failedOver]) {
            $0.activate(.tier(2), [Scenario.vpn])
            $0.settings.topology.links[0].detection.failback = .manual
        },
        Row("the active set is unknown", []) { $0.activate(.unknown, []) },
        Row("an outage within its budget", []) {
            $0.link { $0.slowOutage = .init(duration: .seconds(75), endedAt: at(990).monotonic) }
        },
        Row("an outage over its budget", [.failoverTooSlow]) {
            $0.link { $0.slowOutage = .init(duration: .seconds(76), endedAt: at(990).monotonic) }
        },
        Row("an outage over its budget, long ago", []) {
            $0.link { $0.slowOutage = .init(duration: .seconds(76), endedAt: at(600).monotonic) }
        },
        Row("every path unknown", [.pathUnknown, .pathUnknown, .pathUnknown, .pathUnknown]) { scenario in
            for id in [Scenario.primary, Scenario.secondary, Scenario.vpn] { scenario.set(id, .unknown) }
        },
        Row("edges answer, nothing behind this gateway, another link is well", [.gatewayUnreachable, .linkDown]) {
            $0.addHealthyLink()
            for id in [Scenario.primary, Scenario.secondary, Scenario.vpn] {
                $0.set(id, .down)
                $0.path(id) { $0.edgeAnswers = true }
            }
            $0.link { link in
                link.state = .down
                for index in link.workloads.indices { link.workloads[index].state = .down }
            }
        },
        Row(
            "edges answer, nothing behind the only gateway",
            [.circuitLost, .gatewayUnreachable, .linkDown, .standbyPathDown]
        ) {
            for id in [Scenario.primary, Scenario.secondary, Scenario.vpn] {
                $0.set(id, .down)
                $0.path(id) { $0.edgeAnswers = true }
            }
            $0.link { link in
                link.state = .down
                for index in link.workloads.indices { link.workloads[index].state = .down }
            }
        },
        Row(
            "edges answer, and nothing was ever reached",
            [.linkDown, .pathUnknown, .pathUnknown, .pathUnknown, .pathUnknown]
        ) {
            for id in [Scenario.primary, Scenario.secondary, Scenario.vpn] {
                $0.set(id, .unknown)
                $0.path(id) {
                    $0.edgeAnswers = true
                    $0.wasJudged = false
                }
            }
            $0.link { link in
                link.state = .down
                for index in link.workloads.indices { link.workloads[index].state = .unknown }
            }
        },
        Row("edges silent too: not the gateway", [.linkDown]) {
            $0.addHealthyLink()
            for id in [Scenario.primary, Scenario.secondary, Scenario.vpn] {
                $0.set(id, .down)
                $0.path(id) { $0.edgeAnswers = false }
            }
            $0.link { link in
                link.state = .down
                for index in link.workloads.indices { link.workloads[index].state = .down }
            }
        },
        Row("one of two workloads down", [.workloadDown]) { $0.link { $0.workloads[0].state = .down } },
        Row("some flows of a workload are lost", [.flowsLost]) {
            $0.link {
                $0.workloads[0].lostFlows = [1, 5].map { LostFlow(number: $0, since: at(900).monotonic) }
                $0.workloads[0].flows = 8
            }
        },
        Row("losses that go from flow to flow are no lost part", []) {
            $0.link {
                $0.workloads[0].lostFlows = [1, 5].map { LostFlow(number: $0, since: at(998).monotonic) }
                $0.workloads[0].flows = 8
            }
        },
        Row("flows that come back later than others from an outage of all are no lost part", []) {
            $0.link {
                $0.workloads[0].since = at(998).monotonic
                $0.workloads[0].lostFlows = [1, 5].map { LostFlow(number: $0, since: at(900).monotonic) }
                $0.workloads[0].flows = 8
            }
        },
        Row("all flows lost is another alert", [.workloadDown]) {
            $0.link {
                $0.workloads[0].state = .down
                $0.workloads[0].lostFlows = [0, 1].map { LostFlow(number: $0, since: at(900).monotonic) }
                $0.workloads[0].flows = 2
            }
        },
    ]

    static let paths: [Row] = [
        Row("the VPN that nobody looks at is down", [.standbyPathDown]) { $0.set(Scenario.vpn, .down) },
        Row("the VPN that carries the traffic is down", [.failedOver, .notFailedOver, .stuckOnBackup]) {
            $0.set(Scenario.vpn, .down)
            $0.link { for index in $0.workloads.indices { $0.workloads[index].state = .down } }
            $0.activate(.tier(2), [Scenario.vpn])
        },
        Row("a VPN down while nothing is known of the traffic", []) {
            $0.set(Scenario.vpn, .down)
            $0.activate(.unknown, [])
        },
        Row("one tunnel of several", [.vpnTunnelDown]) { $0.path(Scenario.vpn) { $0.tunnelsDown = ["20.41.0.11"] } },
        Row("flapping", [.pathFlapping]) { $0.path(Scenario.vpn) { $0.isFlapping = true } },
        Row("degraded", [.pathDegraded]) { $0.set(Scenario.primary, .degraded) },
        Row("drained", [.pathDrained]) { $0.set(Scenario.primary, .drained) },
        Row("a smaller MTU than before", [.pathMTUReduced]) { $0.path(Scenario.vpn) { $0.reducedMTU = (1400, 1500) } },
        Row("a smaller MTU while the path is down", [.standbyPathDown]) {
            $0.set(Scenario.vpn, .down)
            $0.path(Scenario.vpn) { $0.reducedMTU = (1400, 1500) }
        },
        Row("answers come back elsewhere", [.asymmetricPath]) { $0.path(Scenario.primary) { $0.asymmetry = "eth1" } },
        Row("the pin is lost", [.pathPinLost]) { $0.path(Scenario.primary) { $0.pinLost = "eth0 instead of eth1" } },
    ]

    static let own: [Row] = [
        Row("all references fail, whatever else does", [.vantageIsolated]) {
            $0.facts.references = .allFailed(since: at(990).monotonic)
            $0.set(Scenario.primary, .down)
            $0.set(Scenario.secondary, .down)
            $0.link { $0.state = .down }
        },
        Row("the state is not on disk", [.stateNotPersisted]) { $0.report.stateNotPersisted = "disk full" },
        Row("the capture drops packets", [.captureDropping]) { $0.report.captureDrops = "12 packets of eth0" },
        Row("overloaded", [.overloaded]) { $0.report.overload = "timers 80 ms late" },
    ]

    private static func proxy(_ change: (inout ProxyStatus) -> Void) -> ServiceStatus {
        var status = ProxyStatus(name: "corp", since: at(900).monotonic)
        change(&status)
        return ServiceStatus(proxies: [status])
    }

    private static func storage(
        _ verdict: StorageVerdict,
        _ expectation: StorageExpectation = StorageExpectation(),
        cycles: Int = 3
    ) -> ServiceStatus {
        var status = StorageStatus(
            way: StorageWay(account: "backup", service: "blob", via: "direct"),
            target: "https://backup.blob.core.windows.net/?comp=list",
            link: nil,
            expectation: expectation,
            verdict: verdict,
            evidence: "",
            since: at(900).monotonic
        )
        status.unexpected = cycles
        return ServiceStatus(storage: [status])
    }

    private static func endpoint(
        _ use: EndpointUse,
        _ verdict: EndpointVerdict,
        cycles: Int = 3
    ) -> ServiceStatus {
        var status = EndpointStatus(
            way: EndpointWay(use: use, target: "https://a.test/", via: "corp"),
            verdict: verdict,
            evidence: "",
            since: at(900).monotonic
        )
        status.unexpected = cycles
        var services = ServiceStatus()
        services.endpoints = [status]
        return services
    }

    private static func allowList(_ change: (inout AllowListStatus) -> Void) -> ServiceStatus {
        var status = AllowListStatus(
            way: StorageWay(account: "backup", service: "blob", via: "direct"),
            target: "https://backup.blob.core.windows.net/?comp=list",
            link: nil,
            isWithdrawn: false,
            since: at(900).monotonic
        )
        change(&status)
        var services = ServiceStatus()
        services.allowLists = [status]
        return services
    }

    private static func services(_ change: (inout ServiceStatus) -> Void) -> ServiceStatus {
        var services = ServiceStatus()
        change(&services)
        return services
    }

    static let endpoints: [Row] = [
        Row("a proxy lets through what it must refuse", [.proxyBypassPossible]) {
            $0.facts.services = endpoint(.mustDeny, .reached)
        },
        Row("twice are not three times", []) { $0.facts.services = endpoint(.mustDeny, .reached, cycles: 2) },
        Row("Backup does not reach what it needs", [.backupNotReady]) {
            $0.facts.services = endpoint(.azureBackup, .unreachable)
        },
        Row("a proxy asks Backup who it is", [.backupNotReady]) {
            $0.facts.services = endpoint(.azureBackup, .proxyAuthRequired)
        },
        Row("a proxy asks Site Recovery, which cannot say", [.proxyAuthRequired]) {
            $0.facts.services = endpoint(.azureSiteRecovery, .proxyAuthRequired)
        },
        Row("the TLS of an endpoint is opened", [.tlsIntercepted]) {
            $0.facts.services = endpoint(.azureSiteRecovery, .tlsInspected)
        },
        Row("requests leave by two addresses", [.proxyNotSticky]) {
            $0.facts.services = services { services in
                var status = EgressStatus(proxy: "corp", since: at(900).monotonic)
                status.unexpected = 3
                services.egress = [status]
            }
        },
        Row("an address outside the allow-list", [.endpointOutsideAllowList]) {
            $0.facts.services = allowList { $0.unexpected = 3 }
        },
        Row("an old list", [.allowListStale]) { $0.facts.services = allowList { $0.age = .seconds(9 * 86_400) } },
        Row("a list of a week", []) { $0.facts.services = allowList { $0.age = .seconds(7 * 86_400) } },
        Row("a withdrawn list", [.allowListStale]) { $0.facts.services = allowList { $0.isWithdrawn = true } },
        Row("a pattern that a proxy does not have", [.endpointOutsideAllowList]) {
            $0.facts.services = services {
                $0.uncovered = [
                    UncoveredEndpoint(use: .azureBackup, name: "*.a.test", purpose: "data", proxy: "corp")
                ]
            }
        },
        Row("a certificate ends", [.certificateExpiring]) {
            $0.facts.services = services {
                $0.certificates = [
                    CertificateStatus(
                        link: nil,
                        target: "https://a.test/",
                        via: nil,
                        subject: "CN=a.test",
                        notBefore: at(0).wall + .seconds(-300 * 86_400),
                        notAfter: at(0).wall + .seconds(3 * 86_400)
                    )
                ]
            }
        },
    ]

    static let services: [Row] = [
        Row("a proxy is down", [.proxyDown]) { $0.facts.services = proxy { $0.isDown = true } },
        Row("a proxy asks and nothing is there", [.proxyAuthRequired]) {
            $0.facts.services = proxy { $0.authentication = .required }
        },
        Row("a proxy refuses", [.proxyAuthRejected]) { $0.facts.services = proxy { $0.authentication = .rejected } },
        Row("storage cannot be reached", [.storageUnreachable]) { $0.facts.services = storage(.unreachable) },
        Row("two cycles are not three", []) { $0.facts.services = storage(.unreachable, cycles: 2) },
        Row("somebody else answers", [.storageUnreachable]) { $0.facts.services = storage(.intercepted) },
        Row("its firewall refuses", [.storageFirewallDenied]) { $0.facts.services = storage(.firewallDenied) },
        Row("its firewall lets in whom it must refuse", [.storageFirewallDenied]) {
            $0.facts.services = storage(.reachable, StorageExpectation(kind: .firewallDenied))
        },
        Row("its private endpoint is passed by", [.privateEndpointBypassed]) {
            $0.facts.services = storage(.publicResolution, StorageExpectation(kind: .private))
        },
        Row("its TLS is opened", [.tlsIntercepted]) { $0.facts.services = storage(.tlsInspected) },
        Row("a way that must not exist", [.proxyBypassPossible]) {
            $0.facts.services = storage(.reachable, StorageExpectation(mustReach: false))
        },
    ]

    @Test("each rule says what it must", arguments: circuits + links + paths + own + services + endpoints)
    func table(row: Row) {
        var scenario = Scenario()
        row.change(&scenario)
        #expect(scenario.names == row.names)
    }

    @Test("every rule appears in the table")
    func complete() {
        let tested = Set(
            (Self.circuits + Self.links + Self.paths + Self.own + Self.services + Self.endpoints)
                .flatMap(\.names)
        )
        #expect(Set(AlertName.allCases).subtracting(tested) == [.watchdog])
    }

    @Test("the watchdog always holds, even when the vantage is cut off")
    func watchdog() {
        var scenario = Scenario()
        #expect(scenario.judgement.conditions.map(\.identity.name) == [.watchdog])
        scenario.facts.references = .allFailed(since: at(0).monotonic)
        #expect(scenario.judgement.conditions.map(\.identity.name) == [.watchdog, .vantageIsolated])
        #expect(scenario.judgement.isIsolated)
    }

    @Test("what is unknown is held, not denied")
    func held() {
        var scenario = Scenario()
        #expect(scenario.held.isEmpty)
        scenario.activate(.unknown, [])
        #expect(scenario.held == [.failedOver, .stuckOnBackup, .notFailedOver])
        scenario.set(Scenario.vpn, .down)
        #expect(scenario.held.contains(.standbyPathDown))
        scenario.set(Scenario.primary, .unknown)
        scenario.set(Scenario.secondary, .unknown)
        #expect(scenario.held.isSuperset(of: [.circuitLost, .pathDegraded]))
        scenario.link {
            $0.state = .unknown
            $0.workloads[0].state = .unknown
        }
        #expect(scenario.held.isSuperset(of: [.linkDown, .workloadDown, .flowsLost]))
    }

    @Test("behind a router the way of dead traffic is unknown; with the VPN up and the link down it has not moved")
    func deadBehindRouter() {
        var scenario = Scenario()
        scenario.set(Scenario.primary, .down)
        scenario.set(Scenario.secondary, .down)
        scenario.activate(.unknown, [])
        #expect(scenario.held.contains(.notFailedOver))
        scenario.link {
            $0.state = .down
            for index in $0.workloads.indices { $0.workloads[index].state = .down }
        }
        #expect(scenario.condition(.notFailedOver)?.holdFor == .seconds(75))
        scenario.set(Scenario.vpn, .down)
        #expect(!scenario.names.contains(.notFailedOver))
    }

    @Test("severities and waiting times are those of the contract, and overridable")
    func overrides() throws {
        var scenario = Scenario()
        scenario.set(Scenario.vpn, .down)
        #expect(scenario.condition(.standbyPathDown)?.holdFor == .seconds(120))
        scenario.settings.rules = [.standbyPathDown: AlertRuleOverride(holdFor: .seconds(300), severity: .critical)]
        #expect(scenario.condition(.standbyPathDown)?.holdFor == .seconds(300))
        #expect(scenario.condition(.standbyPathDown)?.severity == .critical)
        scenario.settings.rules = [.standbyPathDown: .off]
        #expect(scenario.names.isEmpty)
    }

    @Test("budgets of the link are the waiting times of NotFailedOver and StuckOnBackup")
    func budgets() {
        var scenario = Scenario()
        scenario.activate(.tier(2), [Scenario.vpn])
        #expect(scenario.condition(.stuckOnBackup)?.holdFor == .seconds(900))
        scenario.activate(.tier(1), [Scenario.primary])
        scenario.set(Scenario.primary, .down)
        scenario.set(Scenario.secondary, .down)
        scenario.link { for index in $0.workloads.indices { $0.workloads[index].state = .down } }
        #expect(scenario.condition(.notFailedOver)?.holdFor == .seconds(75))
    }

    @Test("a whole link unknown is critical after a minute, one path a warning after five")
    func unknowns() {
        var scenario = Scenario()
        for id in [Scenario.primary, Scenario.secondary, Scenario.vpn] { scenario.set(id, .unknown) }
        let conditions = scenario.active.filter { $0.identity.name == .pathUnknown }
        let whole = conditions.filter { $0.identity.object.path == nil }
        #expect(whole.map(\.severity) == [.critical] && whole.map(\.holdFor) == [.seconds(60)])
        #expect(conditions.filter { $0.identity.object.path != nil }.allSatisfy { $0.holdFor == .seconds(300) })
    }

    @Test("labels are those of the object and the link's own; what does not apply is absent")
    func labels() throws {
        var scenario = Scenario()
        scenario.set(Scenario.primary, .down)
        scenario.link { $0.workloads[0].state = .down }
        let book = exampleBook()
        let redundancy = book.labels(of: try #require(scenario.condition(.redundancyLost)))
        #expect(
            redundancy.pairs.map(\.name) == [
                "alertname", "circuit", "connection", "path", "peering", "severity", "site", "vantage",
            ]
        )
        let workload = book.labels(of: try #require(scenario.condition(.workloadDown)))
        #expect(workload["target"] == "tcp://10.1.0.4:443" && workload["team"] == "core")
        #expect(workload["path"] == nil && workload["circuit"] == nil)
    }

    @Test("a link's own labels never replace those of the alert")
    func labelClash() throws {
        var scenario = Scenario()
        scenario.settings.topology.links[0].labels = ["severity": "none", "alertname": "Nothing", "bad-name": "x"]
        scenario.link { $0.state = .down }
        let labels = exampleBook().labels(of: try #require(scenario.condition(.linkDown)))
        #expect(labels["severity"] == "critical" && labels["alertname"] == "LinkDown" && labels["bad_name"] == "x")
    }

    @Test("the description says what, since when and why; the links affected are named")
    func annotations() throws {
        var scenario = Scenario()
        for id in [Scenario.primary, Scenario.secondary] {
            scenario.set(id, .down)
            scenario.path(id) { $0.evidence = "3 through probes missed, edge silent" }
        }
        let lost = try #require(scenario.condition(.circuitLost)).annotations
        #expect(lost.summary == "ExpressRoute circuit kr-er-01 (kt) is lost")
        #expect(lost.description.contains("since \(at(990).wall.rfc3339)"))
        #expect(lost.description.contains("kr-er-01/primary down: 3 through probes missed, edge silent"))
        #expect(lost.layer == "provider circuit" && lost.owner == .provider)
        #expect(lost.links == ["seoul-koreacentral"])
    }

    @Test("a fault on this side is the customer's, not the provider's")
    func owner() throws {
        var scenario = Scenario()
        for id in [Scenario.primary, Scenario.secondary] {
            scenario.set(id, .down)
            scenario.path(id) {
                $0.layer = .customerEdge
                $0.owner = .customer
            }
        }
        let lost = try #require(scenario.condition(.circuitLost)).annotations
        #expect(lost.layer == "customer edge" && lost.owner == .customer)
    }

    @Test("lost flows are named by what a LAG hashes: their source ports, since when, and the path that they take")
    func lostFlows() throws {
        var scenario = Scenario()
        scenario.link {
            $0.workloads[0].lostFlows = [(1, 61_003, 980), (5, 61_007, 990), (6, 61_008, 998)].map { flow in
                LostFlow(number: flow.0, since: at(flow.2).monotonic, sourcePort: flow.1, path: Scenario.primary)
            }
            $0.workloads[0].flows = 8
        }
        #expect(
            try #require(scenario.condition(.flowsLost)).annotations.description
                == "The flows from source ports 61003, 61007 fail since \(at(990).wall.rfc3339) (the kernel routes them over "
                + "kr-er-01/primary), while the others pass: one link, LAG member or gateway instance drops what it is given."
        )
    }

    @Test("a link that is down while its paths are up has a layer, an owner and the reason of its workloads")
    func linkDownOfService() throws {
        var scenario = Scenario()
        scenario.link {
            $0.state = .down
            ($0.layer, $0.owner) = (.service, .customer)
            for index in $0.workloads.indices {
                $0.workloads[index].state = .down
                $0.workloads[index].evidence = "tcp://10.1.0.4:443 missed 3 in a row (refused)"
            }
        }
        let down = try #require(scenario.condition(.linkDown)).annotations
        #expect(down.layer == "service" && down.owner == .customer)
        #expect(down.description.contains("tcp://10.1.0.4:443 missed 3 in a row (refused)"))
    }

    @Test("a flapping connection makes its circuit's alerts stay")
    func flappingScope() {
        var scenario = Scenario()
        scenario.path(Scenario.primary) { $0.isFlapping = true }
        #expect(scenario.judgement.scope.isFlapping(.circuitLost))
        #expect(!scenario.judgement.scope.isFlapping(.linkDown))
    }

    @Test("a path that no link uses and a link that is not configured say nothing")
    func strangers() {
        var scenario = Scenario()
        scenario.link { $0.name = "stranger" }
        scenario.facts.links[0].state = .down
        #expect(!scenario.names.contains(.linkDown))
        scenario.facts.links = []
        #expect(scenario.names.isEmpty)
    }
}
