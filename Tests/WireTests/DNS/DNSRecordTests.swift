import Testing
import Wire

@Suite("DNS records")
struct DNSRecordTests {
    /// Data of each type as they stand in a message, and what they are.
    private static let records: [(type: DNSRecordType, bytes: [UInt8], data: DNSRecordData)] = {
        let example = DNSName("a.b") ?? .root
        let name = hex("01 61 01 62 00")
        return [
            (.a, hex("c0000207"), .a(IPv4Address(192, 0, 2, 7))),
            (
                .aaaa, hex("20010db8 00000000 00000000 00000001"),
                .aaaa(IPv6Address(high: 0x2001_0DB8_0000_0000, low: 1))
            ),
            (.cname, name, .cname(example)), (.ns, name, .ns(example)), (.ptr, name, .ptr(example)),
            (.mx, hex("000a") + name, .mx(preference: 10, exchange: example)),
            (.srv, hex("0001 0002 01bb") + name, .srv(priority: 1, weight: 2, port: 443, target: example)),
            (.txt, hex("02 6869 00 01 ff"), .txt([hex("6869"), [], [0xFF]])), (.txt, [], .txt([])),
            (
                .soa, name + hex("00 00000001 00000002 00000003 00000004 00000005"),
                .soa(
                    DNSStartOfAuthority(
                        primary: example,
                        mailbox: .root,
                        serial: 1,
                        refresh: 2,
                        retry: 3,
                        expire: 4,
                        minimum: 5
                    )
                )
            ),
            (DNSRecordType(rawValue: 64), hex("deadbeef"), .other(type: DNSRecordType(rawValue: 64), hex("deadbeef"))),
        ]
    }()

    /// A response with one record of the root with `data`.
    private func message(_ type: DNSRecordType, class number: UInt8 = 1, ttl: String = "00000007", _ data: [UInt8])
        -> [UInt8]
    {
        hex("0001 8000 0000 0001 0000 0000 00") + [UInt8(type.rawValue >> 8), UInt8(type.rawValue & 255)]
            + [0, number] + hex(ttl) + [UInt8(data.count >> 8), UInt8(data.count & 255)] + data
    }

    @Test("each type reads from its bytes and writes them again", arguments: records.indices)
    func known(index: Int) throws {
        let (type, data, value) = Self.records[index]
        let bytes = message(type, data)
        let decoded = try bytes.decoded(DNSMessage.init(decoding:))
        #expect(decoded.answers == [DNSRecord(name: .root, ttl: 7, data: value)])
        #expect(decoded.answers.first?.type == type && value.type == type)
        #expect(try written { buffer throws(WireError) in try decoded.write(into: buffer) } == bytes)
        expectPrefixesAreShort(bytes) { $0.failure(DNSMessage.init(decoding:)) }
    }

    @Test("data that are too long or too short for their type are refused", arguments: records.indices)
    func length(index: Int) {
        let (type, data, value) = Self.records[index]
        switch value {
        case .other: return
        case .txt:
            #expect(message(type, data + [5]).failure(DNSMessage.init(decoding:)) != nil)
            return
        default: break
        }
        let long = message(type, data + [0]).failure(DNSMessage.init(decoding:))
        #expect(long?.fault == .invalid(.recordLength, value: UInt64(data.count + 1)))
        for count in 0..<data.count {
            #expect(message(type, Array(data[..<count])).failure(DNSMessage.init(decoding:)) != nil)
        }
    }

    @Test("all types in one message are read, and written again they read the same")
    func everyType() throws {
        let message = try DNSPackets.everyType.decoded(DNSMessage.init(decoding:))
        let types = message.answers.map(\.type.description).joined(separator: " ")
        #expect(types == "A AAAA CNAME NS PTR MX SRV TXT SOA")
        let copy = try written { buffer throws(WireError) in try message.write(into: buffer) }
        #expect(try copy.decoded(DNSMessage.init(decoding:)) == message)
        expectPrefixesAreShort(DNSPackets.everyType) { $0.failure(DNSMessage.init(decoding:)) }
    }

    @Test("a name in the data may not reach behind them")
    func reachesOut() {
        // The data end in the middle of a label whose rest lies behind them.
        let bytes = message(.cname, hex("03 61")) + hex("6161 00")
        #expect(bytes.failure(DNSMessage.init(decoding:))?.fault == .short(needed: 27, had: 25))
    }

    @Test("data of another class are not interpreted")
    func chaos() throws {
        let decoded = try message(.a, class: 3, hex("0102")).decoded(DNSMessage.init(decoding:))
        #expect(decoded.answers.first?.data == .other(type: .a, hex("0102")))
        #expect(decoded.answers.first?.recordClass == .chaos)
    }

    @Test("a TTL with its top bit set is 0")
    func ttl() throws {
        let high = try message(.a, ttl: "80000001", hex("01020304")).decoded(DNSMessage.init(decoding:))
        #expect(high.answers.first?.ttl == 0)
        let highest = try message(.a, ttl: "7fffffff", hex("01020304")).decoded(DNSMessage.init(decoding:))
        #expect(highest.answers.first?.ttl == 0x7FFF_FFFF)
    }

    @Test("a string of TXT is cut at 255 bytes when written")
    func longText() throws {
        let record = DNSRecord(name: .root, ttl: 0, data: .txt([[UInt8](repeating: 1, count: 300)]))
        let bytes = try written { buffer throws(WireError) in
            try DNSMessage(id: 1, answers: [record]).write(into: buffer)
        }
        let decoded = try bytes.decoded(DNSMessage.init(decoding:))
        #expect(decoded.answers.first?.data == .txt([[UInt8](repeating: 1, count: 255)]))
    }
}

@Suite("DNS resolution")
struct DNSResolutionTests {
    private func name(_ text: String) -> DNSName { DNSName(text) ?? .root }

    private func alias(_ from: String, _ to: String, ttl: UInt32 = 60) -> DNSRecord {
        DNSRecord(name: name(from), ttl: ttl, data: .cname(name(to)))
    }

    private func address(_ at: String, _ last: UInt8, ttl: UInt32 = 60) -> DNSRecord {
        DNSRecord(name: name(at), ttl: ttl, data: .a(IPv4Address(192, 0, 2, last)))
    }

    private func answer(_ records: [DNSRecord]) -> DNSMessage { DNSMessage(id: 1, flags: .response, answers: records) }

    @Test("a chain is followed in any order and any case, to its addresses and smallest TTL")
    func chain() {
        let records = [
            address("blob.store.example", 2, ttl: 30), alias("PrivateLink.example", "blob.store.example", ttl: 20),
            address("blob.store.example", 1), alias("account.example", "privatelink.example"), address("other", 9),
        ]
        let resolution = answer(records).resolution(of: name("account.example"), .a)
        #expect(
            resolution.names.map(\.description) == ["account.example", "privatelink.example", "blob.store.example"]
        )
        #expect(resolution.aliases.count == 2 && !resolution.isLoop && resolution.ttl == 20)
        #expect(resolution.addresses == [.v4(IPv4Address(192, 0, 2, 2)), .v4(IPv4Address(192, 0, 2, 1))])
    }

    @Test("a chain that ends without the wanted type has no data")
    func noData() {
        let resolution = answer([alias("a", "b"), address("b", 1)]).resolution(of: name("a"), .aaaa)
        #expect(resolution.names.count == 2 && resolution.data.isEmpty && resolution.ttl == 60)
        let nothing = answer([]).resolution(of: name("a"), .a)
        #expect(nothing.names == [name("a")] && nothing.ttl == nil && nothing.aliases.isEmpty)
    }

    @Test("a chain in a circle ends and says so", arguments: [["a", "a"], ["a", "b", "a"], ["a", "b", "c", "b"]])
    func loop(names: [String]) {
        let records = zip(names, names.dropFirst()).map { alias($0, $1) }
        let resolution = answer(records).resolution(of: name("a"), .a)
        #expect(resolution.isLoop && resolution.names.count <= 3 && resolution.data.isEmpty)
    }

    @Test("whoever asks for the alias itself gets it")
    func cname() {
        let resolution = answer([alias("a", "b"), alias("b", "c")]).resolution(of: name("a"), .cname)
        #expect(resolution.names == [name("a")] && resolution.data == [.cname(name("b"))])
    }

    @Test("thousands of aliases in the worst order are followed in linear time")
    func long() {
        let records = (0..<5000).reversed().map { alias("n\($0)", "n\($0 + 1)") }
        #expect(answer(records).resolution(of: name("n0"), .a).names.count == 5001)
    }
}
