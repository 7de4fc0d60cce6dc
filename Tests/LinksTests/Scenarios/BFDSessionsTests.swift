import Links
import Model
import Testing
import Wire

/// The two ends of a session, 300 ms × 3.
@Suite("BFD, observed")
struct BFDSessionsTests {
    private func seen(_ end: UInt8, _ state: Links.BFDState, at seconds: Double, on path: PathID = Site.primary)
        -> BFDSighting
    {
        BFDSighting(
            path: path,
            sender: .v4(IPv4Address(172, 16, 0, end)),
            state: state,
            at: at(seconds),
            sending: .milliseconds(50),
            receiving: .milliseconds(300),
            multiplier: 3
        )
    }

    private func states(_ changes: [BFDSessions.Change]) -> [Links.BFDState?] { changes.map(\.state) }

    @Test("it is up where both ends say so, and told once")
    func up() {
        var sessions = BFDSessions()
        #expect(states(sessions.note([seen(1, .initial, at: 0)], at: at(0))) == [.initial])
        #expect(states(sessions.note([seen(1, .up, at: 1), seen(2, .up, at: 1)], at: at(1))) == [.up])
        #expect(states(sessions.note([seen(1, .up, at: 1.3)], at: at(1.3))).isEmpty)
    }

    @Test("it is down as soon as one end says so")
    func down() {
        var sessions = BFDSessions()
        _ = sessions.note([seen(1, .up, at: 0), seen(2, .up, at: 0)], at: at(0))
        #expect(states(sessions.note([seen(1, .down, at: 0.3)], at: at(0.3))) == [.down])
        #expect(states(sessions.note([seen(1, .up, at: 2), seen(2, .up, at: 2)], at: at(2))) == [.up])
    }

    @Test("what an administrator took down is not a fault")
    func adminDown() {
        var sessions = BFDSessions()
        let both = [seen(1, .down, at: 0), seen(2, .adminDown, at: 0)]
        #expect(states(sessions.note(both, at: at(0))) == [.adminDown])
    }

    @Test("one end that is not heard leaves the other's word; where nobody is, nothing is known")
    func silence() {
        var sessions = BFDSessions()
        _ = sessions.note([seen(1, .up, at: 0), seen(2, .up, at: 0)], at: at(0))
        _ = sessions.note([seen(1, .up, at: 0.9)], at: at(0.9))
        #expect(states(sessions.judge(at: at(1.5))).isEmpty)
        #expect(states(sessions.judge(at: at(3))) == [nil])
        #expect(states(sessions.judge(at: at(4))).isEmpty)
    }

    @Test("the slower of what one sends and the other receives is the interval")
    func agreed() {
        var sessions = BFDSessions()
        _ = sessions.note([seen(1, .up, at: 0), seen(2, .up, at: 0)], at: at(0))
        #expect(states(sessions.judge(at: at(1))).isEmpty)
        #expect(states(sessions.judge(at: at(1.1))) == [nil])
    }

    @Test("where one end alone is ever seen, it may speak as seldom as BFD does")
    func oneEnd() {
        var sessions = BFDSessions()
        _ = sessions.note([seen(1, .up, at: 0)], at: at(0))
        #expect(states(sessions.judge(at: at(3))).isEmpty)
        #expect(states(sessions.judge(at: at(3.2))) == [nil])
    }

    @Test("a third address takes no end's place while both speak")
    func intruder() {
        var sessions = BFDSessions()
        _ = sessions.note([seen(1, .up, at: 0), seen(2, .up, at: 0)], at: at(0))
        #expect(states(sessions.note([seen(3, .down, at: 0.1)], at: at(0.1))).isEmpty)
    }
}
