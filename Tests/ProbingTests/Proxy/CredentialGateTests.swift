import Model
import Testing

@testable import Probing

@Suite("credentials at a proxy")
struct CredentialGateTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)
    private let one = CredentialContent(Secret("one"))
    private let two = CredentialContent(Secret("two"))

    private func rests(_ answer: CredentialGate.Answer) -> Bool { if case .rests = answer { true } else { false } }

    @Test("unproven ones are shown by one probe, proven ones by two at a time")
    func together() {
        var gate = CredentialGate()
        #expect(gate.ask(at: start, one) == .go)
        #expect(gate.ask(at: start, one) == .wait && !gate.isProven(one))
        gate.worked(ProxyRealm(.digest, realm: "x"))
        gate.leave(one, at: start, .accepted)
        #expect(gate.isProven(one) && gate.scheme == .digest)
        #expect(gate.ask(at: start, one) == .go && gate.ask(at: start, one) == .go)
        #expect(gate.ask(at: start, one) == .wait)
    }

    @Test("refused and unanswered ones rest for 15 minutes", arguments: [true, false])
    func rest(wasRefused: Bool) {
        var gate = CredentialGate()
        _ = gate.ask(at: start, one)
        gate.leave(one, at: start, wasRefused ? .refused : .unanswered)
        let rest = CredentialGate.Rest(since: start, wasRefused: wasRefused)
        let end = start + .seconds(900)
        #expect(gate.ask(at: end - .nanoseconds(1), one) == .rests(rest))
        #expect(gate.rest(at: start, one) == rest && gate.rest(at: end, one) == nil)
        #expect(gate.ask(at: end, one) == .go)
        #expect(gate.ask(at: end, one) == .wait)
    }

    @Test("an answer that says nothing of them proves nothing and stops nothing")
    func unclear() {
        var gate = CredentialGate()
        _ = gate.ask(at: start, one)
        gate.leave(one, at: start, .none)
        #expect(gate.ask(at: start, one) == .go && gate.ask(at: start, one) == .wait)
    }

    @Test("one that may be a refusal stops them for this target, two for all, and an answer that is clear ends that")
    func ambiguous() {
        var gate = CredentialGate()
        #expect(gate.ask(at: start, one, for: 1) == .go)
        gate.leave(one, at: start, .unclear(1))
        #expect(rests(gate.ask(at: start, one, for: 1)) && gate.rest(at: start, one, for: 2) == nil)
        var proven = gate
        #expect(proven.ask(at: start, one, for: 2) == .go)
        proven.leave(one, at: start, .accepted)
        #expect(proven.ask(at: start, one, for: 1) == .go && proven.isProven(one))
        proven.leave(one, at: start, .unclear(1))
        #expect(proven.isProven(one))
        #expect(gate.ask(at: start, one, for: 2) == .go)
        gate.leave(one, at: start, .unclear(2))
        for target: UInt16 in 1...3 { #expect(rests(gate.ask(at: start, one, for: target))) }
        #expect(gate.ask(at: start + .seconds(900), one, for: 1) == .go)
    }

    @Test("a wrong password and a proxy that answers 403 to it: a hundred targets show it twice in 15 minutes")
    func forbidden() {
        var gate = CredentialGate()
        var shown = 0
        for second in 0..<900 {
            for target: UInt16 in 0..<100 where gate.ask(at: start + .seconds(second), one, for: target) == .go {
                shown += 1
                gate.leave(one, at: start + .seconds(second), .unclear(target))
            }
        }
        #expect(shown == 2)
    }

    @Test("who expects a denial shows them once and leaves the second time to one whose answer may be clear")
    func denial() {
        var gate = CredentialGate()
        #expect(gate.ask(at: start, one, for: nil) == .go)
        gate.leave(one, at: start, .unclear(1))
        #expect(rests(gate.ask(at: start, one, for: nil)))
        #expect(gate.ask(at: start, one, for: 2) == .go)
        gate.leave(one, at: start, .accepted)
        #expect(gate.ask(at: start, one, for: nil) == .go)
    }

    @Test("silence does not put proven ones to rest: behind a proxy that takes them it is the service's")
    func silence() {
        var gate = CredentialGate()
        _ = gate.ask(at: start, one)
        gate.leave(one, at: start, .accepted)
        _ = gate.ask(at: start, one)
        gate.leave(one, at: start, .unanswered)
        #expect(gate.ask(at: start, one) == .go)
    }

    @Test("another password ends the rest; the same one written anew does not")
    func rotation() {
        var gate = CredentialGate()
        _ = gate.ask(at: start, one)
        gate.leave(one, at: start, .refused)
        #expect(rests(gate.ask(at: start + .seconds(1), CredentialContent(Secret("one")))))
        #expect(gate.ask(at: start + .seconds(1), two) == .go)
    }

    @Test("two passwords for one user do not end each other's rest")
    func alternating() {
        var gate = CredentialGate()
        var shown = 0
        for second in 0..<900 {
            for content in [one, two] where gate.ask(at: start + .seconds(second), content) == .go {
                shown += 1
                gate.leave(content, at: start + .seconds(second), .refused)
            }
        }
        #expect(shown == 2)
    }

    @Test("passwords that change without end are not kept without end, and soon not shown")
    func endless() {
        var gate = CredentialGate()
        var shown = 0
        for number in 0..<1000 {
            let content = CredentialContent(Secret("\(number)"))
            guard gate.ask(at: start, content) == .go else { continue }
            shown += 1
            gate.leave(content, at: start, .refused)
        }
        #expect(shown == CredentialGate.mostContents)
        #expect(gate.ask(at: start + .seconds(900), one) == .go)
    }

    @Test("what one probe proves does not undo what another was told")
    func race() {
        var gate = CredentialGate()
        _ = gate.ask(at: start, one)
        gate.leave(one, at: start, .accepted)
        _ = gate.ask(at: start, one)
        _ = gate.ask(at: start, one)
        gate.leave(one, at: start, .refused)
        gate.leave(one, at: start, .accepted)
        #expect(gate.rest(at: start, one) != nil)
    }

    @Test("a wrong password, asked for by a hundred probes each second for an hour, is shown four times")
    func neverLocks() {
        var gate = CredentialGate()
        var shown = 0
        for second in 0..<3600 {
            for _ in 0..<100 where gate.ask(at: start + .seconds(second), one) == .go {
                shown += 1
                gate.leave(one, at: start + .seconds(second), second % 2 == 0 ? .refused : .unanswered)
            }
        }
        #expect(shown == 4)
    }
}
