import Alerting
import Links
import Model
import Probing
import Sockets
import TestSupport
import Testing

@testable import Service

@Suite("A reload in the monitor")
struct ReloadTests {
    private func healthy() -> Bench {
        var bench = Bench()
        for round in 1...12 {
            bench.route(over: "er0", at: Double(round) - 0.5)
            bench.round(at: Double(round))
        }
        return bench
    }

    @Test("unchanged targets keep number, port, counter and state; the others come and go")
    func keeps() throws {
        var bench = healthy()
        let before = bench.record.now.tasks
        let more = Target(scheme: .tcp, host: "10.1.0.9", port: 22)
        bench.run([.settings(Bench.settings(Sample.topology(workloads: [Sample.workload, more])))], at: 12.5)
        let after = bench.record.now.tasks
        for task in before { #expect(after.contains(task)) }
        #expect(after.count == before.count + 2)
        bench.round(at: 13)
        let metrics = bench.metrics()
        #expect(
            metrics.sum("netprobe_probe_received_total", ["role": "workload", "target": "tcp://10.1.0.4:443"]) == 26
        )
        #expect(metrics.sum("netprobe_probe_received_total", ["target": "tcp://10.1.0.9:22"]) == 2)
        #expect(bench.state(of: Sample.primary) == .up)
    }

    @Test("what is no longer configured has no series and no task")
    func removes() {
        var bench = healthy()
        let other = Target(scheme: .icmp, host: "10.1.0.8")
        bench.run([.settings(Bench.settings(Sample.topology(workloads: [other], flows: 1)))], at: 12.5)
        #expect(bench.ids(to: "10.1.0.4").isEmpty)
        #expect(bench.metrics().all("netprobe_probe_sent_total", ["target": "tcp://10.1.0.4:443"]).isEmpty)
    }

    @Test("an outcome of a stream that a reload took away is dropped")
    func lateOutcome() throws {
        var bench = healthy()
        let gone = try #require(bench.ids(to: "10.1.0.4").first)
        let other = Target(scheme: .icmp, host: "10.1.0.8")
        bench.run([.settings(Bench.settings(Sample.topology(workloads: [other], flows: 1)))], at: 12.5)
        let late = bench.outcome(gone, .failed(.timeout), at: 13)
        var batch = ProbeBatch()
        batch.outcomes = [late]
        bench.run([.batch(batch)], at: 13)
        #expect(
            bench.metrics().all("netprobe_probe_failures_total", ["reason": "timeout"]).allSatisfy { $0.value == 0 }
        )
    }

    @Test("the views show the new text and keep the journal")
    func views() {
        var bench = healthy()
        bench.run([.settings(Bench.settings(Sample.topology(), text: "second"))], at: 12.5)
        #expect(bench.views.current.settings.text == "second")
        #expect(!bench.views.current.journal.isEmpty)
    }

    @Test("a reload in the middle of an outage keeps the alert and when it began")
    func duringOutage() throws {
        var bench = healthy()
        for second in 13...16 { bench.round(at: Double(second), dead: ["er0", "er1"]) }
        let before = try #require(bench.alerts.activeAlerts().first { $0.identity.name == .circuitLost })
        bench.run([.settings(Bench.settings(Sample.topology(workloads: [Sample.workload, Sample.behind])))], at: 16.5)
        for second in 17...19 { bench.round(at: Double(second), dead: ["er0", "er1"]) }
        let after = try #require(bench.alerts.activeAlerts().first { $0.identity.name == .circuitLost })
        #expect(after.startsAt == before.startsAt && after.state == .firing)
    }

    @Test("a path that a reload moves to another interface knows that interface's state at once")
    func interfaceKnown() throws {
        var bench = healthy()
        let spare = InterfaceObservation(name: "er2", exists: true, isUp: true, hasCarrier: true)
        bench.run([.network(.interface(spare))], at: 12.2)
        var moved = Sample.topology()
        moved.paths[0].pin.interface = "er2"
        bench.run([.settings(Bench.settings(moved))], at: 12.5)
        bench.round(at: 13)
        let gone = InterfaceObservation(name: "er2", exists: false, isUp: false, hasCarrier: false)
        bench.run([.network(.interface(gone))], at: 13.5)
        #expect(bench.state(of: Sample.primary) == .down)
    }
}
