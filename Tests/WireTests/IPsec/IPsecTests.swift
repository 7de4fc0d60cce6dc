import Testing
import Wire

@Suite("ESP and AH")
struct IPsecHeaderTests {
    @Test("ESP shows SPI and sequence number")
    func readsESP() throws {
        let header = try IPsecPackets.esp.decoded(ESPHeader.init(decoding:))
        #expect(header.spi == 0xC0FF_EE01 && header.sequence == 7)
        expectPrefixesAreShort(IPsecPackets.esp + [1, 2, 3], needed: 8) { $0.failure(ESPHeader.init(decoding:)) }
    }

    @Test("AH shows what follows it, and where")
    func readsAH() throws {
        let header = try IPsecPackets.ah.decoded(AHHeader.init(decoding:))
        #expect(header.nextHeader == .tcp && header.headerLength == 24 && header.spi == 0x1234)
        #expect(header.sequence == .max)
        expectPrefixesAreShort(IPsecPackets.ah) { $0.failure(AHHeader.init(decoding:)) }
        expectNoTrap([IPsecPackets.ah]) { $0.failure(AHHeader.init(decoding:)) }
    }

    @Test("behind AH destination options may come, and then what they carry (RFC 8200 §4.1)")
    func optionsBehindAH() {
        let ethernet = hex("020000000001 020000000002 86dd 60000000 0034 33 40")
        let addresses = hex("fd000000 00000000 00000000 00000001 fd000000 00000000 00000000 00000002")
        let extensions = hex("3c04 0000 00000001 00000001 000000000000000000000000 0600 0104 00000000")
        let tcp = hex("03e8 0050 00000007 00000000 5002 0100 0000 0000")
        let bytes = ethernet + addresses + extensions + tcp
        var view = PacketView()
        let verdict = view.decode(bytes.span.bytes, wireLength: bytes.count, link: .ethernet)
        #expect(verdict == .tcp && view.sourcePort == 1000 && view.sequence == 7)
    }

    @Test("an AH length below its fields is refused, the greatest is short", arguments: [0, 255] as [UInt8])
    func lengths(length: UInt8) {
        var bytes = IPsecPackets.ah
        bytes[1] = length
        let fault = bytes.failure(AHHeader.init(decoding:))?.fault
        #expect(fault == (length == 0 ? .invalid(.headerLength, value: 8) : .short(needed: 1028, had: 24)))
    }

    @Test("an SPI of 0 is refused")
    func noSPI() {
        let zero = hex("00000000 00000001 00000001")
        #expect(zero.failure(ESPHeader.init(decoding:)) == WireError(layer: .esp, fault: .invalid(.spi, value: 0)))
        let header = hex("06 01 0000 00000000 00000001")
        #expect(header.failure(AHHeader.init(decoding:)) == WireError(layer: .ah, fault: .invalid(.spi, value: 0)))
    }
}

@Suite("UDP port 4500")
struct UDPEncapsulatedTests {
    @Test("IKE behind its marker, ESP and keep-alives are told apart")
    func kinds() throws {
        #expect(try hex("00000000 0102").decoded(UDPEncapsulated.init(decoding:)) == .ike(offset: 4))
        #expect(try hex("ff").decoded(UDPEncapsulated.init(decoding:)) == .natKeepalive)
        let esp = try hex("00000100 00000001 aa").decoded(UDPEncapsulated.init(decoding:))
        #expect(esp == .esp(try hex("00000100 00000001").decoded(ESPHeader.init(decoding:))))
    }

    @Test("what is neither is short", arguments: ["", "00", "fe", "ffff", "000000", "00000001", "00000001 000000"])
    func neither(text: String) {
        let bytes = hex(text)
        #expect(bytes.failure(UDPEncapsulated.init(decoding:))?.fault == .short(needed: 8, had: bytes.count))
    }
}
