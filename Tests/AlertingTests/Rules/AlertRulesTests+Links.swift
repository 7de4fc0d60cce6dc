import Model
import Testing

@testable import Alerting

/// Rows about circuits and links.
extension AlertRulesTests {
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
        Row("flows are lost that losses at random would hit as often", []) {
            $0.link {
                $0.workloads[0].lostFlows = [1, 5].map {
                    LostFlow(number: $0, since: at(900).monotonic, isBeyondChance: false)
                }
                $0.workloads[0].flows = 8
            }
        },
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
}
