import Glibc
import Model
import TestSupport
import Testing

@testable import Probing

@Suite("a proxy's access log", .onOwnThread)
struct AccessLogTests {
    private static let connect =
        "1543938429.063      0 172.16.5.15 TCP_DENIED/407 4290 CONNECT host:443 - HIER_NONE/- text/html"

    @Test("a line of Squid's native format is read, whatever its spaces")
    func line() throws {
        let line = try #require(AccessLogLine(Self.connect))
        #expect(line.time.nanoseconds == 1_543_938_429_063_000_000 && line.client == "172.16.5.15")
        #expect(
            line.result == "TCP_DENIED" && line.status == 407 && line.method == "CONNECT" && line.host == "host:443"
        )
        #expect(line.user == nil)
        let tunnel =
            "1543938430.100    127 10.0.0.7 TCP_TUNNEL/200 5120 GET http://App.Contoso.com:8080/x?y=1 CORP\\svc HIER_DIRECT/20.60.1.1 -"
        let read = try #require(AccessLogLine(tunnel))
        #expect(read.user == "CORP\\svc" && read.host == "app.contoso.com:8080" && read.status == 200)
        #expect(AccessLogLine("1543938430.100 1 10.0.0.7 NONE/200 0 CONNECT a:443 - NONE/- -")?.result == "NONE")
    }

    @Test(
        "what is none is not read",
        arguments: [
            "", " ", "hello", "1543938429.063 0 1.2.3.4 TCP_DENIED/x 1 GET u - H -",
            "x.063 0 1.2.3.4 TCP_DENIED/407 1 GET u - H -",
            "1543938429 0 1.2.3.4 TCP_DENIED/407 1 GET u - H -",
            "1543938429.063 0 1.2.3.4 TCP DENIED/407 1 GET u - H -",
            "99999999999999999999.063 0 1.2.3.4 TCP_DENIED/407 1 GET u - H -",
            "1543938429.063 0 1.2.3.4 TCP_DENIED/407/7 1 GET u - H -",
            "10.0.0.7 - - [01/Jan/2020:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"curl\"",
        ]
    )
    func stranger(text: String) { #expect(AccessLogLine(text) == nil) }

    private func denied(_ client: String, _ host: String) -> String {
        "1543938429.063 0 \(client) TCP_DENIED/407 4290 CONNECT \(host) - HIER_NONE/- text/html"
    }

    private func tunnel(_ client: String, _ host: String) -> String {
        "1543938429.063 9 \(client) TCP_TUNNEL/200 4290 CONNECT \(host) svc HIER_DIRECT/1.2.3.4 -"
    }

    @Test("the 407s before a success are a handshake, those after which nothing comes one failure")
    func handshakes() {
        var ledger = AccessLogLedger()
        let start = MonotonicTime(nanoseconds: 0)
        _ = ledger.take(denied("a", "h:443"), at: start)
        _ = ledger.take(denied("a", "h:443"), at: start)
        _ = ledger.take(denied("b", "h:443"), at: start)
        _ = ledger.take(denied("b", "h:443"), at: start)
        let events = ledger.take(tunnel("a", "h:443"), at: start + .seconds(1))
        #expect(events == [.response(status: 200, result: "TCP_TUNNEL"), .handshake, .handshake])
        #expect(ledger.expire(at: start + .seconds(9)).isEmpty)
        #expect(ledger.expire(at: start + .seconds(10)) == [.failure(client: "b")])
        #expect(ledger.expire(at: start + .seconds(99)).isEmpty)
    }

    @Test("a client that is refused again and again is a failure each ten seconds")
    func endless() {
        var ledger = AccessLogLedger()
        var failures = 0
        for second in 0..<60 {
            let now = MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000)
            _ = ledger.take(denied("a", "h:443"), at: now)
            failures += ledger.expire(at: now).count
        }
        #expect(failures == 5)
    }

    @Test("another host, or another client, proves nothing; memory is bounded")
    func bounded() {
        var ledger = AccessLogLedger()
        let start = MonotonicTime(nanoseconds: 0)
        var failures = 0
        for number in 0..<10_000 {
            let events = ledger.take(denied("c\(number)", "h:443"), at: start)
            failures += events.count { if case .failure = $0 { true } else { false } }
        }
        #expect(failures == 10_000 - 4096)
        #expect(ledger.take(tunnel("c9999", "other:443"), at: start).count == 1)
    }

    @Test("the end of a file is followed over rotation, truncation and lines without end")
    func tail() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write("access.log", "old\n")
        func append(_ text: String) throws {
            let file = try #require(fopen(path, "ab"))
            fputs(text, file)
            fclose(file)
        }
        var tail = LogTail(path: path)
        defer { tail.close() }
        #expect(tail.read().isEmpty, "what was there before is not counted")
        try append("one\ntw")
        #expect(tail.read() == ["one"])
        try append("o\n")
        #expect(tail.read() == ["two"])
        // Rotation: the old file gets a last line, then a new one stands in its place.
        try append("three\n")
        try Shell.run("mv", path, path + ".1")
        try append("four\n")
        #expect(tail.read() == ["three", "four"])
        // Truncation in place.
        try folder.write("access.log", "5\n")
        #expect(tail.read() == ["5"])
        // Copied away, cut, and grown past the old place before the next look.
        try folder.write("access.log", (6..<20).map { "\($0)\n" }.joined())
        #expect(tail.read() == (6..<20).map(String.init))
        try append(String(repeating: "x", count: 300_000) + "\nsix\n")
        #expect(tail.read().last == "six")
        // Removed, and there again later.
        try Shell.run("rm", path)
        #expect(tail.read().isEmpty)
        try append("seven\n")
        #expect(tail.read() == ["seven"])
    }
}
