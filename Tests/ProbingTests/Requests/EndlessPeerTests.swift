import Model
import Synchronization
import TestSupport
import Testing

@testable import Probing

/// libcurl reads some answers for as long as they come inside one call: such a peer costs its own probe and no other.
@Suite("peers without end", .onOwnThread, .serialized)
struct EndlessPeerTests {
    /// A refusal to CONNECT whose body goes on.
    private static let refusal: @Sendable (ScriptedServer.Connection) -> Void = { connection in
        _ = connection.receiveHead()
        connection.send(
            "HTTP/1.1 407 Who\r\nProxy-Authenticate: Digest realm=\"a\", nonce=\"b\"\r\nContent-Length: 10000000000\r\n\r\n"
        )
        let block = String(repeating: "x", count: 65_536)
        while connection.send(block) {}
    }
    /// HTTP/2: settings, a head with the status 200, and then DATA frames without a byte in them (RFC 9113 §6.1).
    private static let emptyFrames: @Sendable (ScriptedServer.Connection) -> Void = { connection in
        _ = connection.receive()
        connection.send("\0\0\0\u{4}\0\0\0\0\0" + "\0\0\u{5}\u{1}\u{4}\0\0\0\u{1}\u{8}\u{3}200")
        let block = String(repeating: "\0\0\0\0\0\0\0\0\u{1}", count: 4096)
        while connection.send(block) {}
    }
    private static let tinyChunks: @Sendable (ScriptedServer.Connection) -> Void = { connection in
        _ = connection.receiveHead()
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        let block = String(repeating: "1\r\nx\r\n", count: 10_000)
        while connection.send(block) {}
    }

    private static func proxy(_ server: ScriptedServer, _ schemes: [AuthenticationScheme]?) -> ProxyServer {
        let credentials = schemes.map {
            ProxyServer.Credentials(schemes: $0, username: "u", password: .value(Secret("hunter2")))
        }
        return ProxyServer(name: "corp", host: "127.0.0.1", port: server.port, credentials: credentials)
    }

    @Test("of a 407 to CONNECT the head is enough")
    func refused() throws {
        let server = try ScriptedServer(Self.refusal)
        let result = try Asking.ask("https://app.test/", proxy: Self.proxy(server, nil))
        #expect(result.reason == .proxyAuthRequired, "\(result.outcome)")
    }

    @Test("a 407 without end in the middle of a handshake is cut")
    func handshake() throws {
        let server = try ScriptedServer(Self.refusal)
        let result = try Asking.ask("https://app.test/", proxy: Self.proxy(server, [.digest]), timeout: .seconds(10))
        #expect(result.reason == .proxyProtocol, "\(result.outcome)")
    }

    @Test("HTTP/2 frames without content are cut")
    func frames() throws {
        let server = try ScriptedServer(Self.emptyFrames)
        var question = HTTPQuestion()
        question.requiresHTTP2 = true
        let url = "http://127.0.0.1:\(server.port)/"
        let result = try Asking.ask(url, .http(question), timeout: .seconds(10))
        #expect(result.reason == .httpBody && result.facts?.status == 200, "\(result.outcome)")
    }

    @Test("chunks of one byte end at the time-out")
    func chunks() throws {
        let server = try ScriptedServer(Self.tinyChunks)
        let result = try Asking.ask("http://127.0.0.1:\(server.port)/", timeout: .milliseconds(300))
        #expect(result.reason == .timeout || result.reason == .httpBody, "\(result.outcome)")
        #expect(result.took < .seconds(2))
    }

    @Test("an engine with such peers answers for others, and stops")
    func neighbours() throws {
        let peers = try [Self.emptyFrames, Self.tinyChunks, Self.tinyChunks].map { try ScriptedServer($0) }
        let endlessProxy = try ScriptedServer(Self.refusal)
        let good = try ScriptedServer { connection in
            _ = connection.receiveHead()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        let answers = Mutex(0)
        let engine = try RequestEngine(lookup: Asking.lookup) { batch in
            let count = batch.outcomes.count { $0.probe.rawValue == 9 && $0.isAnswer }
            answers.withLock { $0 += count }
        }
        var tasks: [RequestTask] = []
        for (number, peer) in (peers + [good]).enumerated() {
            var question = HTTPQuestion()
            question.requiresHTTP2 = number == 0
            let task = RequestTask(
                id: ProbeID(rawValue: peer === good ? 9 : Int32(number)),
                target: try Target(parsing: "http://127.0.0.1:\(peer.port)/"),
                question: .http(question),
                interval: .milliseconds(200),
                timeout: .milliseconds(150)
            )
            tasks.append(task)
        }
        tasks.append(
            RequestTask(
                id: ProbeID(rawValue: 7),
                target: try Target(parsing: "https://app.test/"),
                question: .http(HTTPQuestion()),
                proxy: Self.proxy(endlessProxy, [.digest]),
                interval: .milliseconds(200),
                timeout: .milliseconds(150)
            )
        )
        engine.reconcile(tasks)
        _ = try eventually("the good server has answered", within: .seconds(20)) {
            answers.withLock { $0 } >= 3 ? true : nil
        }
        engine.stop()
    }
}
