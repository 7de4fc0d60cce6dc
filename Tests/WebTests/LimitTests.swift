import TestSupport
import Testing
import Web

@Suite("limits of a connection", .onOwnThread)
struct LimitTests {
    private func limits(_ change: (inout WebLimits) -> Void) -> WebLimits {
        var limits = WebLimits()
        change(&limits)
        return limits
    }

    @Test("a connection answers one request after another")
    func keepAlive() async throws {
        try await withServer { port in
            let client = try RawClient(port: port)
            for _ in 0..<3 {
                client.send("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try client.readAnswer().status == 200)
            }
        }
    }

    @Test("a header that does not come to its end closes the connection")
    func slowHeader() async throws {
        try await withServer(limits: limits { $0.headerTime = .milliseconds(50) }) { port in
            let client = try RawClient(port: port)
            client.send("GET /metrics HTTP/1.1\r\nHo")
            #expect(client.readToEnd() == [])
        }
    }

    @Test("a body that does not come closes the connection")
    func slowBody() async throws {
        try await withServer(limits: limits { $0.bodyTime = .milliseconds(50) }) { port in
            let client = try RawClient(port: port)
            client.send("POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
            #expect(client.readToEnd() == [])
        }
    }

    @Test("an idle connection is closed")
    func idle() async throws {
        try await withServer(limits: limits { $0.idleTime = .milliseconds(50) }) { port in
            let client = try RawClient(port: port)
            client.send("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.readAnswer().status == 200)
            #expect(client.readToEnd() == [])
        }
    }

    @Test("a client that does not read is let go, and others are served meanwhile")
    func slowReader() async throws {
        let source = WebSource.sample(metrics: { _ in [UInt8](repeating: 0x61, count: 32 << 20) })
        try await withServer(source, limits: limits { $0.writeTime = .milliseconds(200) }) { port in
            let client = try RawClient(port: port)
            client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            try await Task.sleep(for: .milliseconds(600))
            #expect(try ask("/-/healthy", port: port).status == 200)
            let received = try #require(client.readToEnd())
            #expect(received.count < 32 << 20)
        }
    }

    @Test("a header over its size is refused")
    func largeHeader() async throws {
        try await withServer { port in
            let client = try RawClient(port: port)
            client.send("GET /metrics HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 20_000))\r\n\r\n")
            let answer = try #require(client.readToEnd())
            #expect(!String(decoding: answer, as: UTF8.self).contains("200"))
        }
    }

    @Test("a body over its size is refused, announced or not")
    func largeBody() async throws {
        try await withServer(limits: limits { $0.bodyBytes = 100 }) { port in
            let announced = try RawClient(port: port)
            announced.send("POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n")
            announced.send(String(repeating: "a", count: 101))
            let first = try #require(announced.readToEnd())
            #expect(!String(decoding: first, as: UTF8.self).contains("reloaded"))

            let chunked = try RawClient(port: port)
            chunked.send("POST /-/reload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<20 { chunked.send("10\r\n0123456789abcdef\r\n") }
            let second = try #require(chunked.readToEnd())
            #expect(!String(decoding: second, as: UTF8.self).contains("reloaded"))
        }
    }

    @Test("a connection over the limit is closed, and another is free again when one ends")
    func tooManyConnections() async throws {
        try await withServer(limits: limits { $0.connectionsPerSource = 2 }) { port in
            var clients = try (0..<2).map { _ in try RawClient(port: port) }
            for client in clients {
                client.send("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try client.readAnswer().status == 200)
            }
            #expect(try RawClient(port: port).readToEnd() == [])
            clients.removeLast()
            var status = 0
            for _ in 0..<50 where status != 200 {
                status = (try? ask("/-/healthy", port: port).status) ?? 0
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(status == 200)
        }
    }

    @Test(
        "what is no HTTP is refused and harms nobody",
        arguments: ["\u{16}\u{3}\u{1}\0\0", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\r\n\r\n\r\n\r\n", "{}\n\n"]
    )
    func garbage(text: String) async throws {
        try await withServer(limits: limits { $0.headerTime = .milliseconds(200) }) { port in
            let client = try RawClient(port: port)
            client.send(text)
            let answer = String(decoding: try #require(client.readToEnd()), as: UTF8.self)
            #expect(!answer.contains(" 200 "))
            #expect(try ask("/-/healthy", port: port).status == 200)
        }
    }
}
