import Links
import Model
import Testing

@Suite("Probes between the regular ones")
struct ExtraProbesTests {
    private static let link = "seoul"
    private let probe = ProbeID(rawValue: 0)

    private static func stream(
        _ role: ProbeRole,
        _ number: Int32 = 0,
        interval: Duration = .seconds(1),
        link: String = link
    ) -> ExtraProbes.Stream {
        ExtraProbes.Stream(probe: ProbeID(rawValue: number), role: role, link: link, interval: interval)
    }

    private static func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }

    private static func delays(_ interval: Duration, timeout: Double = 0.8, downAfter: Int = 3) -> [Duration]? {
        var extra = ExtraProbes()
        let stream = stream(.through, interval: interval)
        return extra.lost(stream, sentAt: at(100), downAfter: downAfter, at: at(100 + timeout))?.delays
    }

    @Test("a first loss of a seldom probe is confirmed once, until it answers again")
    func confirmation() {
        var extra = ExtraProbes()
        let stream = Self.stream(.through)
        let expected = ExtraProbes.Request(probe: probe, delays: [.milliseconds(600)])
        #expect(extra.lost(stream, sentAt: Self.at(9), downAfter: 3, at: Self.at(9.8)) == expected)
        #expect(extra.lost(stream, sentAt: Self.at(10), downAfter: 3, at: Self.at(10.8)) == nil)
        extra.answered(probe)
        #expect(extra.lost(stream, sentAt: Self.at(11), downAfter: 3, at: Self.at(11.8)) == expected)
    }

    @Test("a confirming probe goes where no other is near, and only as many as make a fall together")
    func places() {
        #expect(Self.delays(.seconds(5)) == [.zero, .milliseconds(400)])
        #expect(Self.delays(.seconds(1), timeout: 0.1) == [.milliseconds(300)])
        #expect(Self.delays(.seconds(1), downAfter: 5) == [.milliseconds(600), .milliseconds(1_600)])
        #expect(Self.delays(.seconds(30), downAfter: 2) == [.zero])
    }

    @Test("no burst of 300 ms takes two probes of a run", arguments: [800, 900, 1_000, 1_500, 2_000, 5_000, 60_000])
    func apart(interval: Int) throws {
        for timeout in [0.05, 0.2, 0.8, 1.9, 4.5] {
            for downAfter in 2...9 {
                let delays = Self.delays(.milliseconds(interval), timeout: timeout, downAfter: downAfter) ?? []
                let extras = delays.map { Duration.seconds(timeout) + $0 }
                let last = extras.last ?? .zero
                let regular = (0...Int(last / .milliseconds(interval)) + 1).map { Duration.milliseconds(interval * $0) }
                let all = (extras + regular).sorted()
                for (one, next) in zip(all, all.dropFirst()) { #expect(next - one > .milliseconds(300)) }
                #expect(delays.allSatisfy { $0 >= .zero })
            }
        }
    }

    @Test("edges, references and quick probes are not confirmed", arguments: [ProbeRole.edge, .reference, .target])
    func notConfirmed(role: ProbeRole) {
        var extra = ExtraProbes()
        let (sent, known) = (Self.at(1), Self.at(1.5))
        #expect(extra.lost(Self.stream(role), sentAt: sent, downAfter: 3, at: known) == nil)
        let quick = Self.stream(.through, interval: .milliseconds(700))
        #expect(extra.lost(quick, sentAt: sent, downAfter: 3, at: known) == nil)
        #expect(extra.lost(Self.stream(.through), sentAt: sent, downAfter: 1, at: known) == nil)
    }

    @Test("while a link is out its workloads are asked four times an interval, and no others")
    func searches() {
        var extra = ExtraProbes()
        let streams = [Self.stream(.workload), Self.stream(.through, 1), Self.stream(.workload, 2, link: "busan")]
        func ask(_ seconds: Double) -> [ExtraProbes.Request] {
            extra.searches(among: streams, at: Self.at(seconds), period: .milliseconds(100))
        }
        #expect(ask(9).isEmpty && !extra.isSearching)
        extra.note(.outageOpened(link: Self.link, start: Self.at(9), at: Self.at(10)))
        #expect(extra.isSearching)
        let expected = [
            ExtraProbes.Request(probe: probe, delays: [0, 250, 500, 750].map { .milliseconds($0) })
        ]
        #expect(ask(10) == expected)
        #expect(ask(10).isEmpty)
        #expect(ask(11) == expected)
        extra.note(.outageClosed(link: Self.link, Outage(start: Self.at(9), end: Self.at(12))))
        #expect(ask(13).isEmpty)
    }

    @Test("a link's workloads are asked in turn, not at the same moments")
    func inTurn() {
        var extra = ExtraProbes()
        extra.note(.outageOpened(link: Self.link, start: Self.at(9), at: Self.at(10)))
        let streams = [Self.stream(.workload), Self.stream(.workload, 1), Self.stream(.workload, 2, link: "busan")]
        let asked = extra.searches(among: streams, at: Self.at(10), period: .milliseconds(100))
        #expect(asked.map { $0.delays.first } == [.zero, .milliseconds(125)])
    }

    @Test("of a long outage the end is not searched any more")
    func longOutage() {
        var extra = ExtraProbes()
        extra.note(.outageOpened(link: Self.link, start: Self.at(0), at: Self.at(0)))
        let streams = [Self.stream(.workload)]
        #expect(extra.searches(among: streams, at: Self.at(299), period: .milliseconds(100)).count == 1)
        #expect(extra.searches(among: streams, at: Self.at(300), period: .milliseconds(100)).isEmpty)
    }
}
