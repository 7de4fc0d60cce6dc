import Model
import TestSupport
import Testing

@testable import Probing

@Suite("fields over redirects")
struct RedirectTests {
    private let field = HTTPResponse.Field("Authorization", "Basic dTpw")

    private func fields(from: String, to: String) throws -> [String] {
        let other = HTTPResponse.Field("Accept", "text/plain")
        let kept = Redirect.fields([field, other], from: try Target(parsing: from), to: try Target(parsing: to))
        return kept.map(\.name)
    }

    @Test("what was said under TLS is not said again in clear, nor to another host")
    func secrets() throws {
        #expect(try fields(from: "https://a.test/", to: "http://a.test/") == ["Accept"])
        #expect(try fields(from: "https://a.test/", to: "https://b.test/").isEmpty)
        #expect(try fields(from: "http://a.test/", to: "https://a.test/").count == 2)
        #expect(try fields(from: "https://a.test/", to: "https://a.test/b").count == 2)
    }
}
