import Testing
import Wire

@Suite("IKE_SA_INIT request")
struct IKESAInitRequestTests {
    private let spi: UInt64 = 0x0102_0304_0506_0708
    private let nonce = [UInt8](repeating: 0xCC, count: 32)

    private func request(
        group: IKEGroup = .modp2048,
        cookie: [UInt8] = [],
        natDetection: [UInt8] = [],
        marker: Bool = false
    ) throws(WireError) -> [UInt8] {
        let key = [UInt8](repeating: 0xDD, count: group.keyLength)
        return try written { buffer throws(WireError) in
            try IKESAInitRequest.write(
                initiatorSPI: spi,
                group: group,
                key: key.span.bytes,
                nonce: nonce.span.bytes,
                cookie: cookie.span.bytes,
                natDetection: natDetection.span.bytes,
                nonESPMarker: marker,
                into: buffer
            )
        }
    }

    private let proposals = """
        2200 008c
        0200 0048 0101 0007
        0300 000c 0100 000c 800e 0100  0300 000c 0100 000c 800e 0080
        0300 0008 0200 0005  0300 0008 0300 000c
        0300 0008 0400 000e  0300 0008 0400 0013  0000 0008 0400 0014
        0000 0040 0201 0006
        0300 000c 0100 0014 800e 0100  0300 000c 0100 0014 800e 0080
        0300 0008 0200 0005
        0300 0008 0400 000e  0300 0008 0400 0013  0000 0008 0400 0014
        """

    @Test("the request for group 19 stands byte by byte")
    func exact() throws {
        let length = 28 + 0x8c + 8 + 64 + 4 + 32
        let expected =
            hex("0102030405060708 0000000000000000 21 20 22 08 00000000 0000")
            + [UInt8(length >> 8), UInt8(length & 255)] + hex(proposals)
            + hex("2800 0048 0013 0000") + [UInt8](repeating: 0xDD, count: 64)
            + hex("0000 0024") + nonce
        #expect(try request(group: .ecp256) == expected)
    }

    @Test("every group has the key length of its RFC", arguments: zip(IKEGroup.allCases, [256, 64, 96]))
    func keyLengths(group: IKEGroup, length: Int) throws {
        #expect(group.keyLength == length)
        let bytes = try request(group: group)
        #expect(bytes.count == 28 + 0x8c + 8 + length + 4 + 32)
        let parsed = try bytes.decoded(IKERequest.init(decoding:))
        #expect(parsed.header.initiatorSPI == spi && parsed.header.length == bytes.count && parsed.cookie == nil)
    }

    @Test("a cookie goes first and is found again")
    func cookie() throws {
        let bytes = try request(cookie: hex("c0ffee"))
        #expect(bytes[16] == 41)
        #expect(Array(bytes[28..<39]) == hex("2100 000b 0000 4006 c0ffee"))
        let parsed = try bytes.decoded(IKERequest.init(decoding:))
        #expect(parsed.cookie.map { Array(bytes[$0]) } == hex("c0ffee"))
    }

    @Test("NAT detection notifies end the message")
    func natDetection() throws {
        let bytes = try request(natDetection: [UInt8](repeating: 1, count: 20) + [UInt8](repeating: 2, count: 20))
        let expected =
            hex("2900 001c 0000 4004") + [UInt8](repeating: 1, count: 20)
            + hex("0000 001c 0000 4005") + [UInt8](repeating: 2, count: 20)
        #expect(Array(bytes.suffix(56)) == expected)
        #expect(bytes.failure(IKERequest.init(decoding:)) == nil)
    }

    @Test("on port 4500 four zero bytes go in front")
    func marker() throws {
        let bytes = try request(marker: true)
        #expect(Array(bytes[..<4]) == [0, 0, 0, 0])
        #expect(NonESPMarker.messageOffset(in: bytes.span.bytes) == 4)
        #expect(try Array(bytes[4...]) == request())
        let short: [UInt8] = [0xFF]
        let esp: [UInt8] = [0, 0, 1, 0, 9]
        #expect(NonESPMarker.messageOffset(in: short.span.bytes) == nil)
        #expect(NonESPMarker.messageOffset(in: esp.span.bytes) == nil)
    }

    @Test("the longest request fits the length that is promised")
    func longest() throws {
        let key = [UInt8](repeating: 1, count: 256)
        let cookie = [UInt8](repeating: 2, count: 64)
        let hashes = [UInt8](repeating: 3, count: 40)
        let count = try written(room: IKESAInitRequest.maximumLength) { buffer throws(WireError) in
            try IKESAInitRequest.write(
                initiatorSPI: 1,
                key: key.span.bytes,
                nonce: key.span.bytes,
                cookie: cookie.span.bytes,
                natDetection: hashes.span.bytes,
                nonESPMarker: true,
                into: buffer
            )
        }.count
        #expect(count == 4 + 28 + 72 + 0x8c + 264 + 260 + 56)
    }

    @Test("wrong parts and too little room are refused")
    func refused() {
        let key = [UInt8](repeating: 1, count: 256)
        func attempt(
            spi: UInt64 = 1,
            key: [UInt8],
            nonce: [UInt8],
            cookie: [UInt8] = [],
            nat: [UInt8] = [],
            room: Int = 2048
        ) -> WireError.Fault? {
            do throws(WireError) {
                _ = try written(room: room) { buffer throws(WireError) in
                    try IKESAInitRequest.write(
                        initiatorSPI: spi,
                        key: key.span.bytes,
                        nonce: nonce.span.bytes,
                        cookie: cookie.span.bytes,
                        natDetection: nat.span.bytes,
                        into: buffer
                    )
                }
                return nil
            } catch {
                return error.fault
            }
        }
        #expect(attempt(key: key, nonce: nonce) == nil)
        #expect(attempt(spi: 0, key: key, nonce: nonce) == .invalid(.initiatorSPI, value: 0))
        #expect(attempt(key: Array(key[1...]), nonce: nonce) == .invalid(.keyLength, value: 255))
        #expect(attempt(key: key, nonce: Array(key[..<15])) == .invalid(.payloadSize, value: 15))
        #expect(attempt(key: key, nonce: key + [0]) == .invalid(.payloadSize, value: 257))
        #expect(attempt(key: key, nonce: nonce, cookie: Array(key[..<65])) == .invalid(.payloadSize, value: 65))
        #expect(attempt(key: key, nonce: nonce, nat: [1]) == .invalid(.payloadSize, value: 1))
        #expect(attempt(key: key, nonce: nonce, room: 100) == .short(needed: 28 + 0x8c + 264 + 36, had: 100))
    }
}

@Suite("IKE answers")
struct IKEResponseTests {
    private let spi: UInt64 = 0x1111_1111_1111_1111

    private func answer(_ bytes: [UInt8]) throws(WireError) -> IKEResponse {
        try bytes.decoded { span throws(WireError) in try IKEResponse(decoding: span, initiatorSPI: spi) }
    }

    private func message(
        next: String,
        version: String = "20",
        exchange: String = "22",
        flags: String = "20",
        _ body: [UInt8]
    )
        -> [UInt8]
    {
        let length = 28 + body.count
        return hex("1111111111111111 2222222222222222 \(next)\(version)\(exchange)\(flags) 00000000 0000")
            + [UInt8(length >> 8), UInt8(length & 255)] + body
    }

    @Test("a chosen proposal is SA_INIT, whatever status notifies come with it")
    func saInit() throws {
        let body = hex("2200 0008 00000000 2800 0008 000e0000 2900 0008 aabbccdd 0000 0008 0000 4004")
        let response = try answer(message(next: "21", body))
        #expect(response.answer == .saInit && response.answer.name == "SA_INIT")
        #expect(response.header.responderSPI == 0x2222_2222_2222_2222)
    }

    @Test(
        "refusals are named by the RFC",
        arguments: [
            (14, "NO_PROPOSAL_CHOSEN"), (17, "INVALID_KE_PAYLOAD"), (7, "INVALID_SYNTAX"), (5, "INVALID_MAJOR_VERSION"),
            (43, "TEMPORARY_FAILURE"), (16390, "COOKIE"), (8191, "NOTIFY_8191"), (65535, "NOTIFY_65535"),
            (0, "NOTIFY_0"),
        ] as [(UInt16, String)]
    )
    func refusal(number: UInt16, name: String) throws {
        let data = hex("abcd")
        let request = try message(next: "00", flags: "08", []).decoded(IKEHeader.init(decoding:))
        let bytes = try written { buffer throws(WireError) in
            try IKEResponse.writeRefusal(
                IKENotify(rawValue: number),
                to: request,
                data: data.span.bytes,
                into: buffer
            )
        }
        let response = try answer(bytes)
        #expect(response.answer == .notify(IKENotify(rawValue: number)))
        #expect(response.answer.name == name)
        #expect(response.cookie.map { Array(bytes[$0]) } == (number == 16390 ? data : nil))
    }

    @Test("a refusal stands byte by byte")
    func exact() throws {
        let request = try message(next: "00", flags: "08", []).decoded(IKEHeader.init(decoding:))
        let bytes = try written { buffer throws(WireError) in
            try IKEResponse.writeRefusal(.noProposalChosen, to: request, nonESPMarker: true, into: buffer)
        }
        #expect(
            bytes
                == hex("00000000 1111111111111111 0000000000000000 29 20 22 20 00000000 00000024 0000 0008 0000 000e")
        )
    }

    @Test("an error outweighs status notifies before it")
    func severalNotifies() throws {
        let body = hex("2900 0008 0000 4004 2900 0008 0000 000e 0000 0008 0000 0007")
        #expect(try answer(message(next: "29", body)).answer == .notify(.noProposalChosen))
    }

    @Test("a peer of IKEv1 that refuses the version has answered")
    func version1() throws {
        let body = hex("0000 000c 00000001 0100 0005")
        let response = try answer(message(next: "0b", version: "10", exchange: "05", flags: "00", body))
        #expect(response.answer == .notify(.invalidMajorVersion))
    }

    @Test("a message without SA and notify still answers")
    func other() throws {
        #expect(try answer(message(next: "00", [])).answer == .other(exchange: 34))
        #expect(try answer(message(next: "29", hex("0000 0005 00"))).answer.name == "EXCHANGE_34")
    }

    @Test("what is not for us or no answer is refused")
    func strangers() {
        func fault(_ bytes: [UInt8]) -> WireError.Fault? {
            bytes.failure { span throws(WireError) in try IKEResponse(decoding: span, initiatorSPI: spi) }?.fault
        }
        var foreign = message(next: "00", [])
        foreign[0] = 0
        #expect(fault(foreign) == .invalid(.initiatorSPI, value: 0x0011_1111_1111_1111))
        #expect(fault(message(next: "00", flags: "08", [])) == .invalid(.response, value: 8))
        #expect(fault(message(next: "00", version: "30", [])) == .invalid(.version, value: 3))
        #expect(fault(message(next: "00", version: "10", [])) == .invalid(.version, value: 1))
        #expect(fault(message(next: "29", hex("0000 0003"))) == .invalid(.payloadLength, value: 3))
        #expect(fault(message(next: "29", hex("0000 0009 00000000"))) == .short(needed: 37, had: 36))
        #expect(fault(message(next: "29", hex("2900 0004"))) == .short(needed: 36, had: 32))
        var short = message(next: "00", [])
        short[27] = 27
        #expect(fault(short) == .invalid(.length, value: 27))
        short[24] = 0xFF
        #expect(fault(short) == .short(needed: 0xFF00_001B, had: 28))
    }

    @Test("a request without key exchange is malformed")
    func incompleteRequest() {
        let bytes = message(next: "21", flags: "08", hex("0000 0004"))
        #expect(bytes.failure(IKERequest.init(decoding:))?.fault == .invalid(.missingPayload, value: 33))
    }
}
