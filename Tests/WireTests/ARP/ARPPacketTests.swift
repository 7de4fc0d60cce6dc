import Testing
import Wire

@Suite("ARP")
struct ARPPacketTests {
    private let packet = ARPPacket(
        operation: .request,
        senderHardware: MACAddress(rawValue: 0x0000_5E00_5301),
        sender: IPv4Address(10, 1, 0, 4),
        target: IPv4Address(10, 1, 0, 1)
    )

    @Test("a request stands byte by byte and reads back, trailer or none")
    func known() throws {
        #expect(try written { buffer throws(WireError) in try packet.write(into: buffer) } == ARPPackets.request)
        #expect(try ARPPackets.request.decoded(ARPPacket.init(decoding:)) == packet)
        #expect(
            try (ARPPackets.request + [UInt8](repeating: 0, count: 18)).decoded(ARPPacket.init(decoding:)) == packet
        )
        #expect(!packet.isProbe && !packet.isAnnouncement)
    }

    @Test("probes and announcements are told apart")
    func probes() {
        var probe = packet
        probe.sender = IPv4Address(rawValue: 0)
        #expect(probe.isProbe && !probe.isAnnouncement)
        probe.target = IPv4Address(rawValue: 0)
        #expect(!probe.isAnnouncement)
        var announcement = packet
        announcement.target = announcement.sender
        announcement.operation = .reply
        #expect(announcement.isAnnouncement && !announcement.isProbe)
    }

    @Test("every shorter prefix is short, and no change traps")
    func prefixes() {
        expectPrefixesAreShort(ARPPackets.request) { $0.failure(ARPPacket.init(decoding:)) }
        expectNoTrap([ARPPackets.request]) { $0.failure(ARPPacket.init(decoding:)) }
    }

    @Test(
        "other hardware, protocols and lengths are refused",
        arguments: [
            (1, .invalid(.hardwareType, value: 6)), (2, .invalid(.protocolType, value: 0x0600)),
            (4, .invalid(.addressLength, value: 0x0604 ^ 0x0200)), (5, .invalid(.addressLength, value: 0x0606)),
        ] as [(Int, WireError.Fault)]
    )
    func others(index: Int, fault: WireError.Fault) {
        var bytes = ARPPackets.request
        bytes[index] = index == 4 ? 4 : 6
        #expect(bytes.failure(ARPPacket.init(decoding:))?.fault == fault)
    }

    @Test("an operation that is not known is kept")
    func operations() throws {
        var bytes = ARPPackets.request
        bytes[7] = 9
        #expect(try bytes.decoded(ARPPacket.init(decoding:)).operation.rawValue == 9)
    }

    @Test("hardware addresses print and know their groups")
    func addresses() {
        #expect(packet.senderHardware.description == "00:00:5e:00:53:01" && !packet.senderHardware.isGroup)
        #expect(MACAddress.broadcast.description == "ff:ff:ff:ff:ff:ff" && MACAddress.broadcast.isGroup)
        #expect(MACAddress(rawValue: 0xFFFF_0000_0000_0001) == MACAddress(rawValue: 1))
        #expect(MACAddress(rawValue: 1) < MACAddress(rawValue: 2))
    }
}
