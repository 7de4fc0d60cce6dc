import Testing
import Wire

@testable import Flows

@Suite("flows")
struct FlowTableTests {
    @Test("a full table gives up old flows, counts them, and keeps what they counted")
    func bounded() {
        var trace = Trace(maximumFlows: 64)
        for index in 0..<1000 {
            trace.see((Int64(index), Segment.a(100, .syn).with { $0.port = UInt16(1000 + index) }))
            trace.see((Int64(index), Segment.b(0, ack: 101, .rst).with { $0.port = UInt16(1000 + index) }))
        }
        #expect(trace.engine.flowCount == 64)
        #expect(trace.engine.totals.evictedFlows == 936)
        #expect(trace.engine.counters.resets == 1000)
        #expect(trace.of(.handshakeServer).count == 1000)
    }

    @Test("hosts and paths count the flows that were given up, with their round trips")
    func evicted() throws {
        var trace = Trace(maximumFlows: 16)
        for index in 0..<100 {
            let port = UInt16(1000 + index)
            trace.see(
                (Int64(index) * 100, Segment.a(100, .syn).with { $0.port = port }),
                (Int64(index) * 100 + 50, Segment.b(500, ack: 101, .syn).with { $0.port = port }),
                (Int64(index) * 100 + 60, Segment.a(101, ack: 501).with { $0.port = port })
            )
        }
        #expect(trace.engine.flowCount == 16)
        let path = try #require(trace.engine.groups(by: .path, limit: nil).first)
        #expect(path.flows == 100 && path.packets == 300)
        #expect(path.client?.address == .v4(IPv4Address(10, 0, 0, 1)))
        #expect(
            path.toServer.handshake.statistics.count == 100 && path.toServer.handshake.statistics.mean == 50_000_000
        )
        #expect(path.toClient.handshake.statistics.mean == 10_000_000)
        let hosts = trace.engine.groups(by: .host, limit: nil)
        #expect(hosts.map(\.flows) == [100, 100] && hosts.map(\.packets) == [300, 300])
        #expect(trace.engine.groups(by: .flow, limit: nil).count == 16)
    }

    @Test("exact, the table grows")
    func exact() {
        var trace = Trace(maximumFlows: 16, isExact: true)
        for index in 0..<1000 {
            trace.see((Int64(index), Segment.a(100, .syn).with { $0.port = UInt16(1000 + index) }))
        }
        for index in 0..<1000 {
            trace.see((2000, Segment.b(500, ack: 101, .syn).with { $0.port = UInt16(1000 + index) }))
        }
        #expect(trace.engine.flowCount == 1000)
        #expect(trace.of(.handshakeServer).count == 1000)
    }

    @Test("the same addresses and ports in two VLANs are two flows")
    func vlans() {
        var trace = Trace()
        for (time, vlan) in [(Int64(0), UInt16(10)), (5, 20)] {
            trace.see((time, Segment.a(100, .syn).with { $0.vlans = [vlan] }))
        }
        for (time, vlan) in [(Int64(50), UInt16(10)), (65, 20)] {
            trace.see((time, Segment.b(500, ack: 101, .syn).with { $0.vlans = [vlan] }))
        }
        #expect(trace.engine.flowCount == 2)
        #expect(trace.of(.handshakeServer).map(\.milliseconds) == [50, 60])
    }

    @Test("a mirror that tags one direction alone does not tear a flow apart")
    func oneTag() {
        var trace = Trace()
        trace.see(
            (0, Segment.a(100, .syn).with { $0.vlans = [10] }),
            (50, .b(500, ack: 101, .syn)),
            (60, Segment.a(101, ack: 501).with { $0.vlans = [10] })
        )
        #expect(trace.engine.flowCount == 1)
        #expect(trace.of(.handshake) == [.init(3, .handshake, 60)])
    }

    @Test("hosts and paths put flows together, the client being who opened")
    func groups() throws {
        var trace = Trace()
        trace.shakeHands()
        trace.see((100, Segment.a(1, .syn).with { $0.port = 2000 }))
        let flow = try #require(trace.engine.groups(by: .flow, limit: nil).first)
        #expect(flow.client?.description == "10.0.0.1:1000" && flow.server.description == "10.0.0.2:80")
        let paths = trace.engine.groups(by: .path, limit: nil)
        #expect(paths.count == 1 && paths[0].flows == 2 && paths[0].packets == 4)
        let hosts = trace.engine.groups(by: .host, limit: nil)
        let server = try #require(hosts.first { $0.server.description == "10.0.0.2" })
        #expect(server.toServer.handshake.statistics.minimum == 50_000_000)
        #expect(server.toClient.handshake.statistics.minimum == 10_000_000)
    }
}
