import Model
import Synchronization
import TestSupport
import Testing

@testable import Probing

/// A service behind a forwarding proxy may answer 407 itself: that is no word about the credentials.
@Suite("407 of a service behind a proxy", .onOwnThread, .serialized)
struct ServiceRefusalTests {
    private static func challenge(_ field: String) -> String {
        "HTTP/1.1 407 Who\r\nProxy-Authenticate: \(field)\r\nContent-Length: 0\r\n\r\n"
    }

    /// Wants Basic for its own realm, and forwards what shows it: the path says what the service answers.
    private static func proxy() throws -> ScriptedServer {
        try ScriptedServer { connection in
            while let head = connection.receiveHead() {
                guard head.contains("Proxy-Authorization:") else {
                    connection.send(challenge("Basic realm=\"proxy\""))
                    continue
                }
                let isRefusing = head.contains("/407")
                let isChanged = head.contains("/changed")
                let answer =
                    isRefusing
                    ? challenge("Basic realm=\"service\"")
                    : isChanged
                        ? challenge("Basic realm=\"proxy\"") : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                connection.send(answer)
            }
        }
    }

    private func ask(_ engine: RequestEngine, _ server: ScriptedServer, _ path: String) throws -> Outcome {
        let result = Mutex<Outcome?>(nil)
        let credentials = ProxyServer.Credentials(
            schemes: [.basic],
            username: "u",
            password: .value(Secret("hunter2"))
        )
        let task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: try Target(parsing: "http://app.test\(path)"),
            question: .http(HTTPQuestion()),
            proxy: ProxyServer(name: "corp", host: "127.0.0.1", port: server.port, credentials: credentials)
        )
        engine.ask(task) { outcome in result.withLock { $0 = outcome } }
        return try eventually("\(path) has ended", within: .seconds(10)) { result.withLock { $0 } }
    }

    @Test(
        "it puts credentials that the proxy takes to no rest",
        arguments: [["/407", "/", "/407", "/"], ["/", "/407", "/"]]
    )
    func service(paths: [String]) throws {
        let server = try Self.proxy()
        let engine = try RequestEngine(lookup: Asking.lookup, deliver: { _ in })
        defer { engine.stop() }
        for path in paths {
            let outcome = try ask(engine, server, path)
            if path == "/" {
                #expect(outcome.isAnswer, "\(outcome)")
            } else {
                #expect(outcome.result == .failed(.httpStatus) && outcome.detail?.request?.status == 407, "\(outcome)")
            }
            #expect(outcome.detail?.request?.proxy?.isSuspended == false)
        }
    }

    @Test("the proxy's own does, also of credentials that it took before")
    func changed() throws {
        let server = try Self.proxy()
        let engine = try RequestEngine(lookup: Asking.lookup, deliver: { _ in })
        defer { engine.stop() }
        #expect(try ask(engine, server, "/").isAnswer)
        #expect(try ask(engine, server, "/changed").result == .failed(.proxyAuthRejected))
        #expect(try ask(engine, server, "/").detail?.request?.proxy?.isSuspended == true)
    }
}
