import Testing
import Wire

@testable import Flows

@Suite("memory of flows")
struct LayoutTests {
    @Test("a record is whole cache lines, and each side starts at one")
    func lines() {
        #expect(MemoryLayout<FlowSide>.size % 64 == 0)
        #expect(MemoryLayout<FlowRecord>.offset(of: \.first) == FlowRecord.firstOffset)
        #expect(MemoryLayout<FlowRecord>.offset(of: \.second) == FlowRecord.secondOffset)
        #expect(MemoryLayout<FlowRecord>.stride % 64 == 0)
        #expect(MemoryLayout<FlowSide>.offset(of: \.segments) == 64)
    }

    @Test("what a record starts as is what fresh memory holds")
    func zeros() {
        let fresh = ZeroedMemory<FlowRecord>(1)
        let start = fresh[0].pointee
        #expect("\(start)" == "\(FlowRecord())")
        #expect(start.first.acknowledged.minimum == .max)
        let details = ZeroedMemory<SideDetails>(1)
        #expect("\(details[0].pointee)" == "\(SideDetails())")
        #expect(details[0].pointee.handshake == -1 && details[0].pointee.wholeHandshake == -1)
        let timestamps = ZeroedMemory<SideTimestamps>(1)
        #expect("\(timestamps[0].pointee)" == "\(SideTimestamps())")
    }
}

@Suite("packets in batches")
struct BatchTests {
    @Test("a batch finds what packet by packet is found, also of flows that begin in it")
    func alike() {
        let segments: [(Int64, Segment)] = (0..<40).flatMap { flow -> [(Int64, Segment)] in
            let port = UInt16(2000 + flow)
            return [
                (Int64(flow), Segment.a(100, .syn).with { $0.port = port }),
                (Int64(flow) + 50, Segment.b(500, ack: 101, .syn).with { $0.port = port }),
                (Int64(flow) + 60, Segment.a(101, ack: 501).with { $0.port = port }),
            ]
        }.sorted { $0.0 < $1.0 }
        var single = Trace(maximumFlows: 16)
        for (time, segment) in segments { single.see(segment.frame, at: time) }
        var together = Trace(maximumFlows: 16)
        together.seeTogether(segments.map { ($0.0, $0.1.frame) })
        #expect(together.found == single.found)
        #expect(together.engine.totals.evictedFlows == single.engine.totals.evictedFlows)
        #expect(together.engine.totals.packets == single.engine.totals.packets)
        #expect(together.engine.totals.lastTime == single.engine.totals.lastTime)
    }
}

@Suite("the largest flows")
struct LargestFlowsTests {
    @Test(
        "as many as are asked for, those with the most packets, the first of equal ones first",
        arguments: [0, 1, 3, 100, 5000]
    )
    func largest(limit: Int) {
        var order = LargestFlows(limit)
        let packets = (0..<1000).map { UInt64($0 * 7919 % 101) }
        for (place, number) in packets.enumerated() { order.offer(place, number) }
        let sorted = packets.indices.sorted { packets[$0] == packets[$1] ? $0 < $1 : packets[$0] > packets[$1] }
        #expect(order.places == Array(sorted.prefix(limit)))
    }
}
