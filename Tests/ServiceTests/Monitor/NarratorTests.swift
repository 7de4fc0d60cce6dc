import Links
import Logging
import Model
import TestSupport
import Testing

@testable import Service

@Suite("What the log tells")
struct NarratorTests {
    private static let now = Sample.clock(0).monotonic
    private static let evidence = [Evidence(at: now, "3 probes missed"), Evidence(at: now, "the edge is silent")]
    private static let outage = Outage(start: now, end: now + .milliseconds(1_234))

    private static let told: [LinksChange] = [
        .path(link: "l", path: Sample.primary, from: .up, to: .down, at: now, evidence: evidence),
        .path(link: "l", path: Sample.primary, from: .down, to: .up, at: now, evidence: []),
        .link(link: "l", from: .protected, to: .atRisk, at: now, evidence: evidence),
        .link(link: "l", from: .atRisk, to: .down, at: now, evidence: []),
        .failover(link: "l", from: 1, to: 2, at: now, evidence: evidence),
        .failover(link: "l", from: 2, to: 1, at: now, evidence: []),
        .shift(link: "l", from: [Sample.secondary, Sample.primary], to: [Sample.primary], at: now),
        .shift(link: "l", from: [Sample.primary], to: [], at: now),
        .outageOpened(link: "l", start: now, at: now),
        .outageResumed(link: "l", start: now, at: now + .milliseconds(30_100)),
        .outageClosed(link: "l", outage),
        .flowLost(link: "l", target: Sample.workload, flow: 1, at: now),
        .flowRestored(link: "l", target: Sample.workload, flow: 1, outage),
        .isolated(at: now),
        .reconnected(at: now),
    ]

    @Test("every change that people should know is one plain sentence")
    func sentences() throws {
        let lines = Self.told.map { change in
            Narrator.tell(change).map { "\($0.level.rawValue): \($0.text)" } ?? "nothing for \(change)"
        }
        try expectGolden(lines.joined(separator: "\n") + "\n", "Tests/Golden/service/narrator.txt")
    }

    @Test("what other parts alone use is not told")
    func silent() {
        #expect(Narrator.tell(.suspicion(at: Self.now)) == nil)
        #expect(Narrator.tell(.blind(link: "l", .seconds(1))) == nil)
    }

    @Test("a sentence knows its link and path, for those who ask by them")
    func objects() throws {
        let first = try #require(Narrator.tell(Self.told[0]))
        #expect(first.link == "l" && first.path == Sample.primary)
        #expect(Narrator.tell(.isolated(at: Self.now))?.link == nil)
    }
}
