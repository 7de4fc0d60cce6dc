import TestSupport
import Testing

@testable import Probing

@Suite("Queue of what is due")
struct DueQueueTests {
    @Test("the earliest comes first, whatever the order of entry")
    func order() {
        var queue = DueQueue()
        for (stream, time) in [50, 10, 40, 20, 30].enumerated() { queue.set(stream, to: Int64(time)) }
        var times: [Int64] = []
        while let (time, stream) = queue.first {
            times.append(time)
            queue.remove(stream)
        }
        #expect(times == [10, 20, 30, 40, 50])
        #expect(queue.isEmpty)
    }

    @Test("a stream is in the queue once: a new time moves it")
    func move() {
        var queue = DueQueue()
        queue.set(0, to: 10)
        queue.set(1, to: 20)
        queue.set(0, to: 30)
        #expect(queue.first?.stream == 1)
        #expect(queue.time(of: 0) == 30)
        queue.set(1, to: nil)
        #expect(queue.count == 1)
        #expect(queue.time(of: 1) == nil)
    }

    @Test("any run of entering, moving and removing agrees with a plain list", arguments: 0..<20)
    func agreesWithList(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = DueQueue()
        var list: [Int: Int64] = [:]
        for _ in 0..<2_000 {
            let stream = Int.random(in: 0..<40, using: &random)
            if Int.random(in: 0..<4, using: &random) == 0 {
                queue.remove(stream)
                list[stream] = nil
            } else {
                let time = Int64.random(in: 0..<1_000, using: &random)
                queue.set(stream, to: time)
                list[stream] = time
            }
            #expect(queue.count == list.count)
            #expect(queue.first?.time == list.values.min())
            if let first = queue.first { #expect(list[first.stream] == first.time) }
        }
    }
}
