import Testing
import Wire

@Suite("ICMP interface information")
struct ICMPInterfaceTests {
    private func message(_ objects: [(type: UInt8, body: [UInt8])]) -> [UInt8] {
        Packets.extended(objects.map { (number: 2, type: $0.type, body: $0.body) })
    }

    private func extensions(_ objects: [(type: UInt8, body: [UInt8])]) throws -> ICMPExtensions? {
        let message = try message(objects).decoded { span throws(WireError) in
            try ICMPMessage(decoding: span, family: .v4)
        }
        guard case .error(let error) = message else { return nil }
        return error.extensions
    }

    @Test("a label stack beside it is read as ever")
    func stack() throws {
        let message = try Packets.labelledError.decoded { span throws(WireError) in
            try ICMPMessage(decoding: span, family: .v4, checked: true)
        }
        guard case .error(let error) = message else {
            Issue.record("no error")
            return
        }
        #expect(error.extensions.state == .valid && error.extensions.mpls.count == 2)
        #expect(error.extensions.interfaces.count == 1)
    }

    @Test("index, address, name and MTU are read in their order")
    func whole() throws {
        let body = Packets.interface
        // Role 0; index, address, name, MTU.
        let found = try #require(try extensions([(0x0F, body)]))
        var expected = try #require(found.interfaces.first)
        #expect(found.state == .valid && found.interfaces.count == 1)
        #expect(expected.role == .incoming && expected.index == 7 && expected.name == "xe-0/0/0")
        #expect(expected.address == .v4(IPv4Address(192, 0, 2, 1)) && expected.mtu == 1500)
        expected.role = .outgoing
        #expect(try extensions([(0x8F, body)])?.interfaces == [expected])
    }

    @Test("parts may be absent, and an address may be of IPv6")
    func parts() throws {
        let six = hex("0002 0000 20010db8 00000000 00000000 0000ffff")
        let found = try #require(try extensions([(0xC4, six), (0x41, hex("00002328")), (0x80, [])]))
        #expect(found.state == .valid && found.interfaces.map(\.role) == [.nextHop, .incomingMember, .outgoing])
        #expect(found.interfaces[0].address == Packets.remote6 && found.interfaces[0].mtu == nil)
        #expect(found.interfaces[1].mtu == 9000 && found.interfaces[1].address == nil)
        #expect(found.interfaces[2].index == nil && found.interfaces[2].name == nil)
    }

    @Test("a name fills its length or ends at a zero", arguments: [1, 2, 16, 64])
    func names(length: Int) throws {
        let text = [UInt8](repeating: 0x61, count: length - 1)
        let padding = [UInt8](repeating: 0, count: (4 - length % 4) % 4)
        let found = try extensions([(0x02, [UInt8(length)] + text + padding)])
        #expect(found?.interfaces.first?.name?.utf8.count == length - 1)
    }

    @Test(
        "what is cut short or of an unknown form makes the structure malformed and keeps what came before",
        arguments: [
            (0x08, "000000"), (0x04, "0001 0000 c00002"), (0x04, "0002 0000 c0000201"), (0x04, "0003 0000 c0000201"),
            (0x04, ""), (0x02, ""), (0x02, "00 000000"), (0x02, "08 616161"),
            (0x02, "41" + String(repeating: "61", count: 67)),
            (0x01, "0000"), (0x0C, "00000001 0001"),
        ] as [(UInt8, String)]
    )
    func malformed(type: UInt8, body: String) throws {
        let found = try #require(try extensions([(0x08, hex("00000001")), (type, hex(body))]))
        #expect(found.state == .malformed && found.interfaces.map(\.index) == [1])
    }

    @Test("of many objects four are kept")
    func bounded() throws {
        let found = try extensions([(type: UInt8, body: [UInt8])](repeating: (0x08, hex("00000001")), count: 50))
        #expect(found?.interfaces.count == ICMPExtensions.interfaceCapacity && found?.state == .valid)
    }

    @Test("no change traps")
    func hostile() {
        expectNoTrap([Packets.labelledError], rounds: 5000) { bytes in
            bytes.failure { span throws(WireError) in try ICMPMessage(decoding: span, family: .v4) }
        }
    }
}
