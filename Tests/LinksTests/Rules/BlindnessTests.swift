import Model
import Testing

@testable import Links

@Suite("Time that was hidden")
struct BlindnessTests {
    /// A site in which all was well, and the rows of an outage: every workload is lost, and the references answer.
    private static func outage(lasting intervals: Int) -> (hand: Hand, rows: [ProbeKey: String]) {
        var hand = Hand()
        hand.warmUp()
        let keys = World.probes(of: hand.model.topology).map(\.0).filter { $0.role == .workload }
        var rows = Dictionary(keys.map { ($0, String(repeating: "-", count: intervals)) }) { first, _ in first }
        for reference in Hand.references { rows[reference] = String(repeating: "+", count: intervals) }
        hand.play(rows)
        return (hand, rows)
    }

    @Test("times that overlap are hidden once, and every link is told what is new of each")
    func once() {
        var model = LinksModel(topology: Site.topology(Site.Options()), at: at(0))
        var changes: [LinksChange] = []
        for (from, end) in [(10, 20), (12, 15), (18, 22), (30, 31)] {
            model.note(blindFrom: at(Double(from)), to: at(Double(end)), &changes)
        }
        #expect(model.blindTime(from: at(11), to: at(40)) == .seconds(12))
        let told = changes.compactMap { if case .blind(_, let time) = $0 { time } else { nil } }
        #expect(told.reduce(.zero, +) == .seconds(13) * model.links.count)
        model.isolationStart = at(21)
        #expect(model.blindTime(from: at(11), to: at(25)) == .seconds(14))
    }

    @Test("a stop inside an isolation inside an outage makes it shorter, never negative")
    func nested() throws {
        var (hand, rows) = Self.outage(lasting: 4)
        #expect(hand.link?.outageStart != nil)
        for reference in Hand.references { rows[reference] = "----" }
        hand.play(rows)
        #expect(hand.model.isIsolated)
        hand.seconds += 3
        hand.apply(.blind(from: at(hand.seconds - 3), to: at(hand.seconds)))
        for key in rows.keys { rows[key] = "+" }
        hand.play(rows)
        let outage = try #require(hand.link?.lastOutage)
        #expect(outage.duration > .zero && outage.duration < .seconds(1))
        #expect(outage.blind >= .seconds(3))
    }

    @Test("a workload that a reload brings while the others are silent does not make the outage begin later")
    func reloaded() throws {
        var (hand, rows) = Self.outage(lasting: 2)
        let added = Self.addWorkload(to: &hand)
        rows = rows.mapValues { $0 + $0 }
        rows[Hand.flow(0, of: added)] = "----"
        hand.play(rows)
        let start = try #require(hand.link?.outageStart)
        #expect(start < at(hand.seconds - 0.55))
    }

    private static func addWorkload(to hand: inout Hand) -> Target {
        var topology = hand.model.topology
        let added = Target(scheme: .tcp, host: "10.1.0.99", port: 443)
        var workload = topology.links[0].workloads[0]
        workload.target = added
        workload.flows = 1
        topology.links[0].workloads.append(workload)
        hand.model.reconfigure(topology: topology, at: at(hand.seconds))
        return added
    }

    @Test("a workload that a reload brings in the middle of an outage does not make the link look alive")
    func reloadedInOutage() throws {
        var (hand, rows) = Self.outage(lasting: 4)
        #expect(hand.link?.state == .down)
        rows[Hand.flow(0, of: Self.addWorkload(to: &hand))] = "----"
        for _ in 0..<4 {
            hand.play(rows.mapValues { String($0.prefix(1)) })
            #expect(hand.link?.state == .down)
        }
    }
}
