import Testing

@testable import Model

@Suite("percent encoding")
struct PercentEncodingTests {
    @Test(
        "two hexadecimal digits after % are a byte; anything else stays",
        arguments: [
            ("p%40ss%3aword", "p@ss:word"), ("100%", "100%"), ("%4", "%4"), ("%zz", "%zz"), ("%C3%A4", "ä"),
            ("%ff", "\u{FFFD}"),
        ]
    )
    func decoded(text: String, expected: String) {
        #expect(text.percentDecoded == expected)
    }
}
