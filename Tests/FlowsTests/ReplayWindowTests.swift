import Flows
import Testing
import Wire

/// Sequence numbers of an ESP flow, and what came of them.
private func counters(_ numbers: [UInt32]) -> FlowCounters {
    var trace = Trace()
    for (time, number) in numbers.enumerated() {
        let body = Frame.big(UInt32(0xABCD)) + Frame.big(number) + [UInt8](repeating: 0, count: 16)
        let packet = Frame.ipv4(IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 2), 50, id: 1, body)
        trace.see(Frame.ethernet(0x0800, packet), at: Int64(time))
    }
    return trace.client.counters
}

@Suite("sequence numbers of ESP")
struct ReplayWindowTests {
    @Test("a number that comes twice is a copy, and makes up for no other one")
    func copies() {
        let once = counters([1, 2, 3, 5, 6, 6, 7])
        #expect(once.lost == 1 && once.late == 0 && once.mirrored == 1)
        let mirror = counters([1, 2, 3, 5, 6, 7, 9].flatMap { [$0, $0] })
        #expect(mirror.lost == 2 && mirror.late == 0 && mirror.mirrored == 7)
    }

    @Test("a number that comes late is taken back once")
    func late() {
        let found = counters([1, 3, 2, 2, 3])
        #expect(found.lost == 0 && found.late == 1 && found.mirrored == 2)
    }

    @Test("what precedes the first number was not missed, so that nothing is taken back for it")
    func early() {
        let found = counters([5, 3, 8])
        #expect(found.lost == 2 && found.late == 1)
    }

    @Test("it holds over words, over the end of the numbers, and over a jump", arguments: [UInt32(1), 0xFFFF_FFC0])
    func far(first: UInt32) {
        let found = counters([0, 1, 100, 50, 50, 300, 99, 99, 299, 400, 299].map { first &+ $0 })
        #expect(found.lost == 393 && found.late == 3 && found.mirrored == 3)
    }

    @Test("so far behind that nobody knows whether it came, it changes nothing")
    func behind() {
        let old = counters([1, 1000, 2, 2])
        #expect(old.lost == 998 && old.late == 0 && old.mirrored == 0)
    }

    @Test("a long outage is loss, whatever came through is none of it")
    func outage() {
        let found = counters([1, 2, 3, 100_000, 100_001, 100_003])
        #expect(found.lost == 99_996 + 1 && found.late == 0)
    }

    @Test("a single number from far away proves nothing, since anybody can write one", arguments: [UInt32(900_000), 1])
    func stray(number: UInt32) {
        let found = counters([200_000, 200_001, number, 200_002, number, 200_003])
        #expect(found.lost == 0 && found.late == 0)
    }

    @Test("far behind it begins anew once so many have come from there that no network can have held them")
    func restart() {
        let found = counters([100_000, 100_001] + Array(1...100) + [102])
        #expect(found.lost == 1 && found.late == 0 && found.mirrored == 0)
    }
}
