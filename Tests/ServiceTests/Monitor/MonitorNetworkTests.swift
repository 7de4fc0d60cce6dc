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

@Suite("The monitor and the network of its host")
struct MonitorNetworkTests {
    @Test("an interface that goes takes its path down at once, and its return gives new tasks")
    func interface() {
        var bench = Bench.healthy()
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
}
