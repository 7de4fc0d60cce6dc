import Model
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Probing

/// RFC 7616 with SHA-256, which Squid's helper cannot do: a proxy of the test's own, with coreutils for the hashes.
@Suite("Digest with SHA-256", .onOwnThread)
struct DigestTests {
    private static func hash(_ text: String) throws -> String {
        let result = try Shell.finish(["sha256sum"], input: text)
        return String(result.output.prefix(64))
    }

    /// What stands behind a name in the field, without quotes.
    private static func value(_ name: String, in head: String) -> String? {
        guard let start = head.firstRange(of: " \(name)=") else { return nil }
        let rest = head[start.upperBound...].prefix { $0 != "\r\n" }
        return rest.first == "\"" ? String(rest.dropFirst().prefix { $0 != "\"" }) : String(rest.prefix { $0 != "," })
    }

    private static func isRight(_ head: String, password: String) throws -> Bool {
        let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("proxy-authorization:") } ?? ""
        let field = line.split(separator: " ").joined(separator: " ") + ","
        func part(_ name: String) -> String { value(name, in: field) ?? "" }
        guard part("algorithm").uppercased() == "SHA-256" else { return false }
        let first = try hash("svc:corp net:\(password)")
        let second = try hash("CONNECT:\(part("uri"))")
        let middle = "\(part("nonce")):\(part("nc")):\(part("cnonce")):\(part("qop"))"
        return try part("response") == hash("\(first):\(middle):\(second)")
    }

    @Test(
        "the response is that of the RFC for the right password, and it is shown once for a wrong one",
        arguments: ["right one", "wrong"]
    )
    func performed(password: String) throws {
        let challenge = "Digest realm=\"corp net\", nonce=\"8f3a\", qop=\"auth\", algorithm=SHA-256"
        let shown = Mutex(0)
        let server = try ScriptedServer { connection in
            while let head = connection.receiveHead() {
                let isShown = head.lowercased().contains("proxy-authorization: digest")
                if isShown { shown.withLock { $0 += 1 } }
                if isShown, (try? Self.isRight(head, password: "right one")) == true {
                    connection.send("HTTP/1.1 200 Connected\r\n\r\n")
                    return
                }
                connection.send("HTTP/1.1 407 Who\r\nProxy-Authenticate: \(challenge)\r\nContent-Length: 0\r\n\r\n")
            }
        }
        let proxy = ProxyServer(
            name: "corp",
            host: "127.0.0.1",
            port: server.port,
            credentials: .init(schemes: [.digest, .basic], username: "svc", password: .value(Secret(password)))
        )
        let asking = try Asking.ask("tcp://app.test:443", proxy: proxy, timeout: .seconds(10))
        if password == "right one" {
            #expect(asking.outcome.isAnswer, "\(asking.outcome.detail?.message ?? "")")
        } else {
            #expect(asking.reason == .proxyAuthRejected)
            #expect(shown.withLock { $0 } == 1)
        }
        #expect(asking.facts?.proxy?.challenges.first?["algorithm"] == "SHA-256")
    }
}
