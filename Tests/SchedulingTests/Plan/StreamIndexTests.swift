import Model
import Scheduling
import TestSupport
import Testing

@Suite("Numbers of streams")
struct StreamIndexTests {
    private func plan(_ hosts: some Sequence<Int>) throws -> ProbePlan {
        let specs = try hosts.map { try PlanSample.spec("icmp://10.9.\($0 / 256).\($0 % 256)") }
        return ProbePlan(topology: Topology(site: SiteSpec(name: "s", vantage: "v")), targets: specs)
    }

    @Test("the first plan is numbered from 0 without gaps")
    func dense() throws {
        var index = StreamIndex()
        let change = index.adopt(try plan(0..<5))
        #expect(change.added.map(\.rawValue) == [0, 1, 2, 3, 4])
        #expect(change.removed.isEmpty && !index.isEmpty)
    }

    @Test("what stays keeps its number when its interval changes")
    func keeps() throws {
        var index = StreamIndex()
        var old = try plan([1, 2])
        _ = index.adopt(old)
        old.streams[1].interval = .seconds(7)
        let change = index.adopt(old)
        #expect(change.added.isEmpty && change.removed.isEmpty)
        #expect(index[ProbeID(rawValue: 1)]?.interval == .seconds(7))
    }

    @Test("a freed number is given away only by a later change")
    func quarantine() throws {
        var index = StreamIndex()
        _ = index.adopt(try plan([1, 2]))
        let replaced = index.adopt(try plan([1, 3]))
        #expect(replaced.removed.map(\.rawValue) == [1] && replaced.added.map(\.rawValue) == [2])
        #expect(index[ProbeID(rawValue: 1)] == nil)
        let later = index.adopt(try plan([1, 3, 4]))
        #expect(later.added.map(\.rawValue) == [1])
    }

    @Test("numbers outside are nobody's")
    func outside() {
        let index = StreamIndex()
        #expect(index[ProbeID(rawValue: 0)] == nil && index[ProbeID(rawValue: -1)] == nil && index.isEmpty)
    }

    @Test("over any reloads a stream keeps its number as long as it lives, and no two share one", arguments: 0..<20)
    func reloads(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var index = StreamIndex()
        var known: [PlannedStream.Purpose: ProbeID] = [:]
        var mostAlive = 0
        for _ in 0..<30 {
            let next = try plan((0..<40).filter { _ in Bool.random(using: &generator) })
            _ = index.adopt(next)
            var numbers: [PlannedStream.Purpose: ProbeID] = [:]
            for stream in next.streams { numbers[stream.purpose] = index.id(of: stream.purpose) }
            #expect(numbers.count == next.streams.count)
            #expect(Set(numbers.values).count == numbers.count)
            for (purpose, id) in numbers {
                #expect(index[id]?.purpose == purpose)
                if let former = known[purpose] { #expect(former == id) }
            }
            known = numbers
            mostAlive = max(mostAlive, numbers.count)
        }
        #expect(index.streams.count <= 2 * 40, "numbers are used again")
    }
}
