import TestSupport
import Testing
import Web

@Suite("the probe route", .onOwnThread)
struct ProbeRouteTests {
    @Test(
        "parameters are read as a form is, the first of each counts",
        arguments: [
            ("?target=10.1.0.4&module=icmp", "10.1.0.4|icmp||-\n"),
            ("?target=http%3A%2F%2Fa.test%2F%3Fq%3D1&hostname=b.test", "http://a.test/?q=1||b.test|-\n"),
            ("?module=a+b%2Bc&target=x&target=y", "x|a b+c||-\n"), ("", "|||-\n"), ("?target=%ff&module=a", "|a||-\n"),
        ]
    )
    func parameters(query: String, text: String) async throws {
        let answer = try await withServer { try ask("/probe\(query)", port: $0) }
        #expect(answer.status == 200 && answer.text == text)
        #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    }

    @Test("what Prometheus leaves is handed on; debugging and refusals have their own forms")
    func forms() async throws {
        let timed = try await withServer {
            try ask("/probe?target=x", port: $0, headers: ["X-Prometheus-Scrape-Timeout-Seconds: 10"])
        }
        #expect(timed.text == "x|||10\n")
        let debug = try await withServer { try ask("/probe?target=x&debug=true", port: $0) }
        #expect(debug.text == "log" && debug.headers["content-type"] == "text/plain")
        let denied = try await withServer { try ask("/probe?target=denied", port: $0) }
        #expect(denied.status == 403 && denied.text == "not allowed\n")
    }

    @Test("a page of another site cannot ask for a probe")
    func otherSite() async throws {
        let answer = try await withServer {
            try ask("/probe?target=10.1.0.4", port: $0, headers: ["Sec-Fetch-Site: cross-site"])
        }
        #expect(answer.status == 403)
    }
}
