import Model
import Testing

@testable import Probing

@Suite("credentials at a proxy")
struct CredentialGateTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    @Test("unproven ones are shown by one probe, proven ones by two at a time")
    func together() {
        var gate = CredentialGate()
        #expect(gate.ask(at: start, edition: 1) == .go)
        #expect(gate.ask(at: start, edition: 1) == .wait)
        gate.accepted(by: .digest)
        gate.leave()
        #expect(gate.ask(at: start, edition: 1) == .go && gate.ask(at: start, edition: 1) == .go)
        #expect(gate.ask(at: start, edition: 1) == .wait && gate.scheme == .digest)
    }

    @Test("refused ones rest for 15 minutes")
    func rest() {
        var gate = CredentialGate()
        _ = gate.ask(at: start, edition: nil)
        gate.refused(at: start, edition: nil)
        gate.leave()
        let end = start + .seconds(900)
        #expect(gate.ask(at: end - .nanoseconds(1), edition: nil) == .rests(until: end))
        #expect(gate.isResting(at: start, edition: nil) && !gate.isResting(at: end, edition: nil))
        #expect(gate.ask(at: end, edition: nil) == .go)
    }

    @Test("a file that is written anew ends the rest")
    func rotation() {
        var gate = CredentialGate()
        _ = gate.ask(at: start, edition: 1)
        gate.refused(at: start, edition: 1)
        gate.leave()
        #expect(gate.ask(at: start + .seconds(1), edition: 1) == .rests(until: start + .seconds(900)))
        #expect(gate.ask(at: start + .seconds(1), edition: 2) == .go)
    }

    @Test("what one probe proves does not undo what another was told")
    func race() {
        var gate = CredentialGate()
        _ = gate.ask(at: start, edition: 1)
        gate.accepted(by: .basic)
        gate.leave()
        _ = gate.ask(at: start, edition: 1)
        _ = gate.ask(at: start, edition: 1)
        gate.refused(at: start, edition: 1)
        gate.accepted(by: .basic)
        gate.leave()
        gate.leave()
        #expect(gate.isResting(at: start, edition: 1))
    }

    @Test("a wrong password, asked for by a hundred probes each second for an hour, is shown four times")
    func neverLocks() {
        var gate = CredentialGate()
        var shown = 0
        for second in 0..<3600 {
            for _ in 0..<100 where gate.ask(at: start + .seconds(second), edition: 7) == .go {
                shown += 1
                gate.refused(at: start + .seconds(second), edition: 7)
                gate.leave()
            }
        }
        #expect(shown == 4)
    }
}
