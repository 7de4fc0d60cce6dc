import Model
import Testing
import Wire

@testable import Traceroute

@Suite("Silence of a target of UDP")
struct ErrorAllowanceTests {
    /// Ten rounds a second.
    private func probes(_ answered: [Bool], _ reply: TraceAnswer.Reply = .portUnreachable) -> [TraceProbe] {
        answered.enumerated().map { round, isAnswered in
            let sent = Simulation.start + .milliseconds(round * 100)
            let answer = TraceAnswer(kind: .reply(reply), responder: ip("192.0.2.1"), receivedAt: sent)
            return TraceProbe(round: round, ttl: 3, sentAt: sent, fate: isAnswered ? .answered(answer) : .waiting)
        }
    }

    private func bucket(of tokens: Double, rounds: Int) -> [Bool] {
        var tokens = tokens
        return (0..<rounds).map { _ in
            defer { tokens += 0.1 }
            guard tokens >= 1 else { return false }
            tokens -= 1
            return true
        }
    }

    @Test("a bucket of six errors, refilled with one a second, explains itself", arguments: [1.0, 1.7, 3.4, 6.0])
    func limited(tokens: Double) {
        #expect(ErrorAllowance.explains(probes(bucket(of: tokens, rounds: 10))))
        #expect(ErrorAllowance.explains(probes(bucket(of: tokens, rounds: 100))))
    }

    @Test("single losses, and a target that stays silent from the tenth answer on, are no allowance")
    func lost() {
        for miss in [2, 5, 9] {
            #expect(!ErrorAllowance.explains(probes((0..<10).map { $0 != miss })))
        }
        #expect(!ErrorAllowance.explains(probes((0..<20).map { $0 % 2 == 0 })))
        #expect(!ErrorAllowance.explains(probes((0..<30).map { $0 < 12 })))
    }

    @Test("other answers are not limited so, and no answer at all proves nothing")
    func others() {
        let scarce = bucket(of: 1, rounds: 10)
        #expect(!ErrorAllowance.explains(probes(scarce, .echo)))
        #expect(!ErrorAllowance.explains(probes(scarce, .datagram)))
        #expect(!ErrorAllowance.explains(probes(Array(repeating: false, count: 10))))
    }

    @Test("a flow that is dead beside one that is answered each time is lost, not limited")
    func deadFlow() {
        let alive = probes(Array(repeating: true, count: 10))
        #expect(!ErrorAllowance.explains(alive + probes(Array(repeating: false, count: 10))))
    }
}
