import Model
import TestSupport
import Testing
import Wire

@testable import Traceroute

@Suite("One parallel link loses a part")
struct LossyLinkTests {
    private func link(_ way: BalancedWay, _ flows: FlowPlan, count: Int = 10) -> LossyLink? {
        way.trace(TracePlan(count: count, maxHops: 12, flows: flows)).state.lossyLink
    }

    @Test("of two links the one that loses half is named by its router, with its flows")
    func half() throws {
        let way = BalancedWay(distance: 8, width: 2, losses: [1: 50])
        let found = try #require(link(way, .fixed(8)))
        #expect(found.router == ip("10.9.1.1") && found.ttl == 3)
        #expect(found.members.allSatisfy { way.reply(3, $0)?.responder != ip("10.9.0.1") })
        #expect(found.members.count + found.others.count == 8)
    }

    @Test(
        "in the usual trace too it is found in four cases of five, and never another one",
        arguments: [2, 3, 4],
        [0, 1]
    )
    func automatic(width: Int, apart: Int) {
        var found = 0
        for seed in 0..<40 {
            let way = BalancedWay(distance: 8, width: width, losses: [1: 50], apart: apart, seed: UInt64(seed))
            guard let link = link(way, .automatic(.percent99)) else { continue }
            // Where it was silent at first the next one is all that is known of it.
            #expect(link.router == ip("10.9.1.1") || apart > 0 && link.router == ip("10.6.4.2"), "\(seed)")
            found += 1
        }
        #expect(found >= 32, "\(found)")
    }

    @Test("that each link's next router is another one hides it no more than few rounds do")
    func fewRounds() {
        var found = 0
        for seed in 0..<480 {
            let way = BalancedWay(distance: 4, balancer: 2, width: 2, losses: [1: 75], apart: 1, seed: UInt64(seed))
            if link(way, .fixed(8), count: 4) != nil { found += 1 }
        }
        #expect(found >= 350, "\(found)")
    }

    @Test(
        "outages of all links, long or many short ones, are no fault of one",
        arguments: [[600], [60, 60, 60, 60, 60, 60]]
    )
    func outages(lengths: [Int]) {
        var wrong = 0
        for seed in 0..<100 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let outages = lengths.map { length in
                let start = Int.random(in: 100..<2500, using: &generator)
                return Range(uncheckedBounds: (Duration.milliseconds(start), .milliseconds(start + length)))
            }
            let way = BalancedWay(distance: 8, width: 2, outages: outages, seed: UInt64(seed))
            if link(way, seed % 2 == 0 ? .fixed(8) : .automatic(.percent99)) != nil { wrong += 1 }
        }
        #expect(wrong <= 1, "\(wrong)")
    }

    @Test(
        "where routers behind the link answer whatever crosses it, the loss is behind them or on the way back: no link is named"
    )
    func answers() {
        for seed in 0..<40 {
            let way = BalancedWay(
                distance: 8,
                width: 2,
                answerLosses: [1: 50],
                apart: seed % 4 / 2,
                seed: UInt64(seed)
            )
            #expect(link(way, seed % 2 == 0 ? .fixed(8) : .automatic(.percent99)) == nil, "\(seed)")
        }
    }

    @Test("flows that are compared are measured at the same time, and as many of both")
    func interleaved() throws {
        var seen = 0
        for seed in 0..<12 {
            let way = BalancedWay(distance: 8, width: 2, losses: [1: 50], seed: UInt64(seed))
            let state = way.trace(TracePlan(count: 10, maxHops: 12, flows: .automatic(.percent99))).state
            let measured = state.flows.indices.filter { state.flows[$0].plan.count > 1 }
            guard measured.count >= 6 else { continue }
            seen += 1
            let lossy = measured.filter { way.reply(3, $0)?.responder != ip("10.9.0.1") }
            #expect(lossy.count >= 2 && measured.count - lossy.count >= 2, "\(seed)")
            let ends = measured.compactMap { state.flows[$0].probes.last?.sentAt }
            #expect(try #require(ends.max()) - #require(ends.min()) <= .milliseconds(1_200), "\(seed)")
        }
        #expect(seen > 0)
    }

    @Test(
        "links that lose alike, or nothing, are not told from each other in 99 of 100 traces",
        arguments: [0, 10, 40]
    )
    func alike(loss: Int) {
        var wrong = 0
        for seed in 0..<60 {
            let way = BalancedWay(distance: 8, width: 2, losses: [0: loss, 1: loss], seed: UInt64(seed))
            if link(way, seed % 2 == 0 ? .fixed(8) : .automatic(.percent99)) != nil { wrong += 1 }
        }
        #expect(wrong <= 1, "\(wrong)")
    }

    @Test("with too few probes nothing is said")
    func tooFew() {
        for seed in 0..<20 {
            let way = BalancedWay(distance: 5, width: 2, losses: [1: 50], seed: UInt64(seed))
            #expect(link(way, .fixed(2), count: 3) == nil)
        }
    }
}
