import Testing
import Wire

@testable import Flows

/// Packets that somebody made up to slow the flow table down. Steps are counted, not time.
@Suite("flows under attack")
struct CollisionTests {
    /// Of 20,000 random tags in twice as many slots or more.
    private static let bound = 100

    @Test("one connection under twenty thousand VLAN tags makes no search long", arguments: [false, true])
    func tags(areAnswered: Bool) {
        var trace = Trace(maximumFlows: 20_000)
        for index in 0..<20_000 {
            let tags = [UInt16(index >> 8), UInt16(index & 255)]
            trace.see((Int64(index), Segment.a(100, .syn).with { $0.vlans = tags }))
            if areAnswered { trace.see((Int64(index), Segment.b(500, ack: 101, .syn).with { $0.vlans = tags })) }
        }
        #expect(trace.engine.flowCount == 20_000)
        #expect(trace.engine.table.longestSearch < Self.bound)
    }

    @Test("nor do answers under tags of their own")
    func strangers() {
        var trace = Trace(maximumFlows: 20_000)
        for index in 0..<10_000 {
            trace.see((0, Segment.a(100, .syn).with { $0.vlans = [UInt16(index >> 8), UInt16(index & 255)] }))
        }
        for index in 0..<10_000 {
            let tags = [UInt16(1000 + index >> 8), UInt16(index & 255)]
            trace.see((50, Segment.b(500, ack: 101, .syn).with { $0.vlans = tags }))
        }
        #expect(trace.engine.flowCount == 10_000)
        #expect(trace.of(.handshakeServer).count == 10_000)
        #expect(trace.engine.table.longestSearch < Self.bound)
    }

    @Test("nor does a full table under ever new tags, whose flows are given up and found no more")
    func eviction() {
        var trace = Trace(maximumFlows: 512)
        for index in 0..<20_000 {
            let port = UInt16(1000 + index % 3)
            let tags = [UInt16(index >> 8), UInt16(index & 255)]
            trace.see((Int64(index), Segment.a(100, .syn).with { ($0.vlans, $0.port) = (tags, port) }))
            guard index % 2 == 0 else { continue }
            trace.see((Int64(index), Segment.b(500, ack: 101, .syn).with { $0.port = port }))
        }
        #expect(trace.engine.flowCount == 512)
        #expect(trace.engine.table.longestSearch < Self.bound)
    }

    @Test("no address takes the seed out of the hash")
    func factors() {
        let seed = FlowKey.Seed(1)
        for fixed: UInt64 in [0, .max, 0xD6E8_FEB8_6659_FD93, 0xE703_7ED1_A0B4_28DB, 0xA076_1D64_78BD_642F] {
            let hashes = (UInt64(0)..<1000).map { value in
                FlowKey(first: (value, value), second: (fixed, fixed)).hash(scope: 0, seed: seed)
            }
            #expect(Set(hashes).count == 1000)
        }
    }
}
