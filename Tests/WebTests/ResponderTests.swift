import Testing

@testable import Web

@Suite("parts of an answer")
struct ResponderTests {
    @Test(
        "dates have the form of RFC 9110",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
        ]
    )
    func dates(seconds: Int, text: String) {
        #expect(HTTPDate.text(seconds) == text)
    }

    @Test("a source may open as many connections as its limit, all together as theirs")
    func connectionCount() {
        let count = ConnectionCount(maximum: 3, maximumPerSource: 2)
        #expect(count.open("a"))
        #expect(count.open("a"))
        #expect(!count.open("a"))
        #expect(count.open("b"))
        #expect(!count.open("c"))
        count.close("a")
        #expect(count.open("c"))
    }

    @Test("a scrape's place is free again when it is let go")
    func scrapeGate() {
        let gate = ScrapeGate(limit: 1)
        var place = gate.enter()
        #expect(place != nil)
        #expect(gate.enter() == nil)
        place = nil
        #expect(gate.enter() != nil)
    }

    @Test("zlib packs an empty and a long text")
    func gzip() throws {
        for text in [[], [UInt8](repeating: 7, count: 1_000_000)] {
            #expect(gunzip(try #require(Gzip.compress(text))) == text)
        }
    }
}
