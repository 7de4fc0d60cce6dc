import Glibc
import Model
import TestSupport
import Testing

/// What the scenarios stand on.
@Suite("test support", .onOwnThread)
struct SupportTests {
    @Test("a child's outputs and its ending are kept")
    func children() throws {
        let result = try Shell.finish(["sh", "-c", "cat; echo out; echo err >&2; exit 3"], input: "in\n")
        #expect(result.status == 3 && result.output == "in\nout\n" && result.errors == "err\n")
        let sleeper = try Subprocess(["sleep", "60"])
        #expect(sleeper.ending == nil)
        sleeper.signal(SIGKILL)
        #expect(try sleeper.waitForEnd() == .signalled(SIGKILL))
        #expect(throws: Subprocess.CannotStart.self) { try Subprocess(["/no/such/program"]) }
        let many = try Shell.finish(["sh", "-c", "yes | head -c 3000000"])
        #expect(many.output.utf8.count == 3_000_000)
    }

    @Test("a test on a thread of its own still records where it belongs")
    func currentTest() async throws {
        #expect(Test.current?.displayName == "a test on a thread of its own still records where it belongs")
    }

    @Test("a metric is found by name and labels, escapes included")
    func exposition() {
        let text = #"""
            # HELP a_total text
            a_total{path="x/y",note="a \"b\" \\ c",} 3
            a_total{path="z"} 4 1700000000
            b 1e-3
            """#
        let metrics = Exposition(text)
        #expect(metrics.value("a_total", ["path": "x/y"]) == 3)
        #expect(metrics.all("a_total", ["note": #"a "b" \ c"#]).count == 1)
        #expect(metrics.sum("a_total") == 7 && metrics.value("a_total") == nil)
        #expect(metrics.value("b") == 0.001)
    }

    @Test(
        "a time of RFC 3339 is read, and nothing else",
        arguments: [
            ("1970-01-01T00:00:01Z", 1_000_000_000), ("1970-01-01T00:00:00.25Z", 250_000_000),
            ("1970-01-01T01:00:01+01:00", 1_000_000_000), ("yesterday", nil), ("9999-01-01T00:00:00Z", nil),
            ("1970-01-01T00:00:01", nil),
        ] as [(String, Int64?)]
    )
    func time(text: String, nanoseconds: Int64?) {
        #expect(WallTime(internetText: text)?.nanoseconds == nanoseconds)
    }

    @Test("the receiver keeps what it accepts, with labels and ending, and behaves as told")
    func receiver() throws {
        let receiver = try AlertReceiver()
        defer { receiver.stop() }
        try post(#"[{"labels":{"alertname":"A"},"endsAt":"2199-01-01T00:00:00Z"}]"#, to: receiver, status: 200)
        #expect(try receiver.firing("A").labels == ["alertname": "A"])
        #expect(receiver.firing == ["A"])
        receiver.behaviour = .fail(500)
        try post(#"[{"labels":{"alertname":"B"}}]"#, to: receiver, status: 500)
        receiver.behaviour = .refuseBatches
        let end = #"{"labels":{"alertname":"A"},"endsAt":"2001-01-01T00:00:00Z"}"#
        try post("[\(end),\(end)]", to: receiver, status: 400)
        #expect(receiver.firing == ["A"] && receiver.refusedBatches == 1, "nothing of a refused batch is kept")
        try post("[\(end)]", to: receiver, status: 200)
        #expect(try receiver.resolved("A").isResolved)
        #expect(receiver.firing.isEmpty && receiver.everFired == ["A"] && receiver.requests == 4)
        receiver.behaviour = .refusePart("B")
        try post("[\(end)]", to: receiver, status: 200)
        try post(#"[\#(end),{"labels":{"alertname":"B"}}]"#, to: receiver, status: 400)
        #expect(receiver.alerts.map(\.name) == ["A", "A", "A", "A"] && receiver.refused.map(\.name) == ["B"])
        #expect(receiver.malformed.isEmpty)
        receiver.behaviour = .refuseBatches
        try post("nonsense", to: receiver, status: 400)
        #expect(receiver.malformed.count == 1)
    }

    private func post(_ body: String, to receiver: AlertReceiver, status: Int) throws {
        let connection = try TCP.connect(to: "127.0.0.1", port: receiver.port)
        defer { close(connection) }
        let head = "POST /api/v2/alerts HTTP/1.1\r\nContent-Type: application/json\r\n"
        TCP.send(Array("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8), to: connection)
        let answer = String(decoding: try #require(TCP.receive(connection)), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
    }
}
