import Alerting
import Links
import Model
import Probing
import Scheduling
import Sockets
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Service

@Suite("A turn of the monitor")
struct MonitorTurnTests {
    @Test("at the start the engine gets its tasks, the observer its routes, the resolver its names")
    func start() throws {
        let bench = Bench(targets: [ProbeSpec(target: Target(scheme: .icmp, host: "app.example"))])
        // A reference, a through probe over each of three paths, two flows.
        #expect(bench.record.now.tasks.count == 6)
        #expect(bench.record.now.watched.count == 2)
        #expect(bench.record.now.names == ["app.example"])
    }

    @Test("results make the link protected and the views ready")
    func results() throws {
        var bench = Bench()
        bench.run(at: 0.1)
        #expect(!bench.views.current.isReady)
        bench = Bench.healthy()
        #expect(bench.views.current.isReady)
        #expect(bench.link?.state == .protected && bench.link?.activeTier == 1)
        #expect(bench.metrics().value("netprobe_link_state", ["state": "protected"]) == 1)
    }

    @Test("what traces find of a path's own MTU reaches its state")
    func mtu() {
        var bench = Bench.healthy()
        func find(_ bytes: Int, own: Bool = true, at seconds: Double) {
            let finding = TraceFinding(
                key: TraceKey(link: "seoul-koreacentral", path: Sample.primary.rawValue, target: Sample.behind),
                hash: "",
                mtu: bytes,
                ownMTU: own ? bytes : nil,
                isChange: false
            )
            bench.run([.trace(finding)], at: seconds)
        }
        find(1500, at: 13)
        find(1400, own: false, at: 14)
        find(1400, own: false, at: 15)
        #expect(bench.link?.paths.first?.reducedMTU == nil)
        find(1400, at: 16)
        find(1400, at: 17)
        #expect(bench.link?.paths.first?.reducedMTU == ReducedMTU(bytes: 1400, baseline: 1500))
    }

    @Test("a program with nothing to probe is ready at once")
    func nothing() {
        let unprobed = ProbeSpec(target: Target(scheme: .bfd, host: "10.0.0.7"))
        var bench = Bench(Topology(site: SiteSpec(name: "s", vantage: "v")), targets: [unprobed])
        bench.run(at: 0.1)
        #expect(bench.views.current.isReady)
    }

    @Test("a target whose scheme has no probe has no series and one line")
    func withoutProbe() {
        let unprobed = ProbeSpec(target: Target(scheme: .bfd, host: "10.0.0.7"))
        var bench = Bench(targets: [unprobed])
        bench.run(at: 0.1)
        #expect(bench.lines(with: "there is no probe for bfd://").count == 1)
        #expect(bench.metrics().samples.allSatisfy { $0.labels["target"]?.hasPrefix("bfd://") != true })
    }

    @Test("a circuit whose probes stop is down in the turn of the third loss: model, metrics, alert, log and journal")
    func cut() {
        var bench = Bench.healthy()
        for second in 13...14 { bench.round(at: Double(second), dead: ["er0", "er1"]) }
        #expect(bench.state(of: Sample.primary) != .down)
        bench.round(at: 15, dead: ["er0", "er1"])
        #expect(bench.state(of: Sample.primary) == .down && bench.state(of: Sample.secondary) == .down)
        #expect(bench.state(of: Sample.tunnel) == .up)
        let metrics = bench.metrics()
        #expect(metrics.value("netprobe_path_up", ["path": "kr-er-01/primary"]) == 0)
        #expect(metrics.sum("netprobe_alert_active", ["alert": "CircuitLost"]) == 1)
        #expect(bench.lines(with: "path kr-er-01/primary of seoul-koreacentral is down").count == 1)
        #expect(bench.views.current.journal.contains { $0.path == Sample.primary && $0.text.contains("is down") })
        #expect(bench.alerts.activeAlerts().contains { $0.identity.name == .circuitLost && $0.state == .firing })
    }

    @Test("alerts are judged in the turn of the change, not at the next tick")
    func atOnce() {
        var bench = Bench.healthy()
        for second in 13...14 { bench.round(at: Double(second), dead: ["er0", "er1"]) }
        bench.run(at: 14.995)
        let before = bench.turn.nextDue
        bench.round(at: 15.0, dead: ["er0", "er1"])
        #expect(Sample.clock(15.0).monotonic < before, "the tick is not due yet")
        #expect(bench.alerts.activeAlerts().contains { $0.identity.name == .circuitLost })
    }

    @Test("counters move with what is settled: answers, losses by reason, our own faults apart")
    func counters() throws {
        var bench = Bench()
        let id = try #require(bench.ids(to: "10.1.0.5", over: "er0").first)
        var batch = ProbeBatch()
        batch.outcomes = [
            bench.outcome(id, .answered(roundTrip: .milliseconds(3), clock: .kernel), at: 1),
            bench.outcome(id, .failed(.timeout), at: 2),
            bench.outcome(id, .invalid(.overload), at: 3),
        ]
        bench.run([.batch(batch)], at: 3)
        let labels = ["path": "kr-er-01/primary", "role": "through"]
        let metrics = bench.metrics()
        #expect(metrics.value("netprobe_probe_sent_total", labels) == 2)
        #expect(metrics.value("netprobe_probe_received_total", labels) == 1)
        #expect(metrics.value("netprobe_probe_invalid_total", labels) == 1)
        #expect(metrics.value("netprobe_probe_failures_total", labels.merging(["reason": "timeout"]) { $1 }) == 1)
    }

    @Test("a number that no stream has is ignored")
    func strayOutcome() {
        var bench = Bench()
        var batch = ProbeBatch()
        for number in [Int32(-1), 999] {
            batch.outcomes.append(bench.outcome(ProbeID(rawValue: number), .failed(.timeout), at: 1))
        }
        let goesOn = bench.run([.batch(batch)], at: 1)
        #expect(goesOn)
        #expect(bench.metrics().sum("netprobe_probe_sent_total") == 0)
    }

    @Test("a first loss asks the references, once in a quarter of a second")
    func suspicion() throws {
        var bench = Bench.healthy()
        bench.round(at: 13, dead: ["er0"])
        let reference = try #require(bench.ids(to: "10.0.0.1").first)
        #expect(bench.record.now.asked.filter { $0 == reference }.count == 1)
        bench.round(at: 13.1, dead: ["er0", "er1"])
        #expect(bench.record.now.asked.filter { $0 == reference }.count == 1)
    }

    @Test("a gap of this host is told, raises Overloaded, and takes no path down")
    func gap() {
        var bench = Bench.healthy()
        var batch = ProbeBatch()
        batch.gap = OverloadGap(from: Sample.clock(13).monotonic, until: Sample.clock(16).monotonic)
        bench.run([.batch(batch)], at: 16)
        #expect(bench.lines(with: "this host did not run for 3.000 s").count == 1)
        #expect(bench.state(of: Sample.primary) == .up)
        #expect(bench.alerts.activeAlerts().contains { $0.identity.name == .overloaded })
    }

    @Test("packets that the kernel dropped are told as overload, and raise CaptureDropping")
    func captureDrops() {
        var bench = Bench.healthy()
        bench.run([.capture(.dropped(interface: "eth0", packets: 12))], at: 13)
        bench.run(at: 13.1)
        #expect(bench.lines(with: "the kernel dropped 12").count == 1)
        #expect(bench.alerts.activeAlerts().contains { $0.identity.name == .captureDropping })
        #expect(bench.state(of: Sample.primary) == .up)
    }

    @Test("a BFD session that is seen to fall takes its path down at once, where it is to be observed")
    func observedBFD() {
        for mode in [PathSpec.BFDMode.observe, .off] {
            var topology = Sample.topology()
            for index in topology.paths.indices where topology.paths[index].id == Sample.primary {
                topology.paths[index].bfd = mode
            }
            var bench = Bench(topology)
            for round in 1...12 {
                bench.route(over: "er0", at: Double(round) - 0.5)
                bench.round(at: Double(round))
            }
            func sighting(_ state: Links.BFDState, at seconds: Double) -> Monitor.Message {
                let end = BFDSighting(
                    path: Sample.primary,
                    sender: .v4(IPv4Address(172, 16, 0, 2)),
                    state: state,
                    at: Sample.clock(seconds).monotonic,
                    sending: .milliseconds(300),
                    receiving: .milliseconds(300),
                    multiplier: 3
                )
                return .capture(.bfd([end]))
            }
            bench.run([sighting(.up, at: 12.1)], at: 12.1)
            bench.run([sighting(.down, at: 12.4)], at: 12.4)
            let labels = ["path": "kr-er-01/primary", "target": "bfd://172.16.0.2"]
            let shown = bench.metrics().all("netprobe_bfd_session_state", labels).filter { $0.value == 1 }
            #expect(shown.map { $0.labels["state"] } == ["down"])
            #expect(bench.state(of: Sample.primary) == (mode == .observe ? .down : .up))
        }
    }

    @Test("a stepped wall clock is one line and no change of state", arguments: [3_600.0, -3_600.0])
    func clockStep(seconds: Double) {
        var bench = Bench.healthy()
        var clock = Sample.clock(13)
        clock.wall = clock.wall + .seconds(seconds)
        _ = bench.turn.run([], at: clock)
        var later = Sample.clock(13.1)
        later.wall = later.wall + .seconds(seconds)
        _ = bench.turn.run([], at: later)
        #expect(bench.lines(with: "the wall clock was stepped by").count == 1)
        #expect(bench.lines(with: seconds > 0 ? "by 3600.000 s" : "by -3600.000 s").count == 1)
        #expect(bench.link?.state == .protected)
        let end = bench.metrics().all("netprobe_link_current_outage_seconds")
        #expect(end.allSatisfy { $0.value == 0 })
    }

    @Test("a clock that is slewed says nothing")
    func slew() {
        var bench = Bench()
        for turn in 1...100 {
            var clock = Sample.clock(Double(turn))
            clock.wall = clock.wall + .microseconds(500 * turn)
            _ = bench.turn.run([], at: clock)
        }
        #expect(bench.lines(with: "stepped").isEmpty)
    }

    @Test("the stop ends the thread after what came with it was done")
    func stop() throws {
        var bench = Bench()
        let id = try #require(bench.ids(to: "10.1.0.5", over: "er0").first)
        var batch = ProbeBatch()
        batch.outcomes = [bench.outcome(id, .failed(.timeout), at: 1)]
        let goesOn = bench.run([.batch(batch), .stop], at: 1)
        #expect(!goesOn)
        #expect(bench.metrics().sum("netprobe_probe_failures_total", ["reason": "timeout"]) == 1)
        let next = bench.run(at: 2)
        #expect(next, "without a stop it goes on")
    }
}
