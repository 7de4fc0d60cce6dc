import Flows
import Testing
import Wire

private let near = IPv4Address(10, 0, 0, 1)
private let far = IPv4Address(10, 0, 0, 2)

private func echo(_ type: UInt8, _ sequence: UInt16) -> [UInt8] {
    let message = [type, 0, 0, 0] + Frame.big(UInt16(7)) + Frame.big(sequence) + [UInt8](repeating: 0, count: 8)
    let isRequest = type == 8
    return Frame.ethernet(0x0800, Frame.ipv4(isRequest ? near : far, isRequest ? far : near, 1, id: 1, message))
}

private func udp(_ isRequest: Bool, _ port: UInt16, _ body: [UInt8]) -> [UInt8] {
    let datagram = isRequest ? Frame.udp(40000, port, body) : Frame.udp(port, 40000, body)
    return Frame.ethernet(0x0800, Frame.ipv4(isRequest ? near : far, isRequest ? far : near, 17, id: 1, datagram))
}

private func dns(_ id: UInt16, _ name: String, isResponse: Bool) -> [UInt8] {
    Frame.big(id) + [isResponse ? 0x81 : 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0, UInt8(name.utf8.count)] + Array(name.utf8)
        + [0, 0, 1, 0, 1]
}

private func esp(_ sequence: UInt32) -> [UInt8] {
    let body = Frame.big(UInt32(0xABCD)) + Frame.big(sequence) + [UInt8](repeating: 0, count: 16)
    return Frame.ethernet(0x0800, Frame.ipv4(near, far, 50, id: 1, body))
}

private func bfd(_ state: BFDState) -> [UInt8] {
    let body: [UInt8] =
        [0x20, state.rawValue << 6, 3, 24] + Frame.big(UInt32(1)) + Frame.big(UInt32(2)) + Frame.big(UInt32(50_000))
        + Frame.big(UInt32(50_000)) + Frame.big(UInt32(0))
    return udp(true, BFDPort.control, body)
}

@Suite("round trips without connection")
struct DatagramTests {
    @Test("echo requests and replies meet by number, in any order")
    func echoes() {
        var trace = Trace()
        trace.see(echo(8, 1), at: 0)
        trace.see(echo(8, 2), at: 10)
        trace.see(echo(0, 2), at: 30)
        trace.see(echo(0, 1), at: 35)
        trace.see(echo(0, 1), at: 36)
        #expect(trace.of(.icmp) == [.init(3, .icmp, 20), .init(4, .icmp, 35)])
    }

    @Test("a DNS response answers the query with its number and question, once")
    func queries() {
        var trace = Trace()
        trace.see(udp(true, 53, dns(5, "a", isResponse: false)), at: 0)
        trace.see(udp(false, 53, dns(5, "b", isResponse: true)), at: 10)
        trace.see(udp(false, 53, dns(5, "a", isResponse: true)), at: 20)
        #expect(trace.of(.dns) == [.init(3, .dns, 20)])
    }

    @Test("a query that was repeated before its answer gives none")
    func repeatedQuery() {
        var trace = Trace()
        trace.see(udp(true, 53, dns(5, "a", isResponse: false)), at: 0)
        trace.see(udp(true, 53, dns(5, "a", isResponse: false)), at: 1000)
        trace.see(udp(false, 53, dns(5, "a", isResponse: true)), at: 1020)
        #expect(trace.of(.dns).isEmpty)
    }

    @Test("unanswered queries without end keep the state of a flow small")
    func flood() {
        var trace = Trace(maximumFlows: 16)
        for index in 0..<10_000 {
            trace.see(udp(true, 53, dns(UInt16(index), "a", isResponse: false)), at: Int64(index))
        }
        trace.see(udp(false, 53, dns(9999, "a", isResponse: true)), at: 10_001)
        #expect(trace.of(.dns).map(\.milliseconds) == [2])
    }

    @Test("ESP: numbers that never came are lost, one that comes late is not")
    func sequence() {
        var trace = Trace()
        for (time, number) in [UInt32(1), 2, 5, 4, 6].enumerated() { trace.see(esp(number), at: Int64(time)) }
        #expect(trace.client.counters.lost == 1)
        #expect(trace.client.counters.late == 1)
    }

    @Test("BFD: packets missed in an interval of 50 ms, and a session that went down")
    func forwarding() {
        var trace = Trace()
        for time in [Int64(0), 50, 100, 260] { trace.see(bfd(.up), at: time) }
        trace.see(bfd(.down), at: 300)
        #expect(trace.client.counters.lost == 3)
        #expect(trace.client.control.alarms == 1)
        #expect(trace.client.control.state == BFDState.down.rawValue)
        #expect(trace.client.control.longestGap == 160_000_000)
    }

    @Test("QUIC: from one turn of the spin bit to the next; a turn out of order counts for nothing")
    func spin() {
        var trace = Trace()
        // An Initial of version 1 with empty connection IDs, no token, 20 bytes.
        trace.see(udp(true, 443, [0xC0, 0, 0, 0, 1, 0, 0, 0, 20] + [UInt8](repeating: 0, count: 20)), at: 0)
        func short(_ spin: Bool) -> [UInt8] { [spin ? 0x60 : 0x40] + [UInt8](repeating: 0, count: 24) }
        for (time, bit) in [
            (Int64(10), false), (20, true), (30, true), (70, false), (71, true), (72, false), (120, true),
        ] {
            trace.see(udp(true, 443, short(bit)), at: time)
        }
        #expect(trace.of(.quicSpin).map(\.milliseconds) == [50, 50])
    }
}
