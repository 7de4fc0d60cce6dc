import Model
import TestSupport
import Testing

@testable import Probing

@Suite("what goes along over redirects")
struct RedirectTests {
    private let field = HTTPResponse.Field("Authorization", "Basic dTpw")

    private func fields(from: String, to: String) throws -> [String] {
        let other = HTTPResponse.Field("Accept", "text/plain")
        let kept = Redirect.fields([field, other], from: try Target(parsing: from), to: try Target(parsing: to))
        return kept.map(\.name)
    }

    @Test("a form that is answered with 302 is not sent again; HEAD stays, and 307 keeps all")
    func methods() throws {
        let from = try Target(parsing: "http://a.test/"), to = try Target(parsing: "http://a.test/b")
        func next(_ method: String, _ status: Int) -> String {
            let asked = HTTPQuestion(method: method, body: method == "POST" ? [97] : nil)
            let next = Redirect.question(asked, after: status, from: from, to: to)
            return "\(next.method) \(next.body?.count ?? 0)"
        }
        #expect([301, 302, 303].map { next("POST", $0) } == ["GET 0", "GET 0", "GET 0"])
        #expect([307, 308].map { next("POST", $0) } == ["POST 1", "POST 1"])
        #expect([301, 307].map { next("HEAD", $0) } == ["HEAD 0", "HEAD 0"])
        #expect([302, 308].map { next("OPTIONS", $0) } == ["GET 0", "OPTIONS 0"])
    }

    @Test("what was said under TLS is not said again in clear, nor to another host")
    func secrets() throws {
        #expect(try fields(from: "https://a.test/", to: "http://a.test/") == ["Accept"])
        #expect(try fields(from: "https://a.test/", to: "https://b.test/").isEmpty)
        #expect(try fields(from: "http://a.test/", to: "https://a.test/").count == 2)
        #expect(try fields(from: "https://a.test/", to: "https://a.test/b").count == 2)
    }
}
