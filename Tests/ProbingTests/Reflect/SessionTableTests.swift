import Probing
import Sockets
import Testing
import Wire

@Suite("Sessions of a stateful reflector")
struct SessionTableTests {
    private func session(_ number: UInt8, port: UInt16 = 5000, id: UInt16 = 0) -> STAMPSession {
        STAMPSession(
            sender: SocketAddress(.v4(IPv4Address(10, 0, 0, number)), port: port),
            reflector: .v4(IPv4Address(10, 0, 1, 1)),
            port: 862,
            sessionID: id
        )
    }

    @Test("each session counts from 0 by itself: address, port and identifier tell them apart")
    func apart() {
        var table = SessionTable()
        let sessions = [session(1), session(2), session(1, port: 5001), session(1, id: 7)]
        for round in 0..<3 {
            for one in sessions { #expect(table.next(one, now: 0) == UInt32(round)) }
        }
        #expect(table.count == 4)
    }

    @Test("a full table lets the one go that was silent longest")
    func bounded() {
        var table = SessionTable(capacity: 3)
        for number in 1...3 as ClosedRange<UInt8> { _ = table.next(session(number), now: 0) }
        #expect(table.next(session(1), now: 1) == 1)
        #expect(table.next(session(4), now: 2) == 0)
        #expect(table.count == 3)
        #expect(table.next(session(1), now: 3) == 2)
        #expect(table.next(session(3), now: 4) == 1)
        #expect(table.next(session(2), now: 5) == 0)
        #expect(table.next(session(4), now: 6) == 0)
    }

    @Test("a table of one works")
    func one() {
        var table = SessionTable(capacity: 0)
        #expect(table.next(session(1), now: 0) == 0)
        #expect(table.next(session(1), now: 0) == 1)
        #expect(table.next(session(2), now: 0) == 0)
        #expect(table.next(session(1), now: 0) == 0)
    }

    @Test("a session that was silent for the idle time starts anew")
    func idle() {
        var table = SessionTable(capacity: 8, idleSeconds: 900)
        _ = table.next(session(1), now: 0)
        #expect(table.next(session(1), now: 900_000_000_000) == 1)
        #expect(table.next(session(1), now: 1_800_000_000_001) == 0)
    }

    @Test("a flood of senders takes no more room than the bound")
    func flood() {
        var table = SessionTable(capacity: 16)
        for port in 1024..<UInt16.max { _ = table.next(session(1, port: port), now: Int64(port)) }
        #expect(table.count == 16)
    }
}
