import Model
import Testing
import Traceroute
import Wire

@testable import Service

@Suite("ways of a target's flows")
struct WayBookTests {
    /// One flow over 10.0.0.1 and each of `middles`, from ports that follow on `port`.
    private func flows(_ middles: [String], port: UInt16?, reached: Bool = true) -> [TraceFlow] {
        middles.enumerated().map { number, middle in
            TraceFlow(
                number: number,
                sourcePort: port.map { $0 + UInt16(number) },
                responders: ["10.0.0.1", middle, "10.1.0.4"].prefix(reached ? 3 : 1).map { IPAddress($0) },
                distance: reached ? 3 : nil,
                statistics: HopStatistics()
            )
        }
    }

    @Test("a flow from another port is another flow: that it meets another router is no change")
    func otherPorts() {
        var book = WayBook()
        let first = book.take(flows(["172.16.0.2", "172.16.0.6"], port: 61_000), interface: "er0")
        #expect(first.isFirst && first.changes.isEmpty)
        let beside = book.take(flows(["172.16.0.6", "172.16.0.2"], port: 61_128), interface: "er0")
        #expect(!beside.isFirst && beside.changes.isEmpty)
        let again = book.take(flows(["172.16.0.2", "172.16.0.6"], port: 61_000), interface: "er0")
        #expect(again.changes.isEmpty)
    }

    @Test("a change behind a time with other ports is seen")
    func changeBehind() {
        var book = WayBook()
        _ = book.take(flows(["172.16.0.2"], port: 61_000), interface: nil)
        _ = book.take(flows(["172.16.0.6"], port: 61_128), interface: nil)
        let moved = book.take(flows(["172.16.0.10"], port: 61_000), interface: nil)
        #expect(
            moved.changes == [
                .init(
                    former: "10.0.0.1 > 172.16.0.2 > 10.1.0.4",
                    present: "10.0.0.1 > 172.16.0.10 > 10.1.0.4"
                )
            ]
        )
    }

    @Test("the hash is that of the flows that were sent, and stays over silence")
    func hash() {
        var book = WayBook()
        _ = book.take(flows(["172.16.0.2"], port: 61_000), interface: nil)
        let usual = book.hash
        _ = book.take(flows(["172.16.0.6"], port: 61_128), interface: nil)
        #expect(usual != nil && book.hash != usual)
        _ = book.take(flows(["172.16.0.2"], port: 61_000, reached: false), interface: nil)
        #expect(book.hash == usual)
        _ = book.take(flows([], port: nil), interface: nil)
        #expect(book.hash == usual)
    }

    @Test("where no trace reached the target, the first that does shows the way, and no change")
    func neverReached() {
        var book = WayBook()
        let first = book.take(flows(["172.16.0.2"], port: nil, reached: false), interface: nil)
        #expect(first.isFirst && first.changes.isEmpty && book.hash != nil)
        let silent = book.take(flows(["172.16.0.2"], port: nil, reached: false), interface: nil)
        #expect(!silent.isFirst)
        let reached = book.take(flows(["172.16.0.2"], port: nil), interface: nil)
        #expect(reached.isFirst && reached.changes.isEmpty)
        let broken = book.take(flows(["172.16.0.6"], port: nil, reached: false), interface: nil)
        #expect(!broken.isFirst && broken.changes.isEmpty)
        let moved = book.take(flows(["172.16.0.6"], port: nil), interface: nil)
        #expect(!moved.isFirst && moved.changes.count == 1)
    }

    @Test("a flow that is silent in the first trace has its first way when it comes through")
    func lateFlow() {
        var book = WayBook()
        var first = flows(["172.16.0.2", "172.16.0.6"], port: 61_000)
        (first[1].distance, first[1].responders) = (nil, [IPAddress("10.0.0.1")])
        _ = book.take(first, interface: nil)
        let later = book.take(flows(["172.16.0.2", "172.16.0.6"], port: 61_000), interface: nil)
        #expect(later.changes.isEmpty)
    }

    @Test("ever other ports do not grow it, and do not lose the present ones")
    func bounded() {
        var book = WayBook()
        for place in 0..<30 {
            _ = book.take(flows(["a", "b", "c", "d"], port: UInt16(61_000 + place * 128)), interface: nil)
        }
        let same = book.take(flows(["172.16.0.2", "b", "c", "d"], port: 61_000 + 29 * 128), interface: nil)
        #expect(same.changes.isEmpty, "who was silent is no other way")
        #expect(book.count <= 8 * TraceRounds.flows)
    }
}
