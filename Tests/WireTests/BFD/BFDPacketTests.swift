import Testing
import Wire

@Suite("BFD control packets")
struct BFDPacketTests {
    private let packet = BFDPacket(
        state: .up,
        detectMultiplier: 3,
        myDiscriminator: 1,
        yourDiscriminator: 2,
        desiredMinimumTransmitInterval: 50_000,
        requiredMinimumReceiveInterval: 300_000
    )

    private func failure(_ bytes: [UInt8]) -> WireError.Fault? { bytes.failure(BFDPacket.init(decoding:))?.fault }

    private func changed(_ bytes: [UInt8], _ values: [Int: UInt8]) -> [UInt8] {
        var bytes = bytes
        for (index, value) in values { bytes[index] = value }
        return bytes
    }

    @Test("a packet stands byte by byte and reads back")
    func known() throws {
        #expect(try written { buffer throws(WireError) in try packet.write(into: buffer) } == BFDPackets.up)
        #expect(try BFDPackets.up.decoded(BFDPacket.init(decoding:)) == packet)
    }

    @Test("an authentication section is skipped and its type kept")
    func authentication() throws {
        let packet = try BFDPackets.authenticated.decoded(BFDPacket.init(decoding:))
        #expect(packet.authenticationType == 4 && packet.state == .down && packet.diagnostic == .detectionTimeExpired)
        #expect(failure(changed(BFDPackets.authenticated, [25: 27])) == .invalid(.authenticationLength, value: 27))
        #expect(failure(changed(BFDPackets.authenticated, [25: 0])) == .invalid(.authenticationLength, value: 0))
        #expect(failure(changed(BFDPackets.authenticated, [3: 25])) == .invalid(.length, value: 25))
        #expect(failure(changed(BFDPackets.authenticated, [3: 26])) == .invalid(.authenticationLength, value: 28))
        #expect(failure(changed(BFDPackets.authenticated, [3: 255])) == .short(needed: 255, had: 52))
    }

    @Test("every shorter prefix is short, and no change traps")
    func prefixes() {
        expectPrefixesAreShort(BFDPackets.up) { $0.failure(BFDPacket.init(decoding:)) }
        expectPrefixesAreShort(BFDPackets.authenticated) { $0.failure(BFDPacket.init(decoding:)) }
        expectNoTrap([BFDPackets.up, BFDPackets.authenticated]) { $0.failure(BFDPacket.init(decoding:)) }
    }

    @Test("bytes behind the length are left alone")
    func longer() throws {
        #expect(try (BFDPackets.up + [1, 2, 3]).decoded(BFDPacket.init(decoding:)) == packet)
    }

    @Test(
        "what RFC 5880 §6.8.6 discards is refused",
        arguments: [
            ([0: 0x00], .invalid(.version, value: 0)), ([0: 0x40], .invalid(.version, value: 2)),
            ([3: 23], .invalid(.length, value: 23)), ([3: 0], .invalid(.length, value: 0)),
            ([3: 25], .short(needed: 25, had: 24)), ([2: 0], .invalid(.detectMultiplier, value: 0)),
            ([1: 0xC1], .invalid(.multipoint, value: 1)), ([7: 0], .invalid(.discriminator, value: 0)),
            ([11: 0], .invalid(.discriminator, value: 0)), ([1: 0x80, 11: 0], .invalid(.discriminator, value: 0)),
        ] as [([Int: UInt8], WireError.Fault)]
    )
    func discarded(changes: [Int: UInt8], fault: WireError.Fault) {
        #expect(failure(changed(BFDPackets.up, changes)) == fault)
    }

    @Test("without a foreign discriminator Down and AdminDown are good", arguments: [0x00, 0x40] as [UInt8])
    func noDiscriminator(state: UInt8) {
        #expect(failure(changed(BFDPackets.up, [1: state, 11: 0])) == nil)
    }

    @Test("all states, flags and diagnostics survive both ways")
    func roundTrip() throws {
        for state in BFDState.allCases {
            for diagnostic: UInt8 in [0, 8, 9, 31] {
                for flags: BFDPacket.Flags in [[], .poll, .final, [.controlPlaneIndependent, .demand]] {
                    var packet = packet
                    (packet.state, packet.diagnostic, packet.flags) = (
                        state, BFDDiagnostic(rawValue: diagnostic), flags
                    )
                    let bytes = try written { buffer throws(WireError) in try packet.write(into: buffer) }
                    #expect(try bytes.decoded(BFDPacket.init(decoding:)) == packet)
                }
            }
        }
        #expect(
            BFDDiagnostic(rawValue: 9).description == "diagnostic 9"
                && BFDDiagnostic.pathDown.description == "path down"
        )
    }

    @Test("the detection time is the multiplier times the slower side's interval")
    func detectionTime() {
        #expect(packet.detectionTime(requiredMinimumReceiveInterval: 10_000) == 150_000)
        #expect(packet.detectionTime(requiredMinimumReceiveInterval: 100_000) == 300_000)
        #expect(packet.detectionTime(requiredMinimumReceiveInterval: .max) == 3 * UInt64(UInt32.max))
    }

    @Test("a buffer of 23 bytes is refused")
    func small() {
        #expect(throws: WireError(layer: .bfd, fault: .short(needed: 24, had: 23))) {
            try written(room: 23) { buffer throws(WireError) in try packet.write(into: buffer) }
        }
    }
}
