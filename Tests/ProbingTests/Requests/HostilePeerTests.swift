import Model
import TestSupport
import Testing

@testable import Probing

/// Whatever a peer does, a request ends in time, in bounded memory, with one reason.
@Suite("peers that misbehave", .onOwnThread, .serialized)
struct HostilePeerTests {
    private static let timeout: Duration = .milliseconds(300)

    private static let forever: @Sendable (ScriptedServer.Connection) -> Void = { $0.waitForEnd() }
    private static let drip: @Sendable (ScriptedServer.Connection) -> Void = { connection in
        _ = connection.receiveHead()
        for character in "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + String(repeating: "x", count: 100) {
            guard connection.send(String(character)) else { return }
            Thread.sleep(.milliseconds(20))
        }
    }
    private static let endlessBody: @Sendable (ScriptedServer.Connection) -> Void = { connection in
        _ = connection.receiveHead()
        connection.send("HTTP/1.1 200 OK\r\n\r\n")
        let block = String(repeating: "0123456789abcdef", count: 4096)
        while connection.send(block) {}
    }
    private static let endlessHead: @Sendable (ScriptedServer.Connection) -> Void = { connection in
        _ = connection.receiveHead()
        connection.send("HTTP/1.1 200 OK\r\n")
        let block = String(repeating: "X-Field: value\r\n", count: 1000)
        while connection.send(block) {}
    }

    @Test("silence in every phase ends at the time-out and names the phase", arguments: ["http", "https", "tls"])
    func silent(scheme: String) throws {
        let server = try ScriptedServer(Self.forever)
        // On a busy machine the roots that TLS needs are not read at once.
        let result = try Asking.ask("\(scheme)://127.0.0.1:\(server.port)", timeout: .seconds(2))
        #expect(result.reason == .timeout, "\(result.outcome)")
        let last = try #require(result.phases.last)
        #expect(last == (scheme == "http" ? .firstByte : .tls))
        #expect(result.outcome.detail?.message?.contains(last.rawValue) == true)
    }

    @Test("a peer that drips its answer does not hold the probe")
    func dripping() throws {
        let server = try ScriptedServer(Self.drip)
        let result = try Asking.ask("http://127.0.0.1:\(server.port)", timeout: Self.timeout)
        #expect(result.reason == .timeout && result.phases.last == .transfer)
        #expect(result.took < .seconds(5))
    }

    @Test("a body without end is cut off")
    func body() throws {
        let server = try ScriptedServer(Self.endlessBody)
        let result = try Asking.ask("http://127.0.0.1:\(server.port)", timeout: .seconds(10))
        #expect(result.reason == .httpBody, "\(result.outcome)")
        #expect(result.facts?.status == 200)
    }

    @Test("a head without end is cut off")
    func head() throws {
        let server = try ScriptedServer(Self.endlessHead)
        let result = try Asking.ask("http://127.0.0.1:\(server.port)", timeout: .seconds(10))
        #expect(result.reason == .httpStatus, "\(result.outcome)")
    }

    @Test(
        "an answer that is none has a reason",
        arguments: [
            ("", Reason.reset), ("SSH-2.0-OpenSSH_9.2\r\n", .httpStatus),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", .httpBody),
            ("\u{0}\u{1}\u{2}\r\n\r\n", .httpStatus), ("HTTP/1.1 abc\r\n\r\n", .httpStatus),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", .httpBody),
            ("HTTP/1.1 200 OK\r\nX: \(String(repeating: "a", count: 300_000))", .httpStatus),
        ]
    )
    func rubbish(answer: String, reason: Reason) throws {
        let server = try ScriptedServer { connection in
            _ = connection.receiveHead()
            connection.send(answer)
        }
        let result = try Asking.ask("http://127.0.0.1:\(server.port)")
        #expect(result.reason == reason, "\(result.outcome)")
    }

    @Test("many fields are no endless head")
    func fields() throws {
        let server = try ScriptedServer { connection in
            _ = connection.receiveHead()
            let fields = (0..<1000).map { "Set-Cookie: name\($0)=value; Path=/\r\n" }.joined()
            connection.send("HTTP/1.1 200 OK\r\n\(fields)Content-Length: 0\r\n\r\n")
        }
        #expect(try Asking.ask("http://127.0.0.1:\(server.port)").outcome.isAnswer)
    }

    @Test("a status that is bad says more than a body that is too long")
    func status() throws {
        let server = try ScriptedServer { connection in
            _ = connection.receiveHead()
            connection.send("HTTP/1.1 503 No\r\n\r\n")
            let block = String(repeating: "0123456789abcdef", count: 4096)
            while connection.send(block) {}
        }
        let result = try Asking.ask("http://127.0.0.1:\(server.port)", timeout: .seconds(10))
        #expect(result.reason == .httpStatus && result.facts?.status == 503, "\(result.outcome)")
    }

    @Test("a reset is told from an end", arguments: ["http", "https"])
    func reset(scheme: String) throws {
        let server = try ScriptedServer { connection in
            _ = connection.receive()
            connection.reset()
        }
        #expect(try Asking.ask("\(scheme)://127.0.0.1:\(server.port)").reason == .reset)
    }

    @Test("a TLS client at a peer without TLS fails in the handshake", arguments: ["https", "tls"])
    func plain(scheme: String) throws {
        let server = try ScriptedServer { connection in
            _ = connection.receive()
            connection.send("HTTP/1.1 400 Bad Request\r\n\r\n")
        }
        let result = try Asking.ask("\(scheme)://127.0.0.1:\(server.port)")
        #expect(result.reason == .tlsHandshake, "\(result.outcome)")
    }

    @Test("a port without a server is refused; a name that is not there has no address")
    func nobody() throws {
        let port = try TCP.freePort()
        #expect(try Asking.ask("https://127.0.0.1:\(port)").reason == .refused)
        let unnamed = try Asking.ask("https://no-such-host.test")
        #expect(unnamed.reason == .dnsNXDomain && unnamed.phases == [.resolve])
    }
}
