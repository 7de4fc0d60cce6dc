import Metering
import Synchronization
import TestSupport
import Testing
import Web

@Suite("scrapes", .onOwnThread)
struct ScrapeTests {
    static let long = Array(String(repeating: "netprobe_probe_sent_total{link=\"a\"} 1\n", count: 1000).utf8)

    @Test("the format follows the Accept header")
    func negotiated() async throws {
        let answer = try await withServer {
            try ask("/metrics", port: $0, headers: ["Accept: application/openmetrics-text;version=1.0.0,*/*;q=0.1"])
        }
        let type = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
        #expect(answer.headers["content-type"] == type)
        #expect(answer.text == "metrics \(type)\n")
        #expect(answer.headers["vary"] == "Accept, Accept-Encoding")
    }

    @Test("gzip is used when it is asked for and pays")
    func gzip() async throws {
        let source = WebSource.sample(metrics: { _ in Self.long })
        let (packed, plain) = try await withServer(source) {
            (
                try ask("/metrics", port: $0, headers: ["Accept-Encoding: gzip"]),
                try ask("/metrics", port: $0, headers: ["Accept-Encoding: identity"])
            )
        }
        #expect(packed.headers["content-encoding"] == "gzip")
        #expect(packed.body.count < Self.long.count / 10)
        #expect(gunzip(packed.body) == Self.long)
        #expect(plain.headers["content-encoding"] == nil)
        #expect(plain.body == Self.long)
    }

    @Test(
        "who takes gzip",
        arguments: [
            ("gzip", true), ("deflate, gzip;q=1.0, *;q=0.5", true), ("*", true), ("GZIP", true), ("gzip;q=0", false),
            ("gzip; q=0.0, *", false), ("identity", false), ("", false), ("br", false), ("*;q=0", false),
        ]
    )
    func acceptEncoding(header: String, isGzip: Bool) async throws {
        let source = WebSource.sample(metrics: { _ in Self.long })
        let answer = try await withServer(source) {
            try ask("/metrics", port: $0, headers: ["Accept-Encoding: \(header)"])
        }
        #expect((answer.headers["content-encoding"] == "gzip") == isGzip)
    }

    @Test("a short answer is not packed")
    func shortAnswer() async throws {
        let answer = try await withServer { try ask("/metrics", port: $0, headers: ["Accept-Encoding: gzip"]) }
        #expect(answer.headers["content-encoding"] == nil)
    }

    @Test("overlapping scrapes share one rendering, a later one has its own")
    func shared() async throws {
        let gate = Gate()
        let count = Mutex(0)
        let source = WebSource.sample(metrics: { _ in
            count.withLock { $0 += 1 }
            await gate.pass()
            return Array("x 1\n".utf8)
        })
        try await withServer(source) { port in
            let clients = try (0..<5).map { _ in try RawClient(port: port) }
            for client in clients { client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") }
            await gate.waitForFirst()
            // Those that have not yet arrived would render anew: give every one the chance to join.
            try await Task.sleep(for: .milliseconds(300))
            await gate.open()
            for client in clients { #expect(try client.readAnswer().text == "x 1\n") }
            #expect(count.withLock { $0 } == 1)
            _ = try ask("/metrics", port: port)
            #expect(count.withLock { $0 } == 2)
        }
    }

    @Test("one scrape too many is 503 at once, and passes later")
    func tooMany() async throws {
        let gate = Gate()
        let source = WebSource.sample(metrics: { _ in
            await gate.pass()
            return Array("x 1\n".utf8)
        })
        var limits = WebLimits()
        limits.scrapes = 1
        try await withServer(source, limits: limits) { port in
            let first = try RawClient(port: port)
            first.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            await gate.waitForFirst()
            #expect(try ask("/metrics", port: port).status == 503)
            #expect(try ask("/-/healthy", port: port).status == 200)
            await gate.open()
            #expect(try first.readAnswer().status == 200)
            #expect(try ask("/metrics", port: port).status == 200)
        }
    }
}

/// Holds who passes until it is opened.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var watchers: [CheckedContinuation<Void, Never>] = []
    private var hasPassed = false

    func pass() async {
        hasPassed = true
        for watcher in watchers { watcher.resume() }
        watchers = []
        guard !isOpen else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func waitForFirst() async {
        guard !hasPassed else { return }
        await withCheckedContinuation { watchers.append($0) }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}
