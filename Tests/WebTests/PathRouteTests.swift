import Model
import TestSupport
import Testing
import Web

@Suite("the path route", .onOwnThread)
struct PathRouteTests {
    @Test(
        "a target is decoded and traced",
        arguments: [
            ("?target=10.1.0.4", "10.1.0.4"),
            ("?target=tcp%3A%2F%2F%5Bfd00%3A%3A1%5D%3A443", "tcp://[fd00::1]:443"),
        ]
    )
    func target(query: String, target: String) async throws {
        let answer = try await withServer { try ask("/api/v1/path\(query)", port: $0) }
        #expect(answer.status == 200)
        #expect(try JSONValue(parsing: answer.body)["target"]?.asString == target)
    }

    @Test(
        "what is not traced is told by its status and by the document of a failure",
        arguments: [
            ("", 400, "", "target is missing; write /api/v1/path?target=10.1.0.4", 64),
            ("?target=", 400, "", "target is missing; write /api/v1/path?target=10.1.0.4", 64),
            ("?target=%zz", 400, "", "target is missing; write /api/v1/path?target=10.1.0.4", 64),
            ("?target=%ff", 400, "", "target is missing; write /api/v1/path?target=10.1.0.4", 64),
            ("?target=a&protocol=tcp", 400, "a", "parameter 'protocol' is not known; allowed: target", 64),
            ("?target=a&target=b", 400, "a", "target is given more than once", 64),
            ("?target=bad", 400, "bad", "no target", 69), ("?target=denied", 403, "denied", "not allowed", 64),
            ("?target=busy", 503, "busy", "too many", 1),
            ("?target=u:hunter2@x", 500, "<secret>", "no privilege", 77),
        ]
    )
    func failures(query: String, status: Int, target: String, message: String, exitStatus: Int64) async throws {
        let answer = try await withServer { try ask("/api/v1/path\(query)", port: $0) }
        #expect(answer.status == status)
        #expect(answer.headers["content-type"] == "application/json")
        #expect(answer.headers["cache-control"] == "no-store")
        let document = try JSONValue(parsing: answer.body)
        #expect(document["schema"]?.asInteger == 1 && document["target"]?.asString == target)
        #expect(document["error"]?["message"]?.asString == message)
        #expect(document["error"]?["exit_status"]?.asInteger == exitStatus)
    }

    @Test("a page of another site cannot ask for a trace")
    func otherSite() async throws {
        let answer = try await withServer {
            try ask("/api/v1/path?target=10.1.0.4", port: $0, headers: ["Sec-Fetch-Site: cross-site"])
        }
        #expect(answer.status == 403)
        #expect(try JSONValue(parsing: answer.body)["error"]?["message"]?.asString?.contains("another site") == true)
    }

    @Test("a client that goes away ends its trace")
    func gone() async throws {
        let (steps, continuation) = AsyncStream.makeStream(of: String.self)
        var source = WebSource.sample()
        source.path = { _ in
            continuation.yield("begun")
            do {
                try await Task.sleep(for: .seconds(60))
                continuation.yield("waited for nobody")
            } catch {
                continuation.yield("ended")
            }
            return .success([:])
        }
        try await withServer(source) { port in
            var steps = steps.makeAsyncIterator()
            do {
                let client = try RawClient(port: port)
                client.send("GET /api/v1/path?target=10.1.0.4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(await steps.next() == "begun")
                withExtendedLifetime(client) {}
            }
            #expect(await steps.next() == "ended")
        }
    }

    @Test("the connection of a trace ends with its answer, and says so")
    func close() async throws {
        let answer = try await withServer { port in
            let client = try RawClient(port: port)
            client.send("GET /api/v1/path?target=10.1.0.4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return try RawAnswer(try #require(client.readToEnd(), "the server did not close"))
        }
        #expect(answer.status == 200 && answer.headers["connection"] == "close")
        #expect(try JSONValue(parsing: answer.body)["target"]?.asString == "10.1.0.4")
    }
}
