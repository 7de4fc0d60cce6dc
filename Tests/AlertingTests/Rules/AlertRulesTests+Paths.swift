import Model
import Testing

@testable import Alerting

/// Rows about single paths, and about netprobe itself.
extension AlertRulesTests {
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
}
