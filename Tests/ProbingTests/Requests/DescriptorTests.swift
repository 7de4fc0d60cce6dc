import Glibc
import Model
import Synchronization
import TestSupport
import Testing

@testable import Probing

@Suite("descriptors of requests", .onOwnThread, .serialized)
struct DescriptorTests {
    /// A port of loopback that answers no SYN: nobody accepts, and the queue of its listener is full.
    private final class FullPort {
        let port: UInt16
        private var descriptors: [Int32]

        init() throws {
            let listener = try TCP.listen(on: "127.0.0.1", port: 0)
            listen(listener, 0)
            port = TCP.port(of: listener)
            descriptors = [listener]
            for _ in 0..<4 {
                let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = port.bigEndian
                address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
                _ = withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                descriptors.append(client)
            }
        }

        deinit { for descriptor in descriptors { close(descriptor) } }
    }

    private func ask(_ engine: RequestEngine, _ url: String) throws -> Outcome {
        let target = try Target(parsing: url)
        let result = Mutex<Outcome?>(nil)
        let question = try #require(RequestQuestion(target))
        let task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: target,
            question: question,
            timeout: .milliseconds(300)
        )
        engine.ask(task) { outcome in result.withLock { $0 = outcome } }
        return try eventually("\(url) has ended", within: .seconds(10)) { result.withLock { $0 } }
    }

    @Test("a connection that never comes about takes no descriptor of others with it", arguments: ["http", "https"])
    func halfOpen(scheme: String) throws {
        let full = try FullPort()
        let good = try ScriptedServer { connection in
            _ = connection.receiveHead()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        let engine = try RequestEngine(lookup: Asking.lookup, deliver: { _ in })
        defer { engine.stop() }
        for _ in 0..<3 {
            #expect(try ask(engine, "\(scheme)://127.0.0.1:\(full.port)/").result == .failed(.timeout))
            // The number of the socket that is gone is free: this takes it.
            let others = (0..<8).map { _ in dup(1) }
            #expect(try ask(engine, "http://127.0.0.1:\(good.port)/").isAnswer)
            #expect(try ask(engine, "http://127.0.0.1:\(good.port)/").isAnswer)
            #expect(others.allSatisfy { fcntl($0, F_GETFD) >= 0 })
            for other in others { close(other) }
            #expect(try ask(engine, "http://127.0.0.1:\(good.port)/").isAnswer)
        }
    }
}
