import Glibc
import Model
import TestSupport
import Testing

extension NetworkTests {
    @Suite("Alertmanagers")
    struct ReceiverTests {
        @Test("a receiver that hangs, fails or is dead delays no other")
        func badNeighbours() throws {
            guard labIsPossible() else { return }
            let ports = [9093, 9094, 9095, 9096].map { "http://127.0.0.1:\($0)" }
            try Scenario.run({ $0.alertmanagers = ports }) { scenario in
                let hanging = try AlertReceiver(inside: scenario.network.host, port: 9094, behaviour: .hang)
                let failing = try AlertReceiver(inside: scenario.network.host, port: 9095, behaviour: .fail(500))
                defer {
                    hanging.stop()
                    failing.stop()
                }
                let cut = try scenario.network.cutCircuit()
                let lost = try scenario.receiver.firing("CircuitLost")
                #expect((lost.arrival - cut.after).seconds <= 1.0)
                try eventually("the failing one was tried") { failing.requests > 0 ? true : nil }
                let metrics = try scenario.netprobe.waitUntil("failures are counted") {
                    $0.sum("netprobe_notifications_failed_total") > 0
                }
                #expect(metrics.sum("netprobe_notifications_total") > 0)

                // It comes to its senses: what it missed is sent again.
                failing.behaviour = .accept
                try failing.firing("CircuitLost", within: .seconds(15))
            }
        }

        @Test("a receiver that answers 400 to batches gets each alert alone, and nothing is repeated without end")
        func batchesRefused() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                scenario.receiver.behaviour = .refuseBatches
                try scenario.network.cutCircuit()
                try scenario.receiver.firing("CircuitLost")
                Thread.sleep(.seconds(3))
                let sent = scenario.receiver.alerts.filter { $0.name == "CircuitLost" }.count
                #expect(sent <= 5, "sent \(sent) times in three seconds")
            }
        }

        @Test("Debian's Alertmanager takes the alert and shows it")
        func realAlertmanager() throws {
            guard labIsPossible(),
                Requirement.met(.program("prometheus-alertmanager", package: "prometheus-alertmanager"))
            else { return }
            try Scenario.run({ $0.alertmanagers = ["http://127.0.0.1:9193"] }) { scenario in
                let file = try scenario.folder.write(
                    "alertmanager.yml",
                    "route: {receiver: none}\nreceivers: [{name: none}]\n"
                )
                let alertmanager = try Subprocess(
                    scenario.network.host.command([
                        "prometheus-alertmanager", "--config.file=\(file)", "--cluster.listen-address=",
                        "--storage.path=\(scenario.folder.path)/am", "--web.listen-address=127.0.0.1:9193",
                    ])
                )
                defer { alertmanager.destroy() }
                try eventually("Alertmanager is ready", within: .seconds(15)) {
                    (try? Self.ask(scenario, "/-/ready"))?.status == 200 ? true : nil
                }
                try scenario.network.cutCircuit()
                let alert = try eventually("Alertmanager has the alert", within: .seconds(10)) {
                    try Self.alerts(scenario).first { $0["labels"]?["alertname"]?.asString == "CircuitLost" }
                }
                #expect(alert["labels"]?["circuit"]?.asString == "kr-er-01")
                #expect(alert["status"]?["state"]?.asString == "active")
                let end = try #require(alert["endsAt"]?.asString.flatMap { WallTime(internetText: $0) })
                #expect((end - Clock.wall).seconds > 14 * 60 && (end - Clock.wall).seconds <= 15 * 60)

                try scenario.network.restoreCircuit()
                try eventually("Alertmanager has seen it resolve", within: .seconds(10)) {
                    try Self.alerts(scenario).contains { $0["labels"]?["alertname"]?.asString == "CircuitLost" }
                        ? nil : true
                }
            }
        }

        private static func ask(_ scenario: Scenario, _ path: String) throws -> HTTPAnswer {
            try HTTP.get(path, port: 9193, inside: scenario.network.host)
        }

        private static func alerts(_ scenario: Scenario) throws -> [JSONValue] {
            try JSONValue(parsing: ask(scenario, "/api/v2/alerts").body).asArray ?? []
        }
    }
}
