import Glibc
import Model
import Sockets
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Probing

/// An answer that comes while the loop works for somebody else.
@Suite("answers that wait for their turn", .onOwnThread)
struct LateAnswerTests {
    /// Works long for the second connection, on the thread that serves all.
    private final class SlowWitness: ConnectionWitness {
        let isWatching = true
        private let connections = Atomic(0)
        private let work: Int

        init(_ work: Duration) { self.work = Int(work.nanoseconds) }

        func expect(_ connection: ProbeConnection) -> UInt64 {
            let number = connections.add(1, ordering: .relaxed).newValue
            guard number == 2 else { return UInt64(number) }
            var started = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &started)
            var now = started
            while (now.tv_sec - started.tv_sec) * 1_000_000_000 + now.tv_nsec - started.tv_nsec < work {
                clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
            }
            return UInt64(number)
        }
    }

    @Test(
        "count for who has asked and waits, and spoil a measurement",
        arguments: [(true, true), (false, false)]
    )
    func late(takesLateAnswers: Bool, isAnswer: Bool) throws {
        let (arrived, gate) = (try Inbox<Void>(), try Inbox<Void>())
        let server = try ScriptedServer { connection in
            guard let head = connection.receiveHead() else { return }
            if head.hasPrefix("GET /first ") {
                arrived.post(())
                gate.wait(.seconds(10))
            }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        let engine = try RequestEngine(lookup: Asking.lookup, witness: SlowWitness(.milliseconds(80))) { _ in }
        defer { engine.stop() }
        let first = try Inbox<Outcome>()
        let second = try Inbox<Outcome>()
        engine.ask(try task("first", server, takesLateAnswers)) { first.post($0) }
        arrived.wait(.seconds(10))
        engine.ask(try task("second", server, takesLateAnswers)) { second.post($0) }
        second.wait(.seconds(10))
        gate.post(())
        first.wait(.seconds(10))
        let outcome = try #require(first.take().first)
        #expect(outcome.isAnswer == isAnswer, "\(outcome.result)")
        #expect(isAnswer || outcome.result == .invalid(.overload))
    }

    @Test("that do not come in time are overload where others took most of it")
    func none() throws {
        let arrived = try Inbox<Void>()
        let server = try ScriptedServer { connection in
            _ = connection.receiveHead()
            arrived.post(())
            connection.waitForEnd()
        }
        let engine = try RequestEngine(lookup: Asking.lookup, witness: SlowWitness(.milliseconds(700))) { _ in }
        defer { engine.stop() }
        let outcomes = try Inbox<Outcome>()
        var first = try task("first", server, true)
        first.timeout = .seconds(1)
        engine.ask(first) { outcomes.post($0) }
        arrived.wait(.seconds(10))
        engine.ask(try task("second", server, true)) { _ in }
        outcomes.wait(.seconds(10))
        #expect(outcomes.take().first?.result == .invalid(.overload))
    }

    private func task(_ path: String, _ server: ScriptedServer, _ takesLateAnswers: Bool) throws -> RequestTask {
        var task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: try Target(parsing: "http://127.0.0.1:\(server.port)/\(path)"),
            question: .http(HTTPQuestion()),
            timeout: .seconds(8)
        )
        task.takesLateAnswers = takesLateAnswers
        return task
    }
}
