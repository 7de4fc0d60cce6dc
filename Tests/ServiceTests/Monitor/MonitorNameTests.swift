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

@Suite("The monitor and the names of its targets")
struct MonitorNameTests {
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
        var literal = Bench.healthy()
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
