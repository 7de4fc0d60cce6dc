import Document
import Testing

@Suite("Foreign text for a terminal")
struct PrintableTests {
    @Test("what a terminal obeys, what breaks the line and what turns its direction is replaced; the rest stays")
    func printable() {
        #expect(
            "a\u{1B}[31mb\u{202E}c\nd\u{9B}e\u{7F}".printable == "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}d\u{FFFD}e\u{FFFD}"
        )
        #expect("Käse → 10.1.0.4".printable == "Käse → 10.1.0.4")
    }
}
