import Testing
import Wire

@Suite("Neighbour discovery")
struct NeighborDiscoveryTests {
    private func decode(_ bytes: [UInt8]) throws(WireError) -> NeighborDiscovery {
        try bytes.decoded(NeighborDiscovery.init(decoding:))
    }

    @Test("a solicitation and its advertisement are read")
    func neighbors() throws {
        let question = try decode(NeighborPackets.solicitation)
        #expect(question.kind == .neighborSolicitation && question.flags.isEmpty)
        #expect(question.target.map(IPAddress.v6) == Packets.remote6)
        #expect(question.linkLayerAddress?.description == "00:00:5e:00:53:01")
        let answer = try decode(NeighborPackets.advertisement)
        #expect(answer.kind == .neighborAdvertisement && answer.flags == [.router, .solicited, .override])
        #expect(answer.linkLayerAddress?.description == "00:00:5e:00:53:02")
    }

    @Test("the messages of routers and a redirect have their lengths", arguments: [(133, 8), (134, 16), (137, 40)])
    func others(type: UInt8, length: Int) throws {
        let bytes = [type] + [UInt8](repeating: 0, count: length - 1)
        let message = try decode(bytes)
        #expect(message.kind.rawValue == type && (message.target == nil) == (type != 137))
        #expect(message.linkLayerAddress == nil)
        expectPrefixesAreShort(bytes) { $0.failure(NeighborDiscovery.init(decoding:)) }
    }

    @Test("options of other types and lengths are skipped")
    func options() throws {
        let bytes =
            NeighborPackets.solicitation.dropLast(8) + hex("05 01 0000 000005dc 01 02 0000 00000000 0000000000000000")
        #expect(try decode(Array(bytes)).linkLayerAddress == nil)
    }

    @Test("an option of length 0 and one that leads out are refused")
    func badOptions() {
        var bytes = NeighborPackets.solicitation
        bytes[25] = 0
        let zero = bytes.failure(NeighborDiscovery.init(decoding:))
        #expect(zero == WireError(layer: .neighborDiscovery, fault: .invalid(.length, value: 0)))
        bytes[25] = 255
        #expect(bytes.failure(NeighborDiscovery.init(decoding:))?.fault == .short(needed: 24 + 2040, had: 32))
    }

    @Test("other types are refused", arguments: [0, 128, 132, 138, 255] as [UInt8])
    func notDiscovery(type: UInt8) {
        let bytes = [type] + [UInt8](repeating: 0, count: 40)
        let fault = bytes.failure(NeighborDiscovery.init(decoding:))?.fault
        #expect(fault == .invalid(.type, value: UInt64(type)))
    }

    @Test("prefixes are short between the fields, and no change traps")
    func hostile() {
        for bytes in [NeighborPackets.solicitation, NeighborPackets.advertisement] {
            expectPrefixesAreShort(Array(bytes.prefix(24))) { $0.failure(NeighborDiscovery.init(decoding:)) }
            for length in 25..<32 {
                let fault = Array(bytes.prefix(length)).failure(NeighborDiscovery.init(decoding:))?.fault
                #expect(fault == .short(needed: 32, had: length))
            }
        }
        expectNoTrap([NeighborPackets.solicitation, NeighborPackets.advertisement]) {
            $0.failure(NeighborDiscovery.init(decoding:))
        }
    }
}
