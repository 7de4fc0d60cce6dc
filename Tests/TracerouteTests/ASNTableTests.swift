import TestSupport
import Testing
import Traceroute
import Wire

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

    @Test("of two lines for one prefix the later one counts, wherever longer ones stand")
    func twice() throws {
        let table = try ASNTable(parsing: "20.33.0.0/16 3\n20.0.0.0/8 1\n20.0.0.0/16 4\n20.0.0.0/8 2\n::/0 5\n")
        #expect(table.system(of: ip("20.1.1.1"))?.number == 2 && table.system(of: ip("20.0.1.1"))?.number == 4)
        #expect(table.system(of: ip("20.33.1.1"))?.number == 3 && table.system(of: ip("21.0.0.1")) == nil)
        #expect(table.system(of: ip("2001:db8::1"))?.number == 5)
    }

    @Test("a table in any order finds what a search of all its lines finds")
    func anyOrder() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<50 {
            let prefixes = (0..<40).compactMap { _ -> Subnet? in
                let length = Int.random(in: 0...32, using: &generator)
                let address = Subnet.masked(randomAddress(&generator), to: length)
                return Subnet(address: address, prefixLength: length)
            }
            let lines = prefixes.enumerated().map { "\($1) \($0)" }
            let table = try ASNTable(parsing: lines.joined(separator: "\n"))
            for _ in 0..<40 {
                let address = randomAddress(&generator)
                let holding = prefixes.indices.filter { prefixes[$0].contains(address) }
                let longest = holding.max { one, other in
                    let (left, right) = (prefixes[one].prefixLength, prefixes[other].prefixLength)
                    return left == right ? one < other : left < right
                }
                #expect(table.system(of: address)?.number == longest.map { UInt32($0) })
            }
        }
    }

    /// Few bits differ, so that prefixes hold one another.
    private func randomAddress(_ generator: inout SeededGenerator) -> IPAddress {
        let bits = UInt32.random(in: 0...UInt32.max, using: &generator)
        return .v4(IPv4Address(rawValue: 0x1400_0000 | bits & 0x00C0_C0C0))
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
            ("20.0.0.0/8", 1), ("20.0.0.0/8 ASX", 1), ("20.0.0.0/8 +1", 1), ("20.0.0.0/8 AS", 1),
            ("20.0.0.0/8 1\r20.0.0.0/8\r", 2), ("20.0.0.0/8 4294967296", 1),
        ]
    )
    func mistakes(text: String, line: Int) {
        let mistake = #expect(throws: ASNTable.Mistake.self) { try ASNTable(parsing: text) }
        #expect(mistake?.line == line && mistake?.description.contains("PREFIX NUMBER [NAME]") == true)
    }

    @Test(
        "a mistake holds nothing that a terminal obeys either",
        arguments: ["10.0.0.0\u{1B}[2J/8 1", "10.0.0.0/8 1\u{7}"]
    )
    func hostileMistake(text: String) {
        let mistake = #expect(throws: ASNTable.Mistake.self) { try ASNTable(parsing: text) }
        #expect(mistake?.description.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } == true)
    }

    @Test("a name of another encoding spoils itself alone")
    func otherEncoding() throws {
        let table = try ASNTable(parsing: Array("10.0.0.0/8 1 caf".utf8) + [0xE9] + Array("\n20.0.0.0/8 2 b\n".utf8))
        #expect(
            table.system(of: ip("10.0.0.1"))?.name == "caf\u{FFFD}" && table.system(of: ip("20.0.0.1"))?.name == "b"
        )
    }

    @Test("a name holds nothing that a terminal obeys")
    func hostileName() throws {
        let table = try ASNTable(parsing: "10.0.0.0/8 1 a\u{1B}[2Jb")
        #expect(table.system(of: ip("10.0.0.1"))?.name == "a?[2Jb")
    }
}

extension ASNTable {
    fileprivate init(parsing text: String) throws(Mistake) { try self.init(parsing: Array(text.utf8)) }
}
