import Model
import Sockets
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Probing

@Suite("who watches connections", .onOwnThread)
struct ConnectionWitnessTests {
    private final class Witness: ConnectionWitness {
        let isWatching: Bool
        let told = Mutex<[ProbeConnection]>([])

        init(isWatching: Bool) { self.isWatching = isWatching }

        func expect(_ connection: ProbeConnection) -> UInt64 {
            told.withLock {
                $0.append(connection)
                return UInt64($0.count)
            }
        }
    }

    /// A port that is bound before the connection is made is none of the target's alone: with thousands a minute they run out.
    @Test("is told of the port before the SYN, and no port is bound where nobody does", arguments: [true, false])
    func told(isWatching: Bool) throws {
        let peers = try Inbox<UInt16>()
        let server = try ScriptedServer { connection in
            _ = connection.receiveHead()
            peers.post(TCP.peerPort(of: connection.descriptor))
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        let witness = Witness(isWatching: isWatching)
        let engine = try RequestEngine(lookup: Asking.lookup, witness: witness) { _ in }
        defer { engine.stop() }
        let outcomes = try Inbox<Outcome>()
        let task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: try Target(parsing: "http://127.0.0.1:\(server.port)/"),
            question: .http(HTTPQuestion()),
            timeout: .seconds(5)
        )
        engine.ask(task) { outcomes.post($0) }
        outcomes.wait(.seconds(6))
        let outcome = try #require(outcomes.take().first)
        #expect(outcome.isAnswer)
        #expect((outcome.detail?.wireTicket != nil) == isWatching)
        #expect(witness.told.withLock { $0.map(\.localPort) } == (isWatching ? peers.take() : []))
    }
}
