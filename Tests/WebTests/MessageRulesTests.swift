import TestSupport
import Testing
import Web

@Suite("rules of HTTP/1 messages", .onOwnThread)
struct MessageRulesTests {
    private func exchange(_ request: String, limits: WebLimits = WebLimits()) async throws -> String {
        try await withServer(limits: limits) { port in
            let client = try RawClient(port: port)
            client.send(request)
            return String(decoding: try #require(client.readToEnd(), "the connection stays open"), as: UTF8.self)
        }
    }

    @Test(
        "a connection that is not to persist ends after its answer",
        arguments: [
            "GET /-/healthy HTTP/1.0\r\n\r\n", "GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n",
            "GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: foo, close\r\n\r\n",
        ]
    )
    func ends(request: String) async throws {
        let answer = try await exchange(request)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.contains("\r\nConnection: close\r\n"))
        #expect(answer.hasSuffix("netprobe is healthy\n"))
    }

    @Test("HTTP/1.0 keeps a connection that it asks to keep")
    func oldKeepAlive() async throws {
        try await withServer { port in
            let client = try RawClient(port: port)
            for _ in 0..<2 {
                client.send("GET /-/healthy HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let answer = try client.readAnswer()
                #expect(answer.status == 200)
                #expect(answer.headers["connection"] == "keep-alive")
            }
        }
    }

    @Test(
        "a request without its one Host is refused",
        arguments: [
            "GET /-/healthy HTTP/1.1\r\n\r\n", "GET /-/healthy HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET /-/healthy HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
        ]
    )
    func host(request: String) async throws {
        let answer = try await exchange(request)
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n400 a request names its host once (RFC 9112 §3.2)\n"))
    }

    @Test("a refusal waits for the answers before it")
    func order() async throws {
        let answer = try await exchange(
            "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\nGET /-/ready HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        let statuses = answer.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("HTTP/1.1 ") }
        #expect(statuses == ["HTTP/1.1 200 OK", "HTTP/1.1 400 Bad Request"])
    }

    @Test("a body announced too long is refused at once, and the answer outlives what is still sent")
    func longBody() async throws {
        let answer = try await exchange(
            "POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
                + String(repeating: "a", count: 1 << 20)
        )
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
        #expect(answer.hasSuffix("413 a body has at most 65536 bytes here\n"))
    }

    @Test("a client that waits for leave to send its body gets it")
    func expectation() async throws {
        try await withServer { port in
            let client = try RawClient(port: port)
            client.send("POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            #expect(try client.readAnswer().status == 100)
            client.send("abc")
            #expect(try client.readAnswer().status == 200)
        }
    }
}
