import Testing
import Traceroute

@Suite("Table of autonomous systems")
struct ASNTableTests {
    @Test("the longest prefix counts; comments and empty lines do not")
    func lookUp() throws {
        let table = try ASNTable(
            parsing: """
                # prefixes of an example
                20.0.0.0/8   64500 A name of words
                20.33.0.0/16 AS8075 Microsoft # Azure

                fd00::/8\t64512
                """
        )
        #expect(table.system(of: ip("20.33.1.1")) == AutonomousSystem(number: 8075, name: "Microsoft"))
        #expect(table.system(of: ip("20.34.1.1"))?.text == "AS64500 A name of words")
        #expect(table.system(of: ip("fd00::1"))?.text == "AS64512")
        #expect(table.system(of: ip("10.0.0.1")) == nil && table.system(of: ip("2001:db8::1")) == nil)
    }

    @Test("lines end as on Linux, on Windows, or both")
    func lineEnds() throws {
        let table = try ASNTable(
            parsing: "20.0.0.0/8\t64500\tCORP\r\n20.33.0.0/16\t64501\tPROV\r\n\r\n20.33.9.9/32 64502\n"
        )
        #expect(table.system(of: ip("20.1.1.1"))?.text == "AS64500 CORP")
        #expect(table.system(of: ip("20.33.1.1"))?.text == "AS64501 PROV")
        #expect(table.system(of: ip("20.33.9.9"))?.text == "AS64502")
    }

    @Test(
        "a line that cannot be read is named",
        arguments: [
            ("20.0.0.0/8 64500\nnonsense", 2), ("20.0.0.0/8 1\r\n\r\nnonsense\r\n", 3), ("20.0.0.1/8 1", 1),
            ("20.0.0.0/8", 1), ("20.0.0.0/8 ASX", 1),
        ]
    )
    func mistakes(text: String, line: Int) {
        let mistake = #expect(throws: ASNTable.Mistake.self) { try ASNTable(parsing: text) }
        #expect(mistake?.line == line && mistake?.description.contains("PREFIX NUMBER [NAME]") == true)
    }

    @Test("a name holds nothing that a terminal obeys")
    func hostileName() throws {
        let table = try ASNTable(parsing: "10.0.0.0/8 1 a\u{1B}[2Jb")
        #expect(table.system(of: ip("10.0.0.1"))?.name == "a?[2Jb")
    }
}
