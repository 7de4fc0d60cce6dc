import Model
import Sockets
import Testing
import Wire

@Suite("Changes of the network, gathered")
struct NetworkChangesTests {
    private static let up: UInt32 = 0x1_0001
    private static let noCarrier: UInt32 = 0x1

    private func link(_ index: Int32, _ name: String, _ flags: UInt32 = up, mtu: Int = 1500, bridge: Bool = false)
        -> LinkMessage
    {
        LinkMessage(index: index, name: name, flags: flags, mtu: mtu, isBridgePort: bridge)
    }

    private func envelope(_ message: NetlinkMessage, removal: Bool = false) -> NetlinkEnvelope {
        NetlinkEnvelope(sequence: 0, isInterrupted: false, isRemoval: removal, message: message)
    }

    private func observed(_ name: String, carrier: Bool = true) -> NetworkEvent {
        .interface(InterfaceObservation(name: name, exists: true, isUp: true, hasCarrier: carrier))
    }

    private func gone(_ name: String) -> NetworkEvent {
        .interface(InterfaceObservation(name: name, exists: false, isUp: false, hasCarrier: false))
    }

    private func started(with links: [LinkMessage]) -> NetworkChanges {
        var changes = NetworkChanges()
        changes.resynchronise(with: links, afterLoss: false)
        _ = changes.drain()
        return changes
    }

    @Test("the first list tells of every interface and of nothing else")
    func initial() {
        var changes = NetworkChanges()
        changes.resynchronise(with: [link(2, "eth0"), link(3, "eth1", Self.noCarrier)], afterLoss: false)
        #expect(changes.drain() == [observed("eth0"), observed("eth1", carrier: false)])
        #expect(changes.isEmpty)
        #expect(changes.drain() == [])
    }

    @Test("a link message that changes nothing is no event")
    func unchanged() {
        var changes = started(with: [link(2, "eth0")])
        changes.absorb(envelope(.link(link(2, "eth0"))))
        #expect(changes.isEmpty)
    }

    @Test("an interface that vanishes is told as not existing")
    func vanished() {
        var changes = started(with: [link(2, "eth0")])
        changes.absorb(envelope(.link(link(2, "eth0", 0)), removal: true))
        #expect(changes.drain() == [gone("eth0")])
    }

    @Test("a port that leaves a bridge does not vanish")
    func bridge() {
        var changes = started(with: [link(2, "eth0")])
        changes.absorb(envelope(.link(link(2, "eth0", bridge: true)), removal: true))
        #expect(changes.isEmpty)
    }

    @Test("a carrier that was gone for a moment is told twice")
    func dip() {
        var changes = started(with: [link(2, "eth0")])
        changes.absorb(envelope(.link(link(2, "eth0", Self.noCarrier))))
        changes.absorb(envelope(.link(link(2, "eth0"))))
        #expect(changes.drain() == [observed("eth0", carrier: false), observed("eth0")])
    }

    @Test("an interface made anew under its name was gone between")
    func replaced() {
        var changes = started(with: [link(2, "tun0")])
        changes.absorb(envelope(.link(link(2, "tun0")), removal: true))
        changes.absorb(envelope(.link(link(9, "tun0"))))
        #expect(changes.drain() == [gone("tun0"), observed("tun0")])
    }

    @Test("a renamed interface vanishes under its old name")
    func renamed() {
        var changes = started(with: [link(2, "eth0")])
        changes.absorb(envelope(.link(link(2, "lan0"))))
        #expect(changes.drain() == [gone("eth0"), observed("lan0")])
    }

    @Test("an MTU is a matter of routes")
    func mtu() {
        var changes = started(with: [link(2, "eth0")])
        changes.absorb(envelope(.link(link(2, "eth0", mtu: 1400))))
        #expect(changes.drain() == [.routesChanged])
    }

    @Test("a thousand routes are one change")
    func routes() throws {
        var changes = started(with: [])
        let removed = try #require(NetlinkRecording.envelopes("event-route-removed").first)
        for _ in 0..<1000 { changes.absorb(removed) }
        changes.absorb(envelope(.policy))
        #expect(changes.drain() == [.routesChanged])
    }

    @Test("an address changes the routes too")
    func address() throws {
        var changes = started(with: [])
        changes.absorb(try #require(NetlinkRecording.envelopes("event-address-removed").first))
        #expect(changes.drain() == [.addressesChanged, .routesChanged])
    }

    @Test("of a neighbour the last state counts, and a removed one has none")
    func neighbours() throws {
        let first = try #require(IPAddress("10.0.0.1"))
        let second = try #require(IPAddress("10.0.0.2"))
        var changes = started(with: [])
        changes.absorb(envelope(.neighbour(NeighbourMessage(index: 2, address: first, state: .incomplete))))
        changes.absorb(envelope(.neighbour(NeighbourMessage(index: 2, address: first, state: .failed))))
        changes.absorb(envelope(.neighbour(NeighbourMessage(index: 2, address: second, state: .stale)), removal: true))
        #expect(changes.drain() == [.neighbourChanged(first, .failed), .neighbourChanged(second, .none)])
    }

    @Test("too many neighbours are told at once")
    func manyNeighbours() {
        var changes = started(with: [])
        for number in 0..<100_000 as Range<UInt32> {
            let address = IPAddress.v4(IPv4Address(rawValue: 0x0A00_0000 + number))
            changes.absorb(envelope(.neighbour(NeighbourMessage(index: 2, address: address, state: .stale))))
        }
        #expect(changes.drain() == [.neighboursChanged])
    }

    @Test("after a loss everything is changed, and what went meanwhile has vanished")
    func afterLoss() {
        var changes = started(with: [link(2, "eth0"), link(3, "eth1")])
        changes.resynchronise(with: [link(3, "eth1")], afterLoss: true)
        #expect(changes.drain() == [gone("eth0"), .addressesChanged, .routesChanged, .neighboursChanged])
    }
}
