import Metering
import Model
import Testing

@Suite("series of probes, paths and links")
struct SeriesTests {
    private func read(_ body: (inout MetricStore) -> Void) throws -> TextFormatReader {
        var store = MetricStore(families: Catalogue.all)
        body(&store)
        return try TextFormatReader(store.render(.text))
    }

    private let labels = [
        ["link", ""], ["path", "kr-er-01/primary"], ["role", "edge"], ["target", "icmp://172.16.0.2"],
        ["module", "icmp"],
    ]

    @Test("a probe's series exist before its first result, without a clock")
    func probeFromTheStart() throws {
        let read = try read { _ = ProbeSeries(Sample.edge, in: &$0) }
        for name in ["sent", "received", "duplicates", "reordered", "invalid"] {
            #expect(read.value("netprobe_probe_\(name)_total", labels) == "0")
        }
        #expect(read.value("netprobe_probe_success", labels) == "0")
        #expect(read.value("netprobe_probe_last_answer_timestamp_seconds", labels) == "0")
        #expect(read.value("netprobe_probe_rtt_seconds_count", labels) == "0")
        #expect(read.value("netprobe_probe_failures_total", labels + [["reason", "timeout"]]) == "0")
        #expect(!read.samples.contains { $0.name == "netprobe_probe_clock_info" })
    }

    @Test("losses of each way exist from the start for STAMP, and for nothing else")
    func directions() throws {
        let target = try Target(parsing: "stamp://10.1.0.4")
        let read = try read { store in
            _ = ProbeSeries(Sample.edge, in: &store)
            let series = ProbeSeries(ProbeKey(role: .target, target: target), in: &store)
            series.recordLoss(forward: 3, backward: 0, in: &store)
            series.recordLoss(forward: 1, backward: 0, in: &store)
        }
        let samples = read.samples.filter { $0.name == "netprobe_stamp_lost_packets_total" }
        #expect(samples.count == 2)
        let labels = [
            ["link", ""], ["path", ""], ["role", "target"], ["target", "stamp://10.1.0.4"], ["module", "stamp"],
        ]
        #expect(read.value("netprobe_stamp_lost_packets_total", labels + [["direction", "forward"]]) == "4")
        #expect(read.value("netprobe_stamp_lost_packets_total", labels + [["direction", "backward"]]) == "0")
    }

    @Test("an answer, a loss and a spoiled probe are three different things")
    func outcomes() throws {
        let read = try read { store in
            let series = ProbeSeries(Sample.edge, in: &store)
            let results: [Outcome.Result] = [
                .answered(roundTrip: .milliseconds(2), clock: .kernel), .failed(.timeout), .failed(.timeout),
                .invalid(.overload), .answered(roundTrip: .milliseconds(3), clock: .hardware),
            ]
            for result in results {
                series.record(Sample.outcome(result), settledAt: Sample.moment, in: &store)
            }
        }
        #expect(read.value("netprobe_probe_sent_total", labels) == "4")
        #expect(read.value("netprobe_probe_received_total", labels) == "2")
        #expect(read.value("netprobe_probe_invalid_total", labels) == "1")
        #expect(read.value("netprobe_probe_failures_total", labels + [["reason", "timeout"]]) == "2")
        #expect(read.value("netprobe_probe_success", labels) == "1")
        #expect(read.value("netprobe_probe_last_answer_timestamp_seconds", labels) == "1795000000.25")
        #expect(read.value("netprobe_probe_rtt_seconds_sum", labels) == "0.005")
        let clocks = read.samples.filter { $0.name == "netprobe_probe_clock_info" }
        #expect(clocks.map { $0.labels.last } == [["clock", "hardware"]])
    }

    @Test("a reason that was not foreseen is counted all the same")
    func unforeseenReason() throws {
        let read = try read { store in
            let series = ProbeSeries(Sample.edge, in: &store)
            series.record(Sample.outcome(.failed(.httpBody)), settledAt: Sample.moment, in: &store)
        }
        #expect(read.value("netprobe_probe_failures_total", labels + [["reason", "http_body"]]) == "1")
    }

    @Test("flows of one target share their series")
    func flowsShare() throws {
        let read = try read { store in
            for flow in 0..<3 {
                var key = Sample.workload
                key.flow = flow
                let series = ProbeSeries(key, in: &store)
                series.record(Sample.outcome(.failed(.reset)), settledAt: Sample.moment, in: &store)
            }
        }
        let sent = read.samples.filter { $0.name == "netprobe_probe_sent_total" }
        #expect(sent.map(\.value) == ["3"])
        #expect(sent.first?.labels[1] == ["path", ""])
    }

    @Test(
        "each scheme has the reasons that can occur, a name those of its resolution",
        arguments: [
            ("icmp://10.0.0.1", [Reason.timeout, .noRoute], [Reason.refused, .dnsError, .overload, .cancelled]),
            ("icmp://host.example", [.dnsNXDomain], [.refused]),
            ("tcp://10.0.0.1:443", [.refused, .reset], [.tlsName, .httpStatus]),
            ("tls://10.0.0.1", [.tlsExpired, .refused], [.httpStatus]),
            ("http://10.0.0.1/", [.proxyAuthRequired, .httpStatus], [.tlsName]),
            ("https://10.0.0.1/", [.tlsName, .httpBody], []),
            ("dns://10.0.0.1/a?type=A", [.dnsServFail, .expectMismatch], [.httpBody]),
            ("ike://10.0.0.1", [.timeout, .unreachablePort], [.refused]),
        ]
    )
    func reasons(target: String, possible: [Reason], impossible: [Reason]) throws {
        let reasons = try Target(parsing: target).possibleReasons
        #expect(Set(possible).isSubset(of: reasons))
        #expect(Set(impossible).isDisjoint(with: reasons))
        #expect(reasons == Reason.allCases.filter(reasons.contains))
    }

    @Test("a link's series exist from the start")
    func linkFromTheStart() throws {
        let read = try read { _ = LinkSeries(Sample.link, in: &$0) }
        let link = ["link", "seoul-koreacentral"]
        for name in ["shifts_total", "blind_seconds_total", "current_outage_seconds", "last_outage_seconds"] {
            #expect(read.value("netprobe_link_\(name)", [link]) == "0")
        }
        #expect(read.value("netprobe_link_outage_seconds_count", [link]) == "0")
        #expect(read.value("netprobe_link_failovers_total", [link, ["from", "1"], ["to", "2"]]) == "0")
        #expect(read.value("netprobe_link_failovers_total", [link, ["from", "2"], ["to", "1"]]) == "0")
        #expect(read.value("netprobe_link_state", [link, ["state", "unknown"]]) == "1")
        #expect(read.value("netprobe_link_state", [link, ["state", "down"]]) == "0")
        #expect(read.value("netprobe_path_state", [link, ["path", "kr-vpn"], ["state", "unknown"]]) == "1")
        #expect(read.value("netprobe_link_path_active", [link, ["path", "kr-vpn"], ["tier", "2"]]) == "0")
        #expect(read.value("netprobe_link_active_tier", [link]) == nil)
        #expect(read.value("netprobe_path_up", [link, ["path", "kr-vpn"]]) == nil)
    }

    @Test(
        "path_up follows the state",
        arguments: [("up", "1"), ("degraded", "1"), ("drained", "1"), ("down", "0"), ("unknown", nil)]
    )
    func pathUp(state: String, expected: String?) throws {
        let read = try read { LinkSeries(Sample.link, in: &$0).setPath(Sample.vpn, state: state, in: &$0) }
        let labels = [["link", "seoul-koreacentral"], ["path", "kr-vpn"]]
        #expect(read.value("netprobe_path_up", labels) == expected)
        let states = read.samples.filter { $0.name == "netprobe_path_state" && $0.labels[1] == labels[1] }
        #expect(states.filter { $0.value == "1" }.map { $0.labels[2][1] } == [state])
        #expect(states.count == 5)
    }

    @Test("the active set is 1 on its paths and 0 on the others, and absent while unknown")
    func activeSet() throws {
        let read = try read { store in
            let series = LinkSeries(Sample.link, in: &store)
            series.setActive(tier: 1, paths: [Sample.primary], in: &store)
        }
        let active = read.samples.filter { $0.name == "netprobe_link_path_active" }
        #expect(active.map(\.value) == ["1", "0", "0"])
        #expect(active.map { $0.labels[2][1] } == ["1", "1", "2"])
        #expect(read.value("netprobe_link_active_tier", [["link", "seoul-koreacentral"]]) == "1")
    }

    @Test("a reload keeps a link's counters and drops a path that is gone")
    func reload() throws {
        let read = try read { store in
            let series = LinkSeries(Sample.link, in: &store)
            series.countFailover(from: 1, to: 2, in: &store)
            store.set(series.lastOutage, 3.5)
            series.setState("at_risk", in: &store)
            var smaller = Sample.link
            smaller.tiers = [[Sample.primary], [Sample.vpn]]
            store.reload(Catalogue.configured) { _ = LinkSeries(smaller, in: &$0) }
        }
        let link = ["link", "seoul-koreacentral"]
        #expect(read.value("netprobe_link_failovers_total", [link, ["from", "1"], ["to", "2"]]) == "1")
        #expect(read.value("netprobe_link_last_outage_seconds", [link]) == "3.5")
        #expect(read.value("netprobe_link_state", [link, ["state", "at_risk"]]) == "1")
        #expect(!read.samples.contains { $0.labels.contains(["path", "kr-er-01/secondary"]) })
    }

    @Test("only one vantage is shown")
    func vantage() throws {
        let read = try read { store in
            let program = ProgramSeries(version: "1", in: &store)
            for vantage in ["a", "b"] { program.setVantage(SiteSpec(name: "s", vantage: vantage), in: &store) }
        }
        let infos = read.samples.filter { $0.name == "netprobe_vantage_info" }
        #expect(infos.map { $0.labels } == [[["site", "s"], ["vantage", "b"]]])
    }
}
