import Testing

@testable import Probing

@Suite("Losses of each way, from the reflector's count")
struct DirectionLedgerTests {
    private enum Fate { case answered, lostForward, lostBackward, unseen }

    /// A sender, a reflector and the network between them; one question a second.
    private struct Session {
        var ledger = DirectionLedger(timeout: 800_000_000)
        var counter: UInt32 = 0
        var isStateless = false
        var number: UInt32 = 0
        var now: Int64 = 0
        var loss = DirectionLedger.Loss()
        var twins = 0
        /// Answers kept back, with the moment at which they come.
        var delayed: [(number: UInt32, reflected: UInt32)] = []

        mutating func ask(_ fate: Fate = .answered) {
            add(ledger.settle(at: now))
            let isTwinned = ledger.sent(number, at: now)
            twins += isTwinned ? 1 : 0
            for _ in 0...(isTwinned ? 1 : 0) {
                guard fate != .lostForward else { continue }
                let reflected = isStateless ? number : counter
                counter &+= 1
                if fate == .answered { _ = ledger.answered(number, as: reflected) }
                if fate == .unseen { delayed.append((number, reflected)) }
            }
            number &+= 1
            now += 1_000_000_000
        }

        mutating func ask(times: Int, _ fate: Fate = .answered) {
            for _ in 0..<times { ask(fate) }
        }

        mutating func deliverDelayed() {
            for answer in delayed { _ = ledger.answered(answer.number, as: answer.reflected) }
            delayed = []
        }

        mutating func add(_ new: DirectionLedger.Loss) {
            loss.forward += new.forward
            loss.backward += new.backward
        }

        /// Goes on until all before is judged.
        mutating func finish() -> DirectionLedger.Loss {
            ask(times: 4)
            return loss
        }
    }

    @Test("nothing lost is nothing said")
    func clean() {
        var session = Session()
        session.ask(times: 3000)
        #expect(session.finish() == .init())
    }

    @Test("questions that did not arrive are lost forward, answers that did not come backward")
    func both() {
        var session = Session()
        session.ask(times: 5)
        session.ask(times: 3, .lostForward)
        session.ask(times: 2)
        session.ask(times: 4, .lostBackward)
        session.ask(times: 2)
        session.ask(.lostForward)
        session.ask(.lostBackward)
        #expect(session.finish() == .init(forward: 4, backward: 5))
    }

    @Test("backward losses alone are known, since the count was proven by a second copy of one question")
    func backwardOnly() {
        var session = Session()
        session.ask(times: 4)
        session.ask(times: 2, .lostBackward)
        #expect(session.finish() == .init(forward: 0, backward: 2))
        #expect(session.twins == 1)
    }

    @Test("a reflector that copies the sender's number says nothing of the way")
    func stateless() {
        var session = Session()
        session.isStateless = true
        session.ask(times: 5)
        session.ask(times: 3, .lostForward)
        session.ask(times: 90)
        session.ask(times: 3, .lostBackward)
        #expect(session.finish() == .init())
    }

    @Test("what fell around a reflector's restart stays unsaid, what follows is counted")
    func reflectorRestart() {
        var session = Session()
        session.ask(times: 10)
        session.ask(times: 2, .lostForward)
        session.counter = 0
        session.ask(times: 4)
        session.ask(.lostForward)
        #expect(session.finish() == .init(forward: 1, backward: 0))
    }

    @Test("a sender that starts anew meets a count that goes on")
    func senderRestart() {
        var session = Session()
        session.counter = 5000
        session.ask(times: 3)
        session.ask(.lostBackward)
        session.ask(.lostForward)
        #expect(session.finish() == .init(forward: 1, backward: 1))
        #expect(session.twins <= 1)
    }

    @Test("a stateful reflector that is replaced by a stateless one is no longer believed")
    func replaced() {
        var session = Session()
        session.ask(times: 100)
        session.ask(times: 20, .lostForward)
        session.ask(times: 4)
        #expect(session.finish() == .init(forward: 20, backward: 0))
        session.isStateless = true
        session.ask(times: 5)
        session.ask(times: 3, .lostForward)
        #expect(session.finish() == .init(forward: 20, backward: 0))
    }

    @Test("one that counts several senders together is not believed")
    func sharedCount() {
        var session = Session()
        for _ in 0..<20 {
            session.ask(times: 3)
            session.counter += 40
            session.ask(.lostForward)
        }
        #expect(session.finish() == .init())
    }

    @Test("an answer after its time-out is late and not lost")
    func late() {
        var session = Session()
        session.ask(times: 3)
        session.ask(.unseen)
        session.ask()
        session.deliverDelayed()
        #expect(session.finish() == .init())
    }

    @Test("questions that overtake each other are no loss, and a loss beside them is still placed")
    func reordered() {
        var session = Session()
        session.ask(times: 3)
        let now = session.now
        // The reflector sees the second before the first.
        _ = session.ledger.sent(session.number, at: now)
        _ = session.ledger.sent(session.number + 1, at: now)
        _ = session.ledger.answered(session.number + 1, as: session.counter)
        _ = session.ledger.answered(session.number, as: session.counter + 1)
        session.counter += 2
        session.number += 2
        session.ask(times: 2)
        session.ask(.lostForward)
        session.ask(.lostBackward)
        #expect(session.finish() == .init(forward: 1, backward: 1))
    }

    @Test("a question doubled by the network is no loss")
    func doubled() {
        var session = Session()
        session.ask(times: 3)
        _ = session.ledger.sent(session.number, at: session.now)
        _ = session.ledger.answered(session.number, as: session.counter)
        let isTwin = session.ledger.answered(session.number, as: session.counter + 1)
        #expect(!isTwin)
        session.counter += 2
        session.number += 1
        session.ask(.lostForward)
        #expect(session.finish() == .init(forward: 1, backward: 0))
    }

    @Test("the numbers go round at 2^32 on both sides")
    func wrap() {
        var session = Session()
        session.number = .max - 5
        session.counter = .max - 9
        session.ask(times: 12)
        session.ask(.lostForward)
        session.ask(.lostBackward)
        #expect(session.finish() == .init(forward: 1, backward: 1))
    }

    @Test("what was dropped in this host is said of no way")
    func forgotten() {
        var session = Session()
        session.ask(times: 3)
        session.ask(times: 2, .lostBackward)
        session.ledger.forget()
        #expect(session.finish() == .init())
    }

    @Test("an outage longer than the memory is counted whole")
    func longOutage() {
        var session = Session()
        session.ask(times: 3)
        session.ask(times: 5000, .lostForward)
        #expect(session.finish() == .init(forward: 5000, backward: 0))
    }
}
