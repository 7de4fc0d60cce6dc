import Testing
import Wire

@Suite("IKE messages of others")
struct IKEMessageTests {
    private func decode(_ bytes: [UInt8]) throws(WireError) -> IKEMessage {
        try bytes.decoded(IKEMessage.init(decoding:))
    }

    @Test("of an encrypted message header and outer payload are read, and the chain ends there")
    func readsEncrypted() throws {
        let message = try decode(IKEPackets.encrypted)
        #expect(message.isEncrypted && message.payloadTypes == [46] && message.notifies.isEmpty)
        #expect(message.header.exchange == .informational && message.header.messageID == 5)
        #expect(!message.header.isResponse && !message.header.isVersion1 && message.header.flags == .initiator)
        var fragment = IKEPackets.encrypted
        fragment[16] = 53
        #expect(try decode(fragment).payloadTypes == [53])
    }

    @Test("notifies are read with protocol, SPI and data")
    func readsNotifies() throws {
        let message = try decode(IKEPackets.notifies)
        #expect(message.header.exchange == .createChildSA && message.header.isResponse && !message.isEncrypted)
        #expect(message.notifies.map(\.type.description) == ["REKEY_SA", "NO_PROPOSAL_CHOSEN"])
        let first = try #require(message.notifies.first)
        #expect(first.protocolID == 3 && Array(IKEPackets.notifies[first.spi]) == hex("deadbeef"))
        #expect(Array(IKEPackets.notifies[first.data]) == hex("010203040506"))
        let second = try #require(message.notifies.last)
        #expect(second.spi.isEmpty && Array(IKEPackets.notifies[second.data]) == hex("aabbccdd"))
    }

    @Test("IKEv1 is known as such")
    func readsVersion1() throws {
        let message = try decode(IKEPackets.version1)
        #expect(message.header.isVersion1 && !message.header.isResponse && !message.isEncrypted)
        #expect(message.notifies.map(\.type) == [.noProposalChosen] && message.header.exchange == .informationalV1)
        var encrypted = IKEPackets.version1
        encrypted[19] = 1
        encrypted[31] = 0xFF
        #expect(try decode(encrypted).isEncrypted)
        var three = IKEPackets.version1
        three[17] = 0x30
        #expect(three.failure(IKEMessage.init(decoding:))?.fault == .invalid(.version, value: 3))
    }

    @Test("a notify that is shorter than it says is left out")
    func shortNotify() throws {
        var bytes = IKEPackets.notifies
        bytes[33] = 200
        #expect(try decode(bytes).notifies.map(\.type) == [.noProposalChosen])
    }

    @Test("every shorter prefix is short; the header alone suffices where it is asked for")
    func prefixes() throws {
        for bytes in [IKEPackets.encrypted, IKEPackets.notifies, IKEPackets.version1] {
            expectPrefixesAreShort(bytes) { $0.failure(IKEMessage.init(decoding:)) }
            expectPrefixesAreShort(bytes, needed: 28) { $0.failure(IKEHeader.init(decodingStartOf:)) }
            let header = try Array(bytes.prefix(28)).decoded(IKEHeader.init(decodingStartOf:))
            #expect(try header == bytes.decoded(IKEHeader.init(decoding:)))
        }
        expectNoTrap([IKEPackets.encrypted, IKEPackets.notifies, IKEPackets.version1], rounds: 3000) {
            $0.failure(IKEMessage.init(decoding:))
        }
    }

    @Test("exchanges have the names of their RFCs")
    func names() {
        let numbers: [UInt8] = [2, 4, 32, 34, 35, 36, 37, 43, 99]
        let names = numbers.map { IKEHeader.Exchange(rawValue: $0).description }.joined(separator: " ")
        let expected = "IDENTITY_PROTECTION AGGRESSIVE QUICK_MODE IKE_SA_INIT IKE_AUTH CREATE_CHILD_SA INFORMATIONAL"
        #expect(names == expected + " IKE_INTERMEDIATE EXCHANGE_99")
    }
}
