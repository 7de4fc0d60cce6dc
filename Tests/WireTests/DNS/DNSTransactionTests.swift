import Testing
import Wire

@Suite("DNS transactions")
struct DNSTransactionTests {
    private func transaction(_ bytes: [UInt8]) throws(WireError) -> DNSTransaction {
        try bytes.decoded(DNSTransaction.init(decoding:))
    }

    @Test("question and answer have the same hash, in any case of letters; another type or name has not")
    func hash() throws {
        let query = try transaction(DNSPackets.query)
        let answer = try transaction(DNSPackets.answer)
        #expect(query.questionHash == answer.questionHash && query.questionHash != 0 && query.type == .a)
        #expect(!query.header.isResponse && answer.header.isResponse && query.header.id == answer.header.id)
        var mixed = DNSPackets.query
        mixed[13] = UInt8(ascii: "W")
        #expect(try transaction(mixed).questionHash == query.questionHash)
        var other = DNSPackets.query
        other[30] = 28
        #expect(try transaction(other).questionHash != query.questionHash)
        other = DNSPackets.query
        other[13] = UInt8(ascii: "v")
        #expect(try transaction(other).questionHash != query.questionHash)
    }

    @Test("without a question there is no hash")
    func noQuestion() throws {
        let empty = try transaction(hex("0001 8005 0000 0000 0000 0000"))
        #expect(empty.questionHash == 0 && empty.type == nil && empty.header.responseCode == .refused)
    }

    @Test("every field of the header is read")
    func header() throws {
        // RFC 1035 §4.1.1: ID; QR Opcode AA TC RD RA Z AD CD RCODE; four counts.
        let header = try hex("abcd ffff 0102 0304 0506 0708").decoded(DNSHeader.init(decoding:))
        #expect(header.id == 0xABCD && header.opcode == 15 && header.responseCode.rawValue == 15)
        #expect(
            header.flags == [
                .response, .authoritative, .truncated, .recursionDesired, .recursionAvailable, .authenticData,
                .checkingDisabled,
            ]
        )
        #expect(header.questionCount == 0x0102 && header.answerCount == 0x0304)
        #expect(header.authorityCount == 0x0506 && header.additionalCount == 0x0708)
        #expect(try hex("abcd 0000 0000 0000 0000 0000").decoded(DNSHeader.init(decoding:)).flags == [])
    }

    @Test("every prefix that cuts the question is short")
    func prefixes() {
        expectPrefixesAreShort(DNSPackets.query) { $0.failure(DNSTransaction.init(decoding:)) }
        expectPrefixesAreShort(DNSPackets.answer, needed: 33) { $0.failure(DNSTransaction.init(decoding:)) }
        expectNoTrap([DNSPackets.answer], rounds: 5000) { $0.failure(DNSTransaction.init(decoding:)) }
    }
}

@Suite("DNS over TCP")
struct DNSStreamTests {
    private func message(_ bytes: [UInt8], at offset: Int = 0) throws(WireError) -> Range<Int>? {
        try bytes.decoded { span throws(WireError) in try DNSStream.message(at: offset, in: span) }
    }

    @Test("messages follow each other, and a cut one waits")
    func messages() throws {
        let one = [0, UInt8(DNSPackets.query.count)] + DNSPackets.query
        let stream = one + one.dropLast()
        let first = try #require(try message(stream))
        #expect(Array(stream[first]) == DNSPackets.query)
        #expect(try message(stream, at: first.upperBound) == nil)
        #expect(try message(stream, at: stream.count) == nil)
        #expect(try message(stream, at: stream.count + 5) == nil)
        #expect(try message(stream, at: -1) == nil)
        for length in 0..<one.count { #expect(try message(Array(one[..<length])) == nil) }
    }

    @Test("a length below a header's is refused, the greatest waits", arguments: 0..<12)
    func lengths(length: Int) throws {
        let bytes = [0, UInt8(length)] + DNSPackets.query
        #expect(throws: WireError(layer: .dns, fault: .invalid(.length, value: UInt64(length)))) { try message(bytes) }
        #expect(try message([0xFF, 0xFF] + DNSPackets.query) == nil)
    }
}
