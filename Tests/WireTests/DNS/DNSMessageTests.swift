import Testing
import Wire

@Suite("DNS messages")
struct DNSMessageTests {
    private func name(_ text: String) throws -> DNSName { try #require(DNSName(text)) }

    @Test("a query stands byte by byte and reads back")
    func query() throws {
        let query = DNSMessage.query(id: 0x1234, try name("www.example.com"), .a, edns: nil)
        #expect(try written { buffer throws(WireError) in try query.write(into: buffer) } == DNSPackets.query)
        #expect(try DNSPackets.query.decoded(DNSMessage.init(decoding:)) == query)
    }

    @Test("a query with EDNS has its pseudo-record")
    func queryWithEDNS() throws {
        let query = DNSMessage.query(id: 0x1234, try name("www.example.com"), .a, edns: DNSExtension(dnssecOK: true))
        var expected = DNSPackets.query + hex("00 0029 04d0 00 00 8000 0000")
        expected[11] = 1
        #expect(try written { buffer throws(WireError) in try query.write(into: buffer) } == expected)
        #expect(try expected.decoded(DNSMessage.init(decoding:)) == query)
    }

    @Test("an answer is read whole")
    func answer() throws {
        let message = try DNSPackets.answer.decoded(DNSMessage.init(decoding:))
        #expect(message.isResponse && !message.isTruncated && message.responseCode == .noError && message.id == 0x1234)
        #expect(message.flags == [.response, .recursionDesired, .recursionAvailable])
        let (www, cdn) = (try name("www.example.com"), try name("cdn.example.com"))
        #expect(message.questions == [DNSQuestion(name: www, type: .a)])
        #expect(
            message.answers == [
                DNSRecord(name: www, ttl: 300, data: .cname(cdn)),
                DNSRecord(name: cdn, ttl: 60, data: .a(IPv4Address(192, 0, 2, 7))),
            ]
        )
        #expect(
            message.authorities == [
                DNSRecord(name: try name("example.com"), ttl: 86400, data: .ns(try name("ns.example.com")))
            ]
        )
        let glue = DNSRecordData.aaaa(IPv6Address(high: 0x2001_0DB8_0000_0000, low: 0x53))
        #expect(message.additionals == [DNSRecord(name: try name("ns.example.com"), ttl: 86400, data: glue)])
        #expect(message.edns == DNSExtension(udpPayloadSize: 1232, dnssecOK: true))
        #expect(message.isAnswer(to: DNSMessage.query(id: 0x1234, www, .a)))
    }

    @Test("every shorter prefix of an answer is short")
    func prefixes() {
        expectPrefixesAreShort(DNSPackets.answer) { $0.failure(DNSMessage.init(decoding:)) }
        expectPrefixesAreShort(DNSPackets.query) { $0.failure(DNSMessage.init(decoding:)) }
    }

    @Test("of a truncated answer what is whole is kept")
    func truncated() throws {
        var bytes = DNSPackets.answer
        bytes[2] |= 0x02
        let records = (12...bytes.count).map { length in
            try? Array(bytes[..<length]).decoded(DNSMessage.init(decoding:)).answers.count
        }
        #expect(records.first == 0 && records.last == 2 && !records.contains(nil))
        bytes[45] = 0xC0
        bytes[46] = 0xFF
        #expect(bytes.failure(DNSMessage.init(decoding:)) != nil)
    }

    @Test("counts without records are short, whatever they promise")
    func counts() {
        let failure = hex("0001 8000 0000 ffff ffff ffff").failure(DNSMessage.init(decoding:))
        #expect(failure == WireError(layer: .dns, fault: .short(needed: 13, had: 12)))
    }

    @Test("an upper response code of EDNS and its error text are read")
    func extendedCode() throws {
        let bytes = hex("0001 8000 0000 0000 0000 0001 00 0029 0200 01 00 0000 000c 000f 0008 0016 73696c656e74")
        let message = try bytes.decoded(DNSMessage.init(decoding:))
        #expect(message.responseCode == .badVersion && message.responseCode.description == "BADVERS")
        #expect(message.edns?.extendedError?.code == 22 && message.edns?.extendedError?.text == "silent")
    }

    @Test("two OPT records and an option that leads out are refused")
    func badEDNS() {
        let two = hex("0001 8000 0000 0000 0000 0002 00 0029 0200 00000000 0000 00 0029 0200 00000000 0000")
        #expect(two.failure(DNSMessage.init(decoding:))?.fault == .invalid(.count, value: 2))
        let long = hex("0001 8000 0000 0000 0000 0001 00 0029 0200 00000000 0004 000f ffff")
        #expect(long.failure(DNSMessage.init(decoding:))?.fault == .short(needed: 65539, had: 4))
    }

    @Test("what is changed at random traps nothing, and what is read is written and read again")
    func hostile() {
        expectNoTrap([DNSPackets.answer, DNSPackets.query], rounds: 3000) { bytes in
            guard let message = try? bytes.decoded(DNSMessage.init(decoding:)) else {
                return bytes.failure(DNSMessage.init(decoding:))
            }
            let length = message.encodedLength
            let copy = try? written(room: length) { buffer throws(WireError) in try message.write(into: buffer) }
            #expect(copy?.count == length)
            for question in message.questions { _ = message.resolution(of: question.name, question.type) }
            return nil
        }
    }

    @Test("a message that is too long, and a buffer that is too small, are refused")
    func tooLong() throws {
        let big = DNSRecordData.other(type: .txt, [UInt8](repeating: 0, count: 40000))
        let record = DNSRecord(name: .root, ttl: 0, data: big)
        let message = DNSMessage(id: 1, answers: [record, record])
        #expect(throws: WireError(layer: .dns, fault: .invalid(.length, value: 80034))) {
            try written { buffer throws(WireError) in try message.write(into: buffer) }
        }
        let query = DNSMessage.query(id: 1, .root, .ns, edns: nil)
        #expect(throws: WireError(layer: .dns, fault: .short(needed: 17, had: 16))) {
            try written(room: 16) { buffer throws(WireError) in try query.write(into: buffer) }
        }
    }

    @Test("an answer must be to the question")
    func matching() throws {
        let query = DNSMessage.query(id: 7, try name("a.example"), .a)
        var answer = query
        answer.flags = .response
        #expect(answer.isAnswer(to: query) && !query.isAnswer(to: query) && !answer.isAnswer(to: answer))
        answer.questions[0].type = .aaaa
        #expect(!answer.isAnswer(to: query))
        answer.questions = []
        #expect(!answer.isAnswer(to: query))
        answer.responseCode = .formatError
        #expect(answer.isAnswer(to: query))
        answer.id = 8
        #expect(!answer.isAnswer(to: query))
    }

    @Test("types and response codes have the names of IANA")
    func names() {
        #expect(DNSRecordType("aaaa") == .aaaa && DNSRecordType("TYPE65280")?.rawValue == 65280)
        #expect(DNSRecordType("TYPE") == nil && DNSRecordType("TYPE+1") == nil && DNSRecordType("TYPE65536") == nil)
        #expect(DNSRecordType("FOO") == nil && DNSRecordType(rawValue: 999).description == "TYPE999")
        for number: UInt16 in 0...300 {
            let type = DNSRecordType(rawValue: number)
            #expect(DNSRecordType(type.description) == type)
        }
        #expect(DNSResponseCode.nameError.description == "NXDOMAIN")
        #expect(DNSResponseCode(rawValue: 4000).description == "RCODE4000")
    }
}
