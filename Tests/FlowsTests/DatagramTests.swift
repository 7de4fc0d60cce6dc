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

private func bfd(
    _ state: BFDState,
    fromClient: Bool = true,
    sending: UInt32 = 50_000,
    receiving: UInt32 = 50_000
) -> [UInt8] {
    let body: [UInt8] =
        [0x20, state.rawValue << 6, 3, 24] + Frame.big(UInt32(1)) + Frame.big(UInt32(2)) + Frame.big(sending)
        + Frame.big(receiving) + Frame.big(UInt32(0))
    // Each side has a port of its own.
    let datagram = Frame.udp(fromClient ? 49152 : 49200, BFDPort.control, body)
    return Frame.ethernet(0x0800, Frame.ipv4(fromClient ? near : far, fromClient ? far : near, 17, id: 1, datagram))
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

    @Test("a client of DNS may have drawn the port of a tunnel", arguments: [4500, 4789, 6081, 8472, 2152] as [UInt16])
    func oddPorts(port: UInt16) {
        var trace = Trace()
        for isResponse in [false, true] {
            let message = dns(5, "a", isResponse: isResponse)
            let datagram = isResponse ? Frame.udp(53, port, message) : Frame.udp(port, 53, message)
            let ends = isResponse ? (far, near) : (near, far)
            trace.see(
                Frame.ethernet(0x0800, Frame.ipv4(ends.0, ends.1, 17, id: 1, datagram)),
                at: isResponse ? 20 : 0
            )
        }
        #expect(trace.of(.dns) == [.init(2, .dns, 20)])
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
        #expect(trace.engine.totals.skippedStamps > 0)
        // Those that wait are given up for one that comes when they are old.
        trace.see(udp(true, 53, dns(10_000, "a", isResponse: false)), at: 20_000)
        trace.see(udp(false, 53, dns(10_000, "a", isResponse: true)), at: 20_002)
        #expect(trace.of(.dns).map(\.milliseconds) == [2])
    }

    @Test("hundreds of requests of one flow that are on their way at once are all timed", arguments: [40, 300])
    func manyAtOnce(roundTrip: Int) {
        var trace = Trace()
        for time in 0..<(1_000 + roundTrip) {
            if time < 1_000 {
                trace.see(echo(8, UInt16(time)), at: Int64(time))
                trace.see(udp(true, 53, dns(UInt16(time), "a", isResponse: false)), at: Int64(time))
            }
            guard time >= roundTrip else { continue }
            trace.see(echo(0, UInt16(time - roundTrip)), at: Int64(time))
            trace.see(udp(false, 53, dns(UInt16(time - roundTrip), "a", isResponse: true)), at: Int64(time))
        }
        for method in [SampleMethod.icmp, .dns] {
            #expect(trace.of(method).count == 1_000)
            #expect(trace.of(method).allSatisfy { $0.milliseconds == Int64(roundTrip) })
        }
        #expect(trace.engine.totals.skippedStamps == 0)
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
        trace.see(bfd(.up, fromClient: false), at: 0)
        for time in [Int64(1), 50, 100, 260] { trace.see(bfd(.up), at: time) }
        trace.see(bfd(.down), at: 300)
        #expect(trace.engine.flowCount == 1)
        #expect(trace.server.counters.lost == 3)
        #expect(trace.server.control.alarms == 1)
        #expect(trace.server.control.state == BFDState.down.rawValue)
        #expect(trace.server.control.longestGap == 160_000_000)
    }

    @Test("BFD: a peer that wants to receive less often is sent to less often, and nothing is missed")
    func slowPeer() {
        var trace = Trace()
        trace.see(bfd(.up, fromClient: false, sending: 1_000_000, receiving: 300_000), at: 0)
        for time in [Int64(10), 300, 580, 880] { trace.see(bfd(.up), at: time) }
        #expect(trace.server.counters.lost == 0)
        trace.see(bfd(.up), at: 1780)
        #expect(trace.server.counters.lost == 2)
    }

    @Test("BFD: while the peer was not heard nobody knows the interval, and nothing counts as missed")
    func unknownInterval() {
        var trace = Trace()
        for time in [Int64(0), 50, 1000, 2000] { trace.see(bfd(.up), at: time) }
        #expect(trace.client.counters.lost == 0)
    }

    @Test("DNS over TCP: a response answers the question that waits, also when it comes with the first segment of many")
    func streamedQueries() {
        var trace = Trace()
        func segment(_ isRequest: Bool, _ sequence: UInt32, _ message: [UInt8], announced: Int? = nil) -> [UInt8] {
            let payload = Frame.big(UInt16(announced ?? message.count)) + message
            let ports = isRequest ? [UInt16(40000), 53] : [53, 40000]
            let header =
                ports.flatMap { Frame.big($0) } + Frame.big(sequence) + Frame.big(UInt32(1))
                + [0x50, 0x18, 1, 0, 0, 0, 0, 0]
            let (from, to) = isRequest ? (near, far) : (far, near)
            return Frame.ethernet(
                0x0800,
                Frame.ipv4(from, to, 6, id: UInt16(truncatingIfNeeded: sequence), header + payload)
            )
        }
        trace.see(segment(true, 100, dns(5, "a", isResponse: false)), at: 0)
        trace.see(segment(true, 200, dns(6, "b", isResponse: false)), at: 5)
        trace.see(segment(false, 100, dns(6, "b", isResponse: true)), at: 20)
        trace.see(segment(false, 200, dns(5, "a", isResponse: true), announced: 4000), at: 30)
        // The same question twice.
        trace.see(segment(true, 300, dns(7, "c", isResponse: false)), at: 40)
        trace.see(segment(true, 300, dns(7, "c", isResponse: false)), at: 140)
        trace.see(segment(false, 300, dns(7, "c", isResponse: true)), at: 150)
        #expect(trace.of(.dns) == [.init(4, .dns, 30)])
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
