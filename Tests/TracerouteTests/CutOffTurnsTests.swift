import Model
import TestSupport
import Testing

@testable import Traceroute

@Suite("Flows of a live view that end before a target which limits its errors")
struct CutOffTurnsTests {
    /// What the rounds of a view bring where the target has Linux' limit: one error a second, six in stock.
    /// - Parameter dead: flows that do not get there.
    /// - Returns: the flows that each round names.
    private func run(flows: Int, interval: Duration, dead: Set<Int>, rounds: Int, _ random: inout SeededGenerator)
        -> [Set<Int>]
    {
        var stock: Duration = .seconds(6)
        var (stockAt, start) = (Simulation.start, Simulation.start)
        var turns = CutOffTurns()
        return (0..<rounds).map { _ in
            var at = start
            let asked = Array(0..<flows).shuffled(using: &random).enumerated().map { place, number in
                var isAnswered = false
                if !dead.contains(number) {
                    stock = min(stock + (at - stockAt), .seconds(6))
                    stockAt = at
                    isAnswered = stock >= .seconds(1)
                    if isAnswered { stock -= .seconds(1) }
                }
                let times: [Duration] = isAnswered ? [.milliseconds(1)] : []
                let statistics = HopStatistics(sent: 1, roundTrips: times)
                // The others wait for the first one to be answered.
                at = at + (place == 0 && !isAnswered ? .milliseconds(300) : .milliseconds(3))
                return TraceFlow(number: number, responders: [], distance: 2, statistics: statistics)
            }
            start = start + max(interval, at - start)
            turns.add(asked)
            return turns.members
        }
    }

    @Test("none that gets there is named, at whatever interval", arguments: 2...8)
    func healthy(flows: Int) {
        var random = SeededGenerator(seed: UInt64(flows))
        for interval in Array(stride(from: 50, through: 3_000, by: 25)) + [940, 960, 997, 999, 1_001, 1_010] {
            let named = run(flows: flows, interval: .milliseconds(interval), dead: [], rounds: 200, &random)
            #expect(named.allSatisfy { $0.isEmpty }, "\(interval) ms")
        }
    }

    @Test("one that does not is named, be it the first or the last", arguments: 2...8)
    func dead(flows: Int) {
        var random = SeededGenerator(seed: UInt64(flows))
        for interval in [500, 960, 1_000, 1_300, 2_000] {
            for number in [0, flows / 2, flows - 1] {
                let named = run(flows: flows, interval: .milliseconds(interval), dead: [number], rounds: 400, &random)
                #expect(named.allSatisfy { $0.isSubset(of: [number]) }, "\(interval) ms, flow \(number)")
                #expect(named.last == [number], "\(interval) ms, flow \(number)")
            }
        }
    }

    @Test("of two flows the dead one is named after two dozen answers of the other, and no more once it is answered")
    func two() {
        func flows(_ answered: Set<Int>) -> [TraceFlow] {
            (0..<2).map { number in
                let times: [Duration] = answered.contains(number) ? [.milliseconds(1)] : []
                let statistics = HopStatistics(sent: 1, roundTrips: times)
                return TraceFlow(number: number, responders: [], distance: 2, statistics: statistics)
            }
        }
        var turns = CutOffTurns()
        for round in 1...24 {
            turns.add(flows([]))
            turns.add(flows([1]))
            #expect(turns.members == (round < 24 ? [] : [0]))
        }
        turns.add(flows([0]))
        #expect(turns.members.isEmpty)
    }

    @Test("flows on one dead way are named together, much sooner than each of them would be")
    func way() {
        func flows(_ answered: Int?) -> [TraceFlow] {
            (0..<8).map { number in
                let times: [Duration] = answered == number ? [.milliseconds(1)] : []
                return TraceFlow(
                    number: number,
                    responders: [
                        ip("10.0.0.1"), ip("10.0.\(1 + number % 2).1"), answered == number ? ip("10.0.9.1") : nil,
                    ],
                    distance: answered == number ? 3 : nil,
                    statistics: HopStatistics(sent: 1, roundTrips: times)
                )
            }
        }
        var turns = CutOffTurns()
        var needed: Int?
        for round in 0..<30 {
            turns.add(flows(round * 2 % 8))
            if !turns.members.isEmpty, needed == nil { needed = round + 1 }
            #expect(turns.members.isSubset(of: [1, 3, 5, 7]))
        }
        // Each answer goes to the other half with probability one half.
        #expect(needed == 24 && turns.members == [1, 3, 5, 7])
    }
}
