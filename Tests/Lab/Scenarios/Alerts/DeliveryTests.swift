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
                let ready = Clock.now
                try hook.firing("CircuitLost", within: .seconds(60))
                try hook.firing("FailedOver", within: .seconds(10))
                try Self.expectSameAlerts(watch, alertmanager)
                try watch.lab.mend("er1", "er2")
                try hook.resolved("CircuitLost", within: .seconds(40))
                try hook.resolved("FailedOver", within: .seconds(20))
                try Self.expectEachOnce(watch, hook, since: ready)
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
                try watch.healAndResolve()
                let starts = Set(watch.receiver.alerts.filter { $0.name == "CircuitLost" }.map(\.startsAt))
                #expect(starts == [lost.startsAt])
                try eventually("Alertmanager has its end") { () throws -> Bool? in
                    try alertmanager.names().contains("CircuitLost") ? nil : true
                }
            }
        }

        @Test(
            "an Alertmanager that is slow or fails gets every alert in the end, once",
            arguments: [AlertReceiver.Behaviour.delay(.seconds(2)), .fail(500)]
        )
        func poorly(behaviour: AlertReceiver.Behaviour) throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.alertmanagers.append("http://127.0.0.1:9095") }) { watch in
                let probe = watch.lab.namespace(.probe)
                let hook = try AlertReceiver(inside: probe)
                defer { hook.stop() }
                // Behind the bad behaviour stands a real one, which tells its webhook of each alert once.
                let alertmanager = try Alertmanager(inside: probe, port: 9097, webhook: hook.port)
                defer { alertmanager.end() }
                let other = try AlertReceiver(inside: probe, port: 9095, behaviour: behaviour, next: 9097)
                defer { other.stop() }
                let cut = try watch.lab.cut("er1", "er2")
                let lost = try watch.receiver.firing("CircuitLost")
                #expect((lost.arrival - cut.after).seconds <= 1, "a bad neighbour delays nobody")
                try watch.receiver.firing("FailedOver", within: .seconds(20))
                try eventually("it was tried") { other.requests > 0 ? true : nil }
                other.behaviour = .accept
                for name in ["CircuitLost", "FailedOver"] { try hook.firing(name, within: .seconds(30)) }
                // What was over before anything was accepted never fired there.
                let accepting = Clock.now
                try watch.lab.mend("er1", "er2")
                for name in ["CircuitLost", "FailedOver"] { try hook.resolved(name, within: .seconds(40)) }
                try Self.expectEachOnce(watch, hook, since: accepting)
                #expect(other.malformed.isEmpty)
            }
        }

        @Test("400 for a batch, of which nothing is kept: each of its alerts comes alone, once")
        func batchRefused() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.alertmanagers.append("http://127.0.0.1:9095") }) { watch in
                let probe = watch.lab.namespace(.probe)
                let hook = try AlertReceiver(inside: probe)
                defer { hook.stop() }
                let alertmanager = try Alertmanager(inside: probe, port: 9097, webhook: hook.port)
                defer { alertmanager.end() }
                // As long as it fails, alerts wait and become a batch.
                let other = try AlertReceiver(inside: probe, port: 9095, behaviour: .fail(503), next: 9097)
                defer { other.stop() }
                try watch.lab.cut("er1", "er2")
                try watch.receiver.firing("CircuitLost")
                try watch.receiver.firing("FailedOver", within: .seconds(20))
                #expect(other.alerts.isEmpty)
                other.behaviour = .refuseBatches
                for name in ["CircuitLost", "FailedOver"] { try hook.firing(name, within: .seconds(30)) }
                let refusing = Clock.now
                #expect(other.refusedBatches > 0, "no batch came: this shows nothing")
                try watch.lab.mend("er1", "er2")
                for name in ["CircuitLost", "FailedOver"] { try hook.resolved(name, within: .seconds(40)) }
                try Self.expectEachOnce(watch, hook, since: refusing)
                #expect(other.malformed.isEmpty)
            }
        }

        @Test(
            "Alertmanager refuses one alert of a batch with 400: the others arrive, once, and the refused one is told once"
        )
        func partRefused() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.alertmanagers.append("http://127.0.0.1:9095") }) { watch in
                let probe = watch.lab.namespace(.probe)
                let hook = try AlertReceiver(inside: probe)
                defer { hook.stop() }
                let alertmanager = try Alertmanager(inside: probe, port: 9097, webhook: hook.port)
                defer { alertmanager.end() }
                // As long as it fails, alerts wait and become a batch.
                let other = try AlertReceiver(inside: probe, port: 9095, behaviour: .fail(503), next: 9097)
                defer { other.stop() }
                try watch.lab.cut("er1", "er2")
                try watch.receiver.firing("CircuitLost")
                try watch.receiver.firing("FailedOver", within: .seconds(20))
                other.behaviour = .refusePart("FailedOver")
                try hook.firing("CircuitLost", within: .seconds(30))
                let refusing = Clock.now
                let told = "refuses FailedOver for good"
                try eventually("the refusal is told") { watch.netprobe.log.contains(told) ? true : nil }
                try watch.quiet(for: .seconds(3), but: Watch.ofACut, "a part is refused")
                #expect(other.refused.count == 2, "once with the others, once alone: \(other.refused)")
                #expect(watch.netprobe.log.split(separator: told).count == 2, "it is told once")
                try watch.lab.mend("er1", "er2")
                try hook.resolved("CircuitLost", within: .seconds(40))
                try watch.receiver.resolved("FailedOver", within: .seconds(40))
                try Self.expectEachOnce(watch, hook, since: refusing, but: "FailedOver")
                #expect(!hook.everFired.contains("FailedOver") && other.malformed.isEmpty, "\(other.malformed)")
            }
        }

        private struct Beginning: Hashable {
            var labels: [String: String]
            var startsAt: WallTime?

            init(_ alert: ReceivedAlert) {
                labels = alert.labels
                startsAt = WallTime(internetText: alert.startsAt)
            }
        }

        /// What the receiver beside it was told since then, the webhook was told too: each beginning and each end once.
        private static func expectEachOnce(
            _ watch: Watch,
            _ hook: AlertReceiver,
            since: MonotonicTime,
            but refused: String? = nil
        )
            throws
        {
            try eventually("the webhook has heard of every alert", within: .seconds(10)) { () throws -> Bool? in
                let heard = Set(hook.alerts.map(Beginning.init))
                let told = watch.receiver.alerts.filter { $0.name != refused }
                let over = Set(told.filter { $0.isResolved && $0.arrival < since }.map(Beginning.init))
                return Set(told.map(Beginning.init)).subtracting(over).isSubset(of: heard) ? true : nil
            }
            let notices = Dictionary(grouping: hook.alerts, by: Beginning.init)
            for (beginning, those) in notices {
                let ends = those.count(where: \.isResolved)
                #expect(those.count - ends == 1 && ends <= 1, "\(beginning): \(those.count - ends) and \(ends) ends")
            }
        }

        private static func expectSameAlerts(_ watch: Watch, _ alertmanager: Alertmanager) throws {
            try eventually("Alertmanager shows what fires", within: .seconds(20)) { () throws -> Bool? in
                try alertmanager.names() == watch.receiver.firing ? true : nil
            }
        }
    }
}
