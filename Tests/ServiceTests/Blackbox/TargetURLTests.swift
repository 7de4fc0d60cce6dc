import Model
import Testing

@testable import Service

@Suite("a user in the target of /probe")
struct TargetURLTests {
    @Test("is sent as Basic and shown nowhere")
    func user() {
        let url = TargetURL("http://u%40x:p%3Aw@127.0.0.1:8000/a@b?c")
        #expect(url.text == "http://127.0.0.1:8000/a@b?c")
        // u@x:p:w
        #expect(url.authorization?.value == "Basic dUB4OnA6dw==")
    }

    @Test("is not what stands behind the authority", arguments: ["http://a.test/u:p@x", "a.test:25", "u@a.test"])
    func none(target: String) {
        let url = TargetURL(target)
        #expect(url.text == target && url.authorization == nil)
    }

    @Test("a redirect leads nowhere by its scheme, or without a host")
    func nowhere() {
        for location in ["ftp://a.test/", "mailto:a@b", "http://", "https:///x", "HTTP://?a"] {
            #expect(TargetURL.leadsNowhere(location), "\(location)")
        }
        for location in ["http://a.test", "/a:b", "//a.test", "?a", "a/b"] {
            #expect(!TargetURL.leadsNowhere(location), "\(location)")
        }
    }
}
