import Model
import Testing

@testable import Alerting

/// A run that begins in the middle of a fault knows nothing at first: that neither ends an alert nor its waiting.
@Suite struct RestartTests {
    private static let connections = [Scenario.primary, Scenario.secondary]
    private static let all = connections + [Scenario.vpn]

    private func set(
        _ paths: [PathID],
        _ state: LinkPathFacts.State,
        ago: Double,
        judged: Bool = true,
        _ scenario: inout Scenario
    ) {
        for id in paths {
            scenario.set(id, state, ago: ago)
            scenario.path(id) { $0.wasJudged = judged }
        }
    }

    @Test("while no connection is up, lost redundancy is held of those that cannot be judged, and of no others")
    func heldRedundancy() {
        var scenario = Scenario()
        set(Self.connections, .unknown, ago: 1, judged: false, &scenario)
        #expect(scenario.heldPaths(.redundancyLost) == Self.connections)
        set([Scenario.primary], .down, ago: 0, &scenario)
        #expect(scenario.heldPaths(.redundancyLost) == Self.connections, "the other one is judged in a moment")
        set([Scenario.secondary], .unknown, ago: 20, judged: false, &scenario)
        #expect(scenario.heldPaths(.redundancyLost) == [Scenario.secondary])
        set([Scenario.secondary], .down, ago: 0, &scenario)
        #expect(scenario.heldPaths(.redundancyLost).isEmpty && scenario.names.contains(.circuitLost))
    }

    @Test("lost redundancy that waits when a run ends fires on time in the next")
    func redundancyOverRestart() {
        var scenario = Scenario()
        scenario.set(Scenario.primary, .down, ago: 0)
        var first = exampleBook()
        _ = first.apply(scenario.judgement, at: at(1000))
        var second = exampleBook()
        second.restore(first.records(at: at(1001)), absence: .seconds(1), at: at(1002))
        func fires(at second: Double, _ book: inout AlertBook) -> Bool {
            scenario.clock = at(second)
            return book.apply(scenario.judgement, at: at(second)).notices.contains { notice in
                notice.kind == .fired && notice.identity.name == .redundancyLost
            }
        }
        set(Self.connections, .unknown, ago: -2, judged: false, &scenario)
        #expect(!fires(at: 1002, &second))
        set([Scenario.secondary], .up, ago: -3, &scenario)
        set([Scenario.primary], .down, ago: -5, &scenario)
        #expect(!fires(at: 1029, &second))
        #expect(fires(at: 1030, &second))
    }

    @Test("a dead gateway is held beside a VPN that is up while a connection was never judged, and no edge is silent")
    func heldGateway() {
        var scenario = Scenario()
        scenario.activate(.unknown, [])
        set(Self.connections, .unknown, ago: 1, judged: false, &scenario)
        #expect(scenario.held.contains(.gatewayUnreachable))
        scenario.path(Scenario.primary) { $0.edgeAnswers = false }
        #expect(!scenario.held.contains(.gatewayUnreachable))
        scenario.path(Scenario.primary) { $0.edgeAnswers = true }
        #expect(scenario.held.contains(.gatewayUnreachable))
        set([Scenario.secondary], .up, ago: 0, &scenario)
        #expect(!scenario.held.contains(.gatewayUnreachable))
    }

    @Test("a dead gateway is held while nothing has answered on any path since the start")
    func heldDeadGateway() {
        var scenario = Scenario()
        set(Self.all, .unknown, ago: 1, judged: false, &scenario)
        scenario.link { link in
            link.state = .down
            for index in link.workloads.indices { link.workloads[index].state = .unknown }
        }
        #expect(scenario.held.contains(.gatewayUnreachable))
        for id in Self.all { scenario.path(id) { $0.edgeAnswers = true } }
        #expect(scenario.held.contains(.gatewayUnreachable) && !scenario.names.contains(.gatewayUnreachable))
    }

    @Test("what an earlier run found degraded is held until losses are counted for a minute since the path came up")
    func heldDegraded() {
        var scenario = Scenario()
        scenario.facts.watchedSince = at(938).monotonic
        found(Self.all, at: 900, &scenario)
        set(Self.all, .up, ago: 60, &scenario)
        #expect(scenario.heldPaths(.pathDegraded) == Self.all)
        scenario.set(Scenario.primary, .degraded, ago: 0)
        #expect(scenario.heldPaths(.pathDegraded) == [Scenario.secondary, Scenario.vpn])
        #expect(scenario.names == [.pathDegraded])
        scenario.facts.watchedSince = at(933).monotonic
        set(Self.all, .up, ago: 65, &scenario)
        #expect(scenario.heldPaths(.pathDegraded).isEmpty)
    }

    /// Each of them is degraded since then, as the alerts have it.
    private func found(_ paths: [PathID], at second: Double, _ scenario: inout Scenario) {
        for spec in scenario.settings.topology.paths where paths.contains(spec.id) {
            let object = AlertObject(
                path: spec.id,
                circuit: spec.circuit,
                connection: spec.connection,
                peering: spec.peering
            )
            scenario.earlier[AlertIdentity(.pathDegraded, object)] = at(second).wall
        }
    }

    @Test("what a young run found degraded itself is well as soon as it is")
    func degradedInAYoungRun() {
        var scenario = Scenario()
        scenario.facts.watchedSince = at(970).monotonic
        set(Self.all, .up, ago: 29, &scenario)
        found([Scenario.primary], at: 975, &scenario)
        scenario.set(Scenario.primary, .up, ago: 2)
        #expect(scenario.heldPaths(.pathDegraded).isEmpty)
        found([Scenario.primary], at: 900, &scenario)
        #expect(scenario.heldPaths(.pathDegraded) == [Scenario.primary])
    }

    @Test("later in a run a path that was degraded is well as soon as it is")
    func degradedInThisRun() {
        var scenario = Scenario()
        scenario.facts.watchedSince = at(890).monotonic
        set(Self.all, .up, ago: 109, &scenario)
        scenario.set(Scenario.primary, .up, ago: 10)
        #expect(scenario.heldPaths(.pathDegraded).isEmpty)
    }

    /// The book of a run that begins with what another has left on disk.
    private func next(_ book: AlertBook, at second: Double) -> AlertBook {
        var next = exampleBook()
        let records = book.records(at: at(second)).compactMap { AlertRecord(json: $0.json) }
        next.restore(records, absence: .seconds(1), at: at(second + 1))
        return next
    }

    private func judge(_ book: inout AlertBook, _ scenario: inout Scenario, at second: Double) -> [AlertName] {
        scenario.clock = at(second)
        scenario.memory = book.memory
        _ = book.apply(scenario.judgement, at: at(second))
        return book.active(at: at(second)).map(\.identity.name).filter { $0 != .watchdog }
    }

    @Test("a tunnel that was lost in an earlier run, and has not answered since, goes on being lost until it answers")
    func tunnelOverRestart() {
        var scenario = Scenario()
        scenario.path(Scenario.vpn) { $0.tunnelsDown = ["icmp://20.41.0.11"] }
        var first = exampleBook()
        #expect(judge(&first, &scenario, at: 1000) == [.vpnTunnelDown])
        var second = next(first, at: 1001)
        scenario = Scenario()
        scenario.facts.watchedSince = at(1002).monotonic
        scenario.path(Scenario.vpn) { $0.tunnelsUnproven = ["icmp://20.41.0.10", "icmp://20.41.0.11"] }
        for time in [1003, 1010, 1100, 2000] {
            #expect(judge(&second, &scenario, at: Double(time)) == [.vpnTunnelDown], "\(time)")
        }
        #expect(scenario.condition(.vpnTunnelDown)?.annotations.description.contains("20.41.0.10") == false)
        scenario.path(Scenario.vpn) { $0.tunnelsUnproven = [] }
        _ = judge(&second, &scenario, at: 2010)
        #expect(judge(&second, &scenario, at: 2200).isEmpty)
        // One that never answered is nobody's lost tunnel.
        scenario.path(Scenario.vpn) { $0.tunnelsUnproven = ["icmp://20.41.0.11"] }
        #expect(judge(&second, &scenario, at: 2300).isEmpty)
    }

    @Test("packets that became smaller in an earlier run are smaller than then until they are as large again")
    func sizeOverRestart() {
        var scenario = Scenario()
        var through = ProbeSpec(target: Target(scheme: .icmp, host: "10.1.0.4"))
        through.trace = .seconds(30)
        scenario.settings.topology.links[0].through = [through]
        let settings = scenario.settings
        scenario.path(Scenario.primary) { $0.reducedMTU = (1400, 1500) }
        var first = exampleBook()
        #expect(judge(&first, &scenario, at: 1000) == [.pathMTUReduced])
        var second = next(first, at: 1001)
        scenario = Scenario()
        scenario.settings = settings
        scenario.facts.watchedSince = at(1002).monotonic
        #expect(judge(&second, &scenario, at: 1003) == [.pathMTUReduced], "not searched yet")
        scenario.path(Scenario.primary) { $0.mtu = 1400 }
        for time in [1010, 1100, 2000] {
            #expect(judge(&second, &scenario, at: Double(time)) == [.pathMTUReduced], "\(time)")
        }
        let text = scenario.condition(.pathMTUReduced)?.annotations.description
        #expect(text?.contains("1400 bytes now, 1500 before") == true)
        scenario.path(Scenario.primary) { $0.mtu = 1500 }
        _ = judge(&second, &scenario, at: 2010)
        #expect(judge(&second, &scenario, at: 2200).isEmpty)
    }

    @Test("a lost tunnel of a VPN that cannot be judged is held")
    func heldTunnel() {
        var scenario = Scenario()
        scenario.set(Scenario.vpn, .unknown)
        #expect(scenario.heldPaths(.vpnTunnelDown) == [Scenario.vpn])
        scenario.path(Scenario.vpn) { $0.tunnelsDown = ["20.41.0.11"] }
        #expect(scenario.heldPaths(.vpnTunnelDown).isEmpty && scenario.names.contains(.vpnTunnelDown))
    }
}
