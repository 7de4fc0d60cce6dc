import Model
import Sockets
import Testing
import Wire

@Suite("Decoding rtnetlink")
struct NetlinkDecodingTests {
    private func route(_ name: String) throws -> RouteMessage {
        guard case .route(let route) = try #require(NetlinkRecording.envelopes(name).first).message else {
            throw UnexpectedMessage()
        }
        return route
    }

    private struct UnexpectedMessage: Error {}

    @Test("a multipath route answers a flow with one gateway and the route's own MTU")
    func multipathFlow() throws {
        let route = try route("route-multipath-flow")
        #expect(route.kind == .unicast)
        #expect(route.destination == IPAddress("10.1.0.4"))
        #expect(route.gateway == IPAddress("10.0.1.1"))
        #expect(route.interface == 5)
        #expect(route.source == IPAddress("10.0.1.2"))
        #expect(route.mtu == 1300)
        #expect(route.nextHops.isEmpty)
    }

    @Test("a target on the link has no gateway")
    func onLink() throws {
        let route = try route("route-on-link")
        #expect(route.gateway == nil)
        #expect(route.interface == 3)
        #expect(route.source == IPAddress("10.0.0.2"))
        #expect(route.mtu == nil)
    }

    @Test("an IPv4 route may have an IPv6 gateway")
    func gatewayOfOtherFamily() throws {
        #expect(try route("route-via-ipv6").gateway == IPAddress("fe80::1"))
    }

    @Test("an IPv6 route is read")
    func ipv6() throws {
        let route = try route("route-ipv6")
        #expect(route.gateway == IPAddress("fd01::1"))
        #expect(route.source == IPAddress("fd01::2"))
        #expect(route.destinationLength == 128)
    }

    @Test("an own address is a local route")
    func local() throws {
        #expect(try route("route-local").kind == .local)
    }

    @Test(
        "an error carries its errno",
        arguments: [
            ("error-unreachable", 113), ("error-blackhole", 22), ("error-prohibit", 13), ("error-no-route", 101),
            ("error-ipv6-no-route", 101), ("error-no-neighbour", 2),
        ] as [(String, Int32)]
    )
    func errors(name: String, code: Int32) throws {
        let envelope = try #require(NetlinkRecording.envelopes(name).first)
        #expect(envelope.message == .error(code: code))
        #expect(envelope.sequence == 7)
    }

    @Test("a dump names every next hop of a multipath route with its weight")
    func dump() throws {
        let envelopes = try NetlinkRecording.envelopes("dump-routes")
        let routes = envelopes.compactMap { envelope -> RouteMessage? in
            if case .route(let route) = envelope.message { route } else { nil }
        }
        let multipath = try #require(routes.first { !$0.nextHops.isEmpty })
        #expect(multipath.destinationLength == 16)
        #expect(multipath.mtu == 1300)
        #expect(multipath.nextHops.map(\.interface) == [3, 5])
        #expect(multipath.nextHops.map(\.gateway) == [IPAddress("10.0.0.1"), IPAddress("10.0.1.1")])
        #expect(multipath.nextHops.map(\.weight) == [1, 3])
        #expect(routes.contains { $0.kind == .blackhole && $0.destination == IPAddress("10.4.0.0") })
        #expect(envelopes.last?.message == .done)
    }

    @Test("an interface has its name, flags and MTU")
    func link() throws {
        guard case .link(let link) = try #require(NetlinkRecording.envelopes("link").first).message else {
            throw UnexpectedMessage()
        }
        #expect(link.index == 3)
        #expect(link.mtu == 1400)
        #expect(!link.isBridgePort)
        let expected = InterfaceObservation(name: "v0", exists: true, isUp: true, hasCarrier: true)
        #expect(link.observation == expected)
    }

    @Test("removals are told from arrivals")
    func removals() throws {
        for name in ["event-link-removed", "event-address-removed", "event-route-removed", "event-neighbour-removed"] {
            #expect(try #require(NetlinkRecording.envelopes(name).first).isRemoval, "\(name)")
        }
        #expect(try #require(NetlinkRecording.envelopes("event-link-down").first).isRemoval == false)
    }

    @Test("a port that leaves a bridge is marked as such")
    func bridgePort() throws {
        let envelope = try #require(NetlinkRecording.envelopes("event-bridge-port-removed").first)
        guard case .link(let link) = envelope.message else { throw UnexpectedMessage() }
        #expect(envelope.isRemoval)
        #expect(link.isBridgePort)
    }

    @Test("addresses of both families are read with their prefixes")
    func addresses() throws {
        let addresses = try NetlinkRecording.envelopes("dump-addresses").compactMap { envelope -> AddressMessage? in
            if case .address(let address) = envelope.message { address } else { nil }
        }
        #expect(
            addresses.contains(AddressMessage(index: 3, address: try #require(IPAddress("10.0.0.2")), prefixLength: 24))
        )
    }

    @Test("a neighbour has its state")
    func neighbour() throws {
        guard case .neighbour(let entry) = try #require(NetlinkRecording.envelopes("neighbour-reachable").first).message
        else { throw UnexpectedMessage() }
        #expect(entry == NeighbourMessage(index: 3, address: IPAddress("10.0.0.1"), state: .reachable))
    }

    @Test("an entry of a bridge has no network address")
    func bridgeNeighbour() throws {
        guard
            case .neighbour(let entry) = try #require(NetlinkRecording.envelopes("event-bridge-neighbour").first)
                .message
        else { throw UnexpectedMessage() }
        #expect(entry.address == nil)
    }

    @Test(
        "the states of a neighbour are those of the kernel",
        arguments: [
            (0x01, .incomplete), (0x02, .reachable), (0x04, .stale), (0x08, .delay), (0x10, .probe), (0x20, .failed),
            (0x40, .none), (0x80, .permanent), (0x00, .none), (0x03, .unknown),
        ] as [(UInt8, NeighbourState)]
    )
    func neighbourStates(number: UInt8, state: NeighbourState) throws {
        var bytes = try NetlinkRecording.bytes("neighbour-reachable")
        bytes[24] = number
        guard case .neighbour(let entry) = try #require(NetlinkRecording.decode(bytes).first).message else {
            throw UnexpectedMessage()
        }
        #expect(entry.state == state)
    }
}

@Suite("rtnetlink that lies")
struct NetlinkHostileTests {
    @Test(
        "every shorter prefix of a message is refused, or holds fewer whole messages",
        arguments: NetlinkRecording.names
    )
    func prefixes(name: String) throws {
        let bytes = try NetlinkRecording.bytes(name)
        let whole = try NetlinkRecording.decode(bytes).count
        for length in 0..<bytes.count {
            guard let fewer = try? NetlinkRecording.decode(Array(bytes[..<length])) else { continue }
            #expect(fewer.count < whole)
        }
    }

    @Test("a changed byte never crashes", arguments: NetlinkRecording.names)
    func mutations(name: String) throws {
        let bytes = try NetlinkRecording.bytes(name)
        for index in bytes.indices {
            for value: UInt8 in [0, 1, 3, 4, 0x7F, 0x80, 0xFF] {
                var changed = bytes
                changed[index] = value
                _ = try? NetlinkRecording.decode(changed)
            }
        }
    }

    @Test("random bytes never crash")
    func random() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            var bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in UInt8.random(in: 0...255) }
            // A plausible header lets the parsers behind it see the noise.
            if bytes.count >= 16 {
                bytes.replaceSubrange(0..<4, with: [UInt8(bytes.count), 0, 0, 0])
                bytes.replaceSubrange(4..<6, with: [UInt8.random(in: 0...40), 0])
            }
            _ = try? NetlinkRecording.decode(bytes)
        }
    }

    @Test("a length field of zero ends the reading with an error")
    func zeroLength() throws {
        var bytes = try NetlinkRecording.bytes("link")
        bytes.replaceSubrange(0..<4, with: [0, 0, 0, 0])
        #expect(throws: NetlinkError.malformed(part: "message", offset: 0)) { try NetlinkRecording.decode(bytes) }
    }

    @Test("the least errno does not overflow")
    func leastError() throws {
        var bytes = try NetlinkRecording.bytes("error-no-route")
        bytes.replaceSubrange(16..<20, with: [0, 0, 0, 0x80])
        #expect(try NetlinkRecording.decode(bytes).first?.message == .error(code: .max))
    }
}
