import Links
import Model
import Scheduling
import Testing
import Wire

@testable import Service

@Suite("Probes between the regular ones")
struct ExtraProbesTests {
    private static let link = "seoul"

    private static func stream(_ role: ProbeRole, interval: Duration = .seconds(1), link: String = link)
        -> PlannedStream
    {
        let target = Target(scheme: .icmp, host: "10.1.0.4")
        let key = ProbeKey(link: link, role: role, target: target)
        return PlannedStream(
            purpose: .probe(key),
            target: target,
            pin: .none,
            interval: interval,
            timeout: .milliseconds(800)
        )
    }

    private static func at(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    private let probe = ProbeID(rawValue: 0)

    @Test("a first loss of a seldom probe is confirmed once, until it answers again")
    func confirmation() {
        var extra = ExtraProbes()
        let stream = Self.stream(.through)
        let expected = ExtraProbes.Request(probe: probe, count: 2, spacing: .milliseconds(200))
        #expect(extra.lost(probe, of: stream, downAfter: 3) == expected)
        #expect(extra.lost(probe, of: stream, downAfter: 3) == nil)
        extra.answered(probe)
        #expect(extra.lost(probe, of: stream, downAfter: 3) == expected)
    }

    @Test("edges, references and quick probes are not confirmed", arguments: [ProbeRole.edge, .reference, .target])
    func notConfirmed(role: ProbeRole) {
        var extra = ExtraProbes()
        #expect(extra.lost(probe, of: Self.stream(role), downAfter: 3) == nil)
        #expect(extra.lost(probe, of: Self.stream(.through, interval: .milliseconds(100)), downAfter: 3) == nil)
        #expect(extra.lost(probe, of: Self.stream(.through), downAfter: 1) == nil)
    }

    @Test("while a link is out its workloads are asked four times an interval, and no others")
    func searches() {
        var extra = ExtraProbes()
        let streams = [Self.stream(.workload), Self.stream(.through), nil, Self.stream(.workload, link: "busan")]
        #expect(extra.searches(among: streams, at: Self.at(9)).isEmpty)
        extra.note(.outageOpened(link: Self.link, start: Self.at(9), at: Self.at(10)))
        let expected = [ExtraProbes.Request(probe: probe, count: 4, spacing: .milliseconds(250))]
        #expect(extra.searches(among: streams, at: Self.at(10)) == expected)
        #expect(extra.searches(among: streams, at: Self.at(10)).isEmpty)
        #expect(extra.searches(among: streams, at: Self.at(11)) == expected)
        extra.note(.outageClosed(link: Self.link, Outage(start: Self.at(9), end: Self.at(12))))
        #expect(extra.searches(among: streams, at: Self.at(13)).isEmpty)
    }

    @Test("of a long outage the end is not searched any more")
    func longOutage() {
        var extra = ExtraProbes()
        extra.note(.outageOpened(link: Self.link, start: Self.at(0), at: Self.at(0)))
        #expect(extra.searches(among: [Self.stream(.workload)], at: Self.at(299)).count == 1)
        #expect(extra.searches(among: [Self.stream(.workload)], at: Self.at(300)).isEmpty)
    }
}
