import Model
import TestSupport
import Testing
import Wire

@testable import Probing

@Suite("HTTP requests", .onOwnThread)
struct HTTPTests {
    private func server(_ answer: @escaping @Sendable (String) -> String) throws -> ScriptedServer {
        try ScriptedServer { connection in
            guard let head = connection.receiveHead() else { return }
            connection.send(answer(head))
        }
    }

    @Test("a good answer has its status, its phases and nothing of a proxy")
    func good() throws {
        let server = try server { _ in "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" }
        let result = try Asking.ask("http://localhost:\(server.port)/health")
        guard case .answered(let time, .user) = result.outcome.result else { return #expect(Bool(false), "\(result)") }
        #expect(time > .zero && result.facts?.status == 200 && result.facts?.proxy == nil && result.facts?.tls == nil)
        #expect(result.phases == [.resolve, .connect, .request, .firstByte, .transfer])
    }

    @Test("the request line is the target's, whatever is in its path")
    func requestLine() throws {
        let server = try ScriptedServer { connection in
            guard let head = connection.receiveHead() else { return }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(head.utf8.count)\r\n\r\n\(head)")
        }
        let target = Target(scheme: .http, host: "127.0.0.1", port: server.port, path: "/a b\u{0}c\r\nX: y?q=1#f")
        let task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: target,
            question: .http(HTTPQuestion()),
            keepsResponse: true
        )
        let outcome = try RequestEngine.requestOnce(task, lookup: Asking.lookup)
        let head = String(decoding: outcome.detail?.request?.response?.body ?? [], as: UTF8.self)
        #expect(head.hasPrefix("GET /a%20b%00c%0D%0AX:%20y?q=1 HTTP/1.1\r\n"), "\(head)")
        #expect(!head.contains("\r\nX:"))
    }

    @Test(
        "expectations are statuses and texts",
        arguments: [
            ([], Reason.httpStatus), (["404"], nil), (["404", "sorry"], nil), (["404", "welcome"], .httpBody),
        ] as [([String], Reason?)]
    )
    func expectations(expect: [String], reason: Reason?) throws {
        let server = try server { _ in "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nsorry" }
        let result = try Asking.ask("http://127.0.0.1:\(server.port)", .http(HTTPQuestion(expecting: expect)))
        #expect(result.reason == reason && result.facts?.status == 404)
    }

    @Test("redirects are followed, ten at most, and only to http and https")
    func redirects() throws {
        let server = try server { head in
            if head.hasPrefix("GET /end") { return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" }
            if head.hasPrefix("GET /loop") {
                return "HTTP/1.1 302 Found\r\nLocation: loop\r\nContent-Length: 0\r\n\r\n"
            }
            if head.hasPrefix("GET /file") {
                return "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"
            }
            return "HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n"
        }
        let base = "http://127.0.0.1:\(server.port)"
        let followed = try Asking.ask(base)
        #expect(followed.outcome.isAnswer && followed.facts?.redirects == 1 && followed.facts?.status == 200)
        let endless = try Asking.ask("\(base)/loop")
        #expect(endless.reason == .httpStatus && endless.facts?.status == 302)
        #expect(try Asking.ask("\(base)/file").reason == .httpStatus)
    }

    @Test("a 407 where no proxy was asked: over http somebody stands in the way")
    func transparent() throws {
        let server = try server { _ in
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"
        }
        let result = try Asking.ask("http://127.0.0.1:\(server.port)")
        #expect(result.reason == .intercepted && result.facts?.status == 407 && result.facts?.proxy == nil)
    }

    @Test("a source address that this host does not have is no route")
    func source() throws {
        let server = try server { _ in "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" }
        let pin = Pin(source: .v4(.init(192, 0, 2, 77)))
        #expect(try Asking.ask("http://127.0.0.1:\(server.port)", pin: pin).reason == .noRoute)
        let absent = Pin(interface: "np-none0")
        #expect(try Asking.ask("http://127.0.0.1:\(server.port)", pin: absent).reason == .interfaceDown)
        let loopback = Pin(source: .v4(.init(127, 0, 0, 9)))
        #expect(try Asking.ask("http://127.0.0.1:\(server.port)", pin: loopback).outcome.isAnswer)
    }
}
