import TestSupport
import Testing
import Wire

@Suite("DNS names")
struct DNSNameTests {
    /// A message whose one question holds `name`; the name starts at 12.
    private func question(_ name: [UInt8], before: [UInt8] = []) throws(WireError) -> DNSName? {
        let bytes = hex("0001 0000 0001 0000 0000 0000") + name + hex("0001 0001")
        return try bytes.decoded(DNSMessage.init(decoding:)).questions.first?.name
    }

    private func failure(_ name: [UInt8]) -> WireError.Fault? {
        do {
            _ = try question(name)
            return nil
        } catch {
            return error.fault
        }
    }

    @Test(
        "a name reads and prints",
        arguments: [
            (".", "."), ("example.com", "example.com"), ("example.com.", "example.com"), ("ExAmPle", "ExAmPle"),
            (#"a\.b.c"#, #"a\.b.c"#), (#"a\046b"#, #"a\.b"#), (#"\000\255.x"#, #"\000\255.x"#), (#"a\\b"#, #"a\\b"#),
            ("_sip._tcp.example", "_sip._tcp.example"), (#"a\032b"#, #"a\032b"#),
        ]
    )
    func text(written: String, printed: String) throws {
        let name = try #require(DNSName(written))
        #expect(name.description == printed)
        #expect(DNSName(printed) == name)
    }

    @Test(
        "what is no name is refused",
        arguments: [
            "", "..", ".a", "a..b", #"a\"#, #"a\25"#, #"a\256"#, #"a\2x6"#, "bücher.de",
            String(repeating: "a", count: 64), String(repeating: "a.", count: 128),
        ]
    )
    func refused(text: String) {
        #expect(DNSName(text) == nil)
    }

    @Test("the longest label and the longest name are read")
    func longest() throws {
        let label = String(repeating: "a", count: 63)
        let longest = [label, label, label, String(label.dropLast(2))].joined(separator: ".")
        #expect(try #require(DNSName(longest)).encoded.count == 255)
        #expect(DNSName(longest + "a") == nil)
    }

    @Test("case is kept but does not count")
    func caseInsensitive() throws {
        let (one, other) = (try #require(DNSName("WWW.Example.COM")), try #require(DNSName("www.example.com")))
        #expect(one == other && one.hashValue == other.hashValue && one.encoded != other.encoded)
        #expect(one != DNSName("www.example.org"))
        let inside: [(String, Bool)] = [
            ("www.example.com", true), (".", true), ("EXAMPLE.com", true), ("ample.com", false),
            ("a.www.example.com", false), ("example.org", false),
        ]
        for (ancestor, isInside) in inside {
            #expect(one.isInside(try #require(DNSName(ancestor))) == isInside, "\(ancestor)")
        }
    }

    @Test("labels with dots and letters of other alphabets are bytes")
    func bytes() throws {
        let name = try question(hex("03 612e62 02 c3bc 00"))
        #expect(name?.description == #"a\.b.\195\188"#)
        #expect(name.flatMap { DNSName($0.description) } == name)
    }

    @Test("an address has its reverse name")
    func reverse() {
        #expect(DNSName(reverseOf: .v4(IPv4Address(10, 1, 0, 4))).description == "4.0.1.10.in-addr.arpa")
        let v6 = IPv6Address(high: 0x2001_0DB8_0000_0000, low: 0xAB)
        #expect(
            DNSName(reverseOf: .v6(v6)).description
                == "b.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
        )
    }

    @Test(
        "a pointer that leads to itself, forward, into the header or in a circle is refused",
        arguments: [
            ("c00c", 12), ("c00e", 14), ("c000", 0), ("c00b", 11), ("ffff", 0x3FFF), ("01 61 c00c", 12),
            ("01 61 c00e", 14), ("02 c00c c00d", 13),
        ] as [(String, UInt64)]
    )
    func pointers(name: String, target: UInt64) {
        #expect(failure(hex(name)) == .invalid(.compressionPointer, value: target))
    }

    @Test("two pointers at each other end")
    func circle() {
        // First question at 12: "a" and a pointer to 16; the second, at 19, is reached by none.
        let bytes = hex("0001 0000 0002 0000 0000 0000  01 61 c010 0001 0001  c00c 0001 0001")
        let failure = bytes.failure(DNSMessage.init(decoding:))
        #expect(failure?.fault == .invalid(.compressionPointer, value: 16))
    }

    @Test("label types other than length and pointer are refused", arguments: [0x40, 0x41, 0x80, 0xBF] as [UInt8])
    func labelTypes(byte: UInt8) {
        #expect(failure([byte, 0, 0]) == .invalid(.label, value: UInt64(byte)))
    }

    @Test("a name of more than 255 octets is refused, by pointers too")
    func tooLong() throws {
        let label = [63] + [UInt8](repeating: 0x61, count: 63)
        #expect(failure(label + label + label + label + [0]) == .invalid(.nameLength, value: 257))
        let longest = label + label + label + [61] + [UInt8](repeating: 0x61, count: 61) + [0]
        #expect(try question(longest)?.encoded.count == 255)
        // The second question: one letter in front of the first.
        let bytes =
            hex("0001 0000 0002 0000 0000 0000") + longest + hex("0001 0001") + hex("01 62 c00c 0001 0001")
        #expect(bytes.failure(DNSMessage.init(decoding:))?.fault == .invalid(.nameLength, value: 257))
    }

    @Test("a chain of pointers is followed, however long, since each leads back")
    func pointerChain() throws {
        // Question names: "a" at 12, then each a pointer at the one before.
        var bytes = hex("0001 0000 0400 0000 0000 0000 01 61 00 0001 0001")
        var previous = 12
        for _ in 1..<1024 {
            let position = bytes.count
            bytes += [0xC0 | UInt8(previous >> 8), UInt8(previous & 255)] + hex("0001 0001")
            previous = position
        }
        let message = try bytes.decoded(DNSMessage.init(decoding:))
        #expect(message.questions.count == 1024 && message.questions.allSatisfy { $0.name.description == "a" })
    }

    @Test("any name survives text and message")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<500 {
            var encoded: [UInt8] = []
            for _ in 0..<generator.next() % 4 {
                let label = generator.bytes(Int(generator.next() % 60) + 1)
                encoded += [UInt8(label.count)] + label
            }
            encoded.append(0)
            let name = try #require(try question(encoded))
            #expect(name.encoded == encoded)
            #expect(DNSName(name.description)?.encoded == encoded)
        }
    }
}
