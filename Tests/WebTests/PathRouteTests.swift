import TestSupport
import Testing
import Web

@Suite("the path route", .onOwnThread)
struct PathRouteTests {
    @Test(
        "a target is decoded and traced; what cannot be is told with its status",
        arguments: [
            ("?target=10.1.0.4", 200, #"{"target":"10.1.0.4"}"#),
            ("?x=1&target=tcp%3A%2F%2F%5Bfd00%3A%3A1%5D%3A443", 200, #"{"target":"tcp:\/\/[fd00::1]:443"}"#),
            ("", 400, "400 target is missing"), ("?target=", 400, "400 target is missing"),
            ("?target=%zz", 400, "400 target is missing"), ("?target=%ff", 400, "400 target is missing"),
            ("?target=bad", 400, "400 no target"), ("?target=denied", 403, "403 not allowed"),
            ("?target=busy", 503, "503 too many"),
        ]
    )
    func target(query: String, status: Int, start: String) async throws {
        let answer = try await withServer { try ask("/api/v1/path\(query)", port: $0) }
        #expect(answer.status == status)
        let text = answer.text.split(separator: "\\/", omittingEmptySubsequences: false).joined(separator: "/")
        let wanted = start.split(separator: "\\/", omittingEmptySubsequences: false).joined(separator: "/")
        #expect(text.hasPrefix(wanted), "\(answer.text)")
    }

    @Test("a page of another site cannot ask for a trace")
    func otherSite() async throws {
        let answer = try await withServer {
            try ask("/api/v1/path?target=10.1.0.4", port: $0, headers: ["Sec-Fetch-Site: cross-site"])
        }
        #expect(answer.status == 403)
    }
}
