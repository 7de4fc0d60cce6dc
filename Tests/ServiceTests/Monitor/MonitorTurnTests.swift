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
    /// All paths have answered for some rounds and the flows are on the first connection.
    private func healthy(rounds: Int = 12) -> Bench {
        var bench = Bench()
        for round in 1...rounds {
            bench.route(over: "er0", at: Double(round) - 0.5)
            bench.round(at: Double(round))
        }
        return bench
    }

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
        bench = healthy()
        #expect(bench.views.current.isReady)
        #expect(bench.link?.state == .protected && bench.link?.activeTier == 1)
        #expect(bench.metrics().value("netprobe_link_state", ["state": "protected"]) == 1)
    }

    @Test("what traces find of a path's own MTU reaches its state")
    func mtu() {
        var bench = healthy()
        func find(_ bytes: Int, own: Bool = true, at seconds: Double) {
            let finding = TraceFinding(
                link: "seoul-koreacentral",
                path: Sample.primary.rawValue,
                target: Sample.behind,
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
        var bench = healthy()
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

    @Test("an open outage is kept when it begins, each second of it, and when it ends")
    func keptOutage() throws {
        var bench = healthy()
        let flows = Set(bench.ids(to: Sample.workload.host)).subtracting(
            ["er0", "er1", "ipsec0"].flatMap {
                bench.ids(to: Sample.workload.host, over: $0)
            }
        )
        #expect(bench.record.now.outages.isEmpty)
        for second in 13...18 {
            var batch = ProbeBatch()
            for task in bench.record.now.tasks {
                let result: Outcome.Result =
                    flows.contains(task.id)
                    ? .failed(.timeout) : .answered(roundTrip: .milliseconds(3), clock: .kernel)
                batch.outcomes.append(bench.outcome(task.id, result, at: Double(second)))
            }
            bench.run([.batch(batch)], at: Double(second))
        }
        let first = try #require(bench.record.now.outages.first)
        #expect(first.starts.keys.sorted() == ["seoul-koreacentral"])
        bench.run(at: 19.5)
        #expect(bench.record.now.outages.last == OpenOutages(starts: first.starts, seenAt: Sample.clock(19.5).wall))
        bench.round(at: 20)
        #expect(bench.record.now.outages.last?.starts == [:])
    }

    @Test("an outage that the run before left open goes on: its time without this program is blind")
    func resumedOutage() throws {
        let former = OpenOutages(starts: ["seoul-koreacentral": Sample.clock(-30).wall], seenAt: Sample.clock(-10).wall)
        var bench = Bench(formerOutages: former)
        bench.run(at: 0.1)
        #expect(bench.link?.outageStart == Sample.clock(-30).monotonic)
        bench.round(at: 5)
        let outage = try #require(bench.link?.lastOutage)
        #expect(outage.start == Sample.clock(-30).monotonic)
        #expect(outage.blind == .seconds(10))
        #expect(outage.duration == Sample.clock(5).monotonic - .milliseconds(3) - Sample.clock(-20).monotonic)
    }

    @Test("an outage over two restarts is shorter by both absences")
    func resumedTwice() throws {
        var first = Bench(
            formerOutages: OpenOutages(
                starts: ["seoul-koreacentral": Sample.clock(-30).wall],
                seenAt: Sample.clock(-10).wall
            )
        )
        first.run(at: 0.1)
        let left = try #require(first.record.now.outages.last)
        // The same wall clock; this run begins 6 s after the end of the one before.
        var second = Bench(
            formerOutages: OpenOutages(
                starts: left.starts.mapValues { $0 + .seconds(-6) },
                blindTimes: left.blindTimes.map { .init(from: $0.from + .seconds(-6), to: $0.to + .seconds(-6)) },
                seenAt: left.seenAt + .seconds(-6)
            )
        )
        second.run(at: 0.1)
        second.round(at: 5)
        let outage = try #require(second.link?.lastOutage)
        #expect(outage.start == Sample.clock(-36).monotonic)
        // The first saw a tenth of a second.
        #expect(outage.blind == .milliseconds(15_900))
    }

    @Test("alerts are judged in the turn of the change, not at the next tick")
    func atOnce() {
        var bench = healthy()
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
        var bench = healthy()
        bench.round(at: 13, dead: ["er0"])
        let reference = try #require(bench.ids(to: "10.0.0.1").first)
        #expect(bench.record.now.asked.filter { $0 == reference }.count == 1)
        bench.round(at: 13.1, dead: ["er0", "er1"])
        #expect(bench.record.now.asked.filter { $0 == reference }.count == 1)
    }

    @Test("a gap of this host is told, raises Overloaded, and takes no path down")
    func gap() {
        var bench = healthy()
        var batch = ProbeBatch()
        batch.gap = OverloadGap(from: Sample.clock(13).monotonic, until: Sample.clock(16).monotonic)
        bench.run([.batch(batch)], at: 16)
        #expect(bench.lines(with: "this host did not run for 3.000 s").count == 1)
        #expect(bench.state(of: Sample.primary) == .up)
        #expect(bench.alerts.activeAlerts().contains { $0.identity.name == .overloaded })
    }

    @Test("packets that the kernel dropped are told as overload, and raise CaptureDropping")
    func captureDrops() {
        var bench = healthy()
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
        var bench = healthy()
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

    // MARK: The network of this host

    @Test("an interface that goes takes its path down at once, and its return gives new tasks")
    func interface() {
        var bench = healthy()
        let there = InterfaceObservation(name: "er0", exists: true, isUp: true, hasCarrier: true)
        bench.run([.network(.interface(there))], at: 12.5)
        let gone = InterfaceObservation(name: "er0", exists: false, isUp: false, hasCarrier: false)
        bench.run([.network(.interface(gone))], at: 13)
        #expect(bench.state(of: Sample.primary) == .down)
        #expect(bench.record.now.networkChanges == 2)
        bench.record.state.withLock { $0.tasks = [] }
        bench.run([.network(.interface(there))], at: 14)
        #expect(bench.record.now.tasks.count == 6)
    }

    @Test("an interface that is not there at the start makes its path unknown, not down")
    func absentInterface() {
        var bench = Bench(interfaces: ["er0", "er1"])
        for second in 1...12 { bench.round(at: Double(second), dead: ["vpn0"]) }
        #expect(bench.state(of: Sample.tunnel) == .unknown || bench.state(of: Sample.tunnel) == .down)
        #expect(bench.state(of: Sample.primary) == .up)
    }

    @Test("changes of routes and addresses let the observer ask again; neighbours do not")
    func network() {
        var bench = Bench()
        bench.run([.network(.routesChanged), .network(.addressesChanged), .network(.neighboursChanged)], at: 1)
        #expect(bench.record.now.networkChanges == 2)
    }

    @Test("where the route is the same for all paths, routers on the way are asked; one line says so")
    func undecided() {
        var bench = Bench()
        #expect(bench.record.now.tasks.allSatisfy { $0.ttl == nil })
        for second in 1...3 { bench.route(over: "lan0", at: Double(second)) }
        #expect(bench.record.now.tasks.compactMap(\.ttl) == [1, 2, 3, 4, 1, 2, 3, 4])
        #expect(bench.lines(with: "routers on the way are asked").count == 1)
    }

    @Test("a router's answer for the second workload alone moves that workload alone")
    func hopOfSecond() throws {
        var bench = Bench(Sample.topology(workloads: [Sample.workload, Sample.behind], flows: 1))
        bench.round(at: 0.5)
        bench.route(over: "lan0", at: 1)
        let edges = ["10.1.0.4": "172.16.0.2", "10.1.0.5": "172.16.0.6"]
        for (second, (host, edge)) in edges.sorted(by: { $0.key < $1.key }).enumerated() {
            let asked = try #require(
                bench.record.now.tasks.first { $0.ttl == 2 && $0.destination.description == host }
            )
            var outcome = bench.outcome(asked.id, .failed(.ttlExceeded), at: 1.5 + Double(second))
            outcome.detail = OutcomeDetail(responder: IPAddress(edge))
            var batch = ProbeBatch()
            batch.outcomes = [outcome]
            bench.run([.batch(batch)], at: 1.5 + Double(second))
        }
        let link = try #require(bench.link)
        #expect(link.activePaths == [Sample.primary, Sample.secondary])
        #expect(link.workloads.map(\.paths) == [[Sample.primary], [Sample.secondary]])
    }

    @Test("workloads whose way is not asked for are told once, and again when they are others")
    func leftOut() {
        func topology(_ count: Int) -> Topology {
            Sample.topology(workloads: (1...count).map { Target(scheme: .icmp, host: "10.1.0.\($0)") })
        }
        var bench = Bench(topology(11))
        for second in 1...3 { bench.route(over: "lan0", at: Double(second)) }
        #expect(bench.lines(with: "3 more").count == 1)
        bench.run([.settings(Bench.settings(topology(11), text: "same"))], at: 4)
        bench.run([.settings(Bench.settings(topology(12)))], at: 5)
        #expect(bench.lines(with: "first 8 addresses").count == 2 && bench.lines(with: "4 more").count == 1)
    }

    @Test("answers of through probes to a source tell over which path they come, those of its edge do not")
    func arrivals() throws {
        var topology = Sample.topology()
        topology.paths[0].pin = Pin(source: IPAddress("10.9.0.11"))
        topology.paths[0].edge = [ProbeSpec(target: Target(scheme: .icmp, host: "172.16.0.2"))]
        topology.paths[2].pin = Pin(interface: "lo")
        var bench = Bench(topology)
        func answersArriveOver(_ id: ProbeID, at seconds: Double) -> PathID? {
            var outcome = bench.outcome(id, .answered(roundTrip: .milliseconds(3), clock: .kernel), at: seconds)
            outcome.detail = OutcomeDetail(arrivalInterface: 1)
            var batch = ProbeBatch()
            batch.outcomes = [outcome]
            bench.run([.batch(batch)], at: seconds)
            bench.run(at: seconds + 0.2)
            return bench.views.current.snapshot?.paths.first { $0.id == Sample.primary }?.answersArriveOver
        }
        let edge = try #require(bench.ids(to: "172.16.0.2").first)
        #expect(answersArriveOver(edge, at: 1) == nil)
        let through = try #require(bench.record.now.tasks.first { $0.pin == topology.paths[0].pin && $0.id != edge }).id
        #expect(answersArriveOver(through, at: 2) == Sample.tunnel)
    }

    // MARK: Names

    private func named() -> Bench { Bench(Sample.topology(through: Target(scheme: .icmp, host: "app.example"))) }
    private let address = IPAddress.v4(IPv4Address(10, 1, 0, 5))

    private func name(_ addresses: [IPAddress], _ failure: Reason? = nil) -> Monitor.Message {
        .name(NameState(name: "app.example", addresses: addresses, failure: failure))
    }

    @Test("a name that resolves gives its streams their tasks")
    func resolved() {
        var bench = named()
        #expect(bench.ids(to: "10.1.0.5").isEmpty)
        bench.run([name([address])], at: 1)
        #expect(bench.ids(to: "10.1.0.5").count == 3)
    }

    @Test("a name that does not resolve is one line and one failed probe an interval")
    func unresolved() {
        var bench = named()
        bench.run([name([], .dnsNXDomain)], at: 1)
        for turn in 1...40 { bench.run(at: 1 + Double(turn) / 10) }
        #expect(bench.lines(with: "'app.example' does not resolve (dns_nxdomain)").count == 1)
        let failures = bench.metrics().all(
            "netprobe_probe_failures_total",
            ["reason": "dns_nxdomain", "role": "through"]
        )
        #expect(failures.count == 3 && failures.allSatisfy { $0.value == 5 })
        bench.run([name([address])], at: 6)
        #expect(bench.lines(with: "'app.example' resolves now: \(address)").count == 1)
    }

    @Test("an address that changes is a line, and the new one is probed")
    func changedName() {
        var bench = named()
        bench.run([name([address])], at: 1)
        bench.run([name([.v4(IPv4Address(10, 1, 0, 6))])], at: 2)
        #expect(bench.lines(with: "'app.example' is now 10.1.0.6").count == 1)
        #expect(bench.ids(to: "10.1.0.6").count == 3 && bench.ids(to: "10.1.0.5").isEmpty)
    }

    @Test("a failed probe of a name lets it be looked up sooner; one of an address does not")
    func hurry() throws {
        var bench = named()
        bench.run([name([address])], at: 1)
        bench.round(at: 2, dead: ["er0"])
        #expect(bench.record.now.hurried == ["app.example"])
        var literal = healthy()
        literal.round(at: 13, dead: ["er0"])
        #expect(literal.record.now.hurried.isEmpty)
    }

    @Test("an address that refuses is passed by for the name's next; silence may be the path's")
    func passedBy() throws {
        var bench = named()
        bench.run([name([address, .v4(IPv4Address(10, 1, 0, 6))])], at: 1)
        bench.round(at: 2, dead: ["er0"])
        #expect(bench.record.now.passedBy.isEmpty)
        var batch = ProbeBatch()
        let probe = try #require(bench.ids(to: "\(address)").first)
        batch.outcomes.append(bench.outcome(probe, .failed(.refused), at: 3))
        bench.run([.batch(batch)], at: 3)
        #expect(bench.record.now.passedBy == ["app.example"])
    }
}
