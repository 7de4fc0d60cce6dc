import Testing

@testable import Document

@Suite("the nearest known word")
struct SuggestionTests {
    static let names = ["interval", "timeout", "flows", "through", "tiers", "name"]

    @Test(
        "a slip of one or two letters finds the word",
        arguments: [
            ("intervall", "interval"), ("intreval", "interval"), ("Timeout", "timeout"), ("flow", "flows"),
            ("trough", "through"), ("teirs", "tiers"), ("mame", "name"),
        ]
    )
    func found(word: String, expected: String) {
        #expect(Suggestion.nearest(to: word, among: Self.names) == expected)
    }

    @Test("another word finds nothing", arguments: ["colour", "x", "", "throughout-the-night", "nam-es"])
    func notFound(word: String) {
        #expect(Suggestion.nearest(to: word, among: Self.names) == nil)
    }

    @Test("a word without bound costs nothing")
    func bounded() {
        #expect(Suggestion.nearest(to: String(repeating: "interval", count: 100_000), among: Self.names) == nil)
    }

    @Test(
        "edits are counted",
        arguments: [("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3), ("ab", "", 2)]
    )
    func distance(left: String, right: String, expected: Int) {
        #expect(Suggestion.editDistance(Array(left.unicodeScalars), Array(right.unicodeScalars)) == expected)
    }
}
