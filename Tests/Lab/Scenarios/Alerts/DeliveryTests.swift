import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    @Suite("delivery of alerts")
    struct DeliveryTests {
        @Test("Alertmanager is away for 20 s around a cut: every alert arrives at its webhook, once")
        func away() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.alertmanagers.append("http://127.0.0.1:9095") }) { watch in
                let hook = try AlertReceiver(inside: watch.lab.namespace(.probe))
                defer { hook.stop() }
                let start = Clock.now
                try watch.lab.cut("er1", "er2")
                try watch.receiver.firing("CircuitLost")
                try watch.netprobe.waitUntilLink(is: "failed_over", within: .seconds(20))
                try watch.receiver.firing("FailedOver")
                Thread.sleep(.seconds(20) - (Clock.now - start))
                let alertmanager = try Alertmanager(inside: watch.lab.namespace(.probe), port: 9095, webhook: hook.port)
                defer { alertmanager.end() }
                try hook.firing("CircuitLost", within: .seconds(60))
                try hook.firing("FailedOver", within: .seconds(10))
                try Self.expectSameAlerts(watch, alertmanager)
                try watch.lab.mend("er1", "er2")
                try hook.resolved("CircuitLost", within: .seconds(40))
                try hook.resolved("FailedOver", within: .seconds(20))
                for name in ["CircuitLost", "FailedOver"] {
                    #expect(hook.alerts.count { $0.name == name && !$0.isResolved } == 1, "\(name) came more than once")
                    #expect(hook.alerts.count { $0.name == name && $0.isResolved } == 1, "\(name) was resolved twice")
                }
            }
        }

        @Test("of two Alertmanagers one is dead: the other hears at once")
        func oneDead() throws {
            guard labIsPossible() else { return }
            let live = "http://127.0.0.1:9096"
            try Watch.run({ $0.alertmanagers = ["http://127.0.0.1:9099", live, "http://127.0.0.1:9094"] }) { watch in
                let alertmanager = try Alertmanager(inside: watch.lab.namespace(.probe), port: 9096)
                defer { alertmanager.end() }
                let cut = try watch.lab.cut("er1", "er2")
                let lost = try watch.receiver.firing("CircuitLost")
                #expect((lost.arrival - cut.after).seconds <= 1)
                try eventually("Alertmanager has it") { () throws -> Bool? in
                    try alertmanager.names().contains("CircuitLost") ? true : nil
                }
                try watch.netprobe.waitUntil("the failures are counted", within: .seconds(10)) {
                    $0.sum("netprobe_notifications_failed_total") > 0
                }
            }
        }

        @Test(
            "an Alertmanager that is slow, fails or refuses a part of a batch gets every alert in the end",
            arguments: [AlertReceiver.Behaviour.delay(.seconds(2)), .fail(500), .refusePart]
        )
        func poorly(behaviour: AlertReceiver.Behaviour) throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.alertmanagers.append("http://127.0.0.1:9095") }) { watch in
                let other = try AlertReceiver(inside: watch.lab.namespace(.probe), port: 9095, behaviour: behaviour)
                defer { other.stop() }
                let cut = try watch.lab.cut("er1", "er2")
                let lost = try watch.receiver.firing("CircuitLost")
                #expect((lost.arrival - cut.after).seconds <= 1, "a bad neighbour delays nobody")
                try watch.receiver.firing("FailedOver", within: .seconds(20))
                try eventually("it was tried") { other.requests > 0 ? true : nil }
                other.behaviour = .accept
                for name in ["CircuitLost", "FailedOver"] { try other.firing(name, within: .seconds(30)) }
                try watch.lab.mend("er1", "er2")
                for name in ["CircuitLost", "FailedOver"] { try other.resolved(name, within: .seconds(40)) }
                #expect(other.malformed.isEmpty)
            }
        }

        private static func expectSameAlerts(_ watch: Watch, _ alertmanager: Alertmanager) throws {
            try eventually("Alertmanager shows what fires", within: .seconds(20)) { () throws -> Bool? in
                try alertmanager.names() == watch.receiver.firing ? true : nil
            }
        }
    }
}
