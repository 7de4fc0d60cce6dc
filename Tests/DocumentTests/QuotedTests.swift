import Document
import Testing

@Suite("values in errors")
struct QuotedTests {
    @Test(
        "hold no secret",
        arguments: [
            ("http://u:hunter2@x:1", "'http://<secret>@x:1'"), ("u:hunter2@x", "'<secret>@x'"),
            ("https://x/y?sig=hunter2", "'https://x/y?<secret>'"), ("https://x/y", "'https://x/y'"), ("a b", "'a b'"),
        ]
    )
    func secrets(text: String, shown: String) {
        #expect(quoted(text) == shown)
    }
}
