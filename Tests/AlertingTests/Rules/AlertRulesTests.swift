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

    @Test("a run of less than ten minutes holds what one before it may have counted, one of five an outage too long")
    func heldAfterStart() {
        var scenario = Scenario()
        scenario.facts.watchedSince = at(1000 - 299).monotonic
        #expect(scenario.held == [.failoverTooSlow, .pathFlapping])
        scenario.facts.watchedSince = at(1000 - 599).monotonic
        #expect(scenario.held == [.pathFlapping])
        scenario.path(Scenario.vpn) { $0.isFlapping = true }
        #expect(scenario.names == [.pathFlapping])
        scenario.facts.watchedSince = at(1000 - 600).monotonic
        #expect(scenario.held.isEmpty)
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

    @Test("behind a router dead traffic is where it was last seen: on a VPN that died, while the circuit is well again")
    func deadOnBackup() {
        var scenario = Scenario()
        scenario.set(Scenario.vpn, .down)
        scenario.activate(.unknown, [])
        scenario.link {
            $0.lastTier = 2
            $0.state = .down
            for index in $0.workloads.indices { $0.workloads[index].state = .down }
        }
        #expect(scenario.condition(.notFailedOver)?.holdFor == .seconds(75))
        scenario.link { $0.lastTier = 1 }
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

    @Test("a flapping connection makes its circuit's alerts stay where the other one is no better")
    func flappingScope() {
        var scenario = Scenario()
        scenario.path(Scenario.primary) { $0.isFlapping = true }
        #expect(!scenario.judgement.scope.isFlapping(.circuitLost), "the other one is well")
        scenario.set(Scenario.secondary, .down)
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
