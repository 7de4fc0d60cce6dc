import Model
import TestSupport
import Testing

@testable import Probing

/// Whatever a proxy does, a request through it ends in time with a reason of the proxy's own.
@Suite("proxies that misbehave", .onOwnThread, .serialized)
struct HostileProxyTests {
    private static let challenge =
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n"

    private func ask(
        timeout: Duration = .seconds(3),
        schemes: [AuthenticationScheme]? = nil,
        plain: Bool = false,
        _ script: @escaping @Sendable (ScriptedServer.Connection) -> Void
    ) throws -> Asking {
        let server = try ScriptedServer(script)
        let credentials = schemes.map {
            ProxyServer.Credentials(schemes: $0, username: "u", password: .value(Secret("hunter2")))
        }
        let proxy = ProxyServer(name: "corp", host: "127.0.0.1", port: server.port, credentials: credentials)
        return try Asking.ask(plain ? "http://app.test/" : "https://app.test/", proxy: proxy, timeout: timeout)
    }

    @Test("silence is a time-out in the tunnel")
    func silent() throws {
        let result = try ask(timeout: .seconds(1)) { $0.waitForEnd() }
        #expect(result.reason == .timeout && result.phases == [.proxyConnect, .proxyTunnel])
        #expect(result.facts?.proxy?.isConnected == true)
    }

    @Test(
        "what is no answer to CONNECT is against the protocol",
        arguments: [
            "", "rubbish\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK", "\u{0}\u{0}\u{0}",
        ]
    )
    func rubbish(answer: String) throws {
        let result = try ask { connection in
            _ = connection.receiveHead()
            connection.send(answer)
        }
        #expect(result.reason == .proxyProtocol, "\(result.outcome)")
    }

    @Test("a head without end is cut off")
    func endless() throws {
        let result = try ask { connection in
            _ = connection.receiveHead()
            connection.send("HTTP/1.1 200 OK\r\n")
            let block = String(repeating: "X-Field: value\r\n", count: 1000)
            while connection.send(block) {}
        }
        #expect(result.reason == .proxyProtocol, "\(result.outcome)")
    }

    @Test("a connection that ends in the middle of NTLM is a broken handshake, and no refusal of the credentials")
    func broken() throws {
        let result = try ask(schemes: [.ntlm]) { connection in
            guard let head = connection.receiveHead() else { return }
            guard head.contains("Proxy-Authorization: NTLM") else {
                connection.send(Self.challenge + "\r\n")
                return
            }
            // The second message, and the connection that it belongs to is closed.
            let message = "TlRMTVNTUAACAAAAAAAAADgAAAABAoEAASNFZ4mrze8AAAAAAAAAAAAAAAAAAAAA"
            connection.send(
                "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM \(message)\r\n"
                    + "Content-Length: 0\r\nConnection: close\r\nProxy-Connection: close\r\n\r\n"
            )
        }
        #expect(result.reason == .proxyProtocol, "\(result.outcome)")
        #expect(result.took < .seconds(3))
    }

    @Test(
        "one that closes, or asks anew, where NTLM's challenge is due breaks the handshake",
        arguments: [true, false]
    )
    func unanswered(plain: Bool) throws {
        for closes in [true, false] {
            let result = try ask(schemes: [.ntlm], plain: plain) { connection in
                while let head = connection.receiveHead() {
                    if closes, head.contains("Proxy-Authorization: NTLM") { return }
                    connection.send(Self.challenge + "Connection: close\r\n\r\n")
                    return
                }
            }
            #expect(result.reason == .proxyProtocol, "\(plain) \(closes) \(result.outcome)")
            #expect(result.facts?.proxy?.statuses == (closes ? [407] : [407, 407]), "\(plain) \(closes)")
            let message = result.outcome.detail?.message ?? ""
            #expect(message.contains("breaks the connection") == closes, "\(message)")
        }
    }

    @Test("a proxy that goes on asking is left after some rounds")
    func rounds() throws {
        let result = try ask(schemes: [.ntlm, .basic]) { connection in
            while connection.receiveHead() != nil { connection.send(Self.challenge + "\r\n") }
        }
        #expect(result.reason != .timeout && result.reason != nil, "\(result.outcome)")
        #expect((result.facts?.proxy?.rounds ?? 99) < 12)
    }

    @Test("a plain request: refused credentials, required ones, and a good one")
    func plain() throws {
        let script: @Sendable (ScriptedServer.Connection) -> Void = { connection in
            while let head = connection.receiveHead() {
                let isGood = head.contains("Proxy-Authorization: Basic dTpodW50ZXIy\r\n")
                connection.send(
                    isGood
                        ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                        : "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"
                )
            }
        }
        #expect(try ask(plain: true, script).reason == .proxyAuthRequired)
        let good = try ask(schemes: [.basic], plain: true, script)
        #expect(good.outcome.isAnswer && good.facts?.proxy?.statuses == [407, 200])
        let rejected = try ask(schemes: [.basic], plain: true) { connection in
            while connection.receiveHead() != nil {
                connection.send("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")
            }
        }
        #expect(rejected.reason == .proxyAuthRejected)
    }

    @Test("an origin's own 407 inside the tunnel is no word of the proxy: CONNECT has passed")
    func tunnelled() throws {
        let result = try ask { connection in
            _ = connection.receiveHead()
            connection.send("HTTP/1.1 200 Connection established\r\n\r\n")
            _ = connection.receive()
            connection.reset()
        }
        // TLS begins after the 200; its failure is not the proxy's.
        #expect(result.reason == .reset && result.facts?.proxy?.status == 200, "\(result.outcome)")
    }
}
