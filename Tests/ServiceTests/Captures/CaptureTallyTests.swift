import Flows
import Links
import Model
import Testing
import Wire

@testable import Service

/// Packets between a host of ours and a server, through a flow engine into a tally.
private struct Traffic: ~Copyable {
    var tally: CaptureTally
    private var engine: FlowEngine
    private var batch = PacketBatch()
    private var frames: UInt64 = 0

    static let own = IPv4Address(10, 9, 0, 11)
    static let server = IPv4Address(10, 1, 0, 4)
    static let gateway = IPv4Address(20, 41, 0, 10)

    init(on interface: String = "lan0", _ attribution: PathAttribution = Traffic.attribution()) {
        tally = CaptureTally(attribution, on: interface)
        var options = FlowEngineOptions()
        options.maximumFlows = 64
        options.collectsSamples = true
        options.collectsEvents = true
        engine = FlowEngine(options)
    }

    static func attribution(active: [String: Set<PathID>] = [:]) -> PathAttribution {
        var topology = Sample.topology()
        for index in topology.paths.indices {
            switch topology.paths[index].id {
            case Sample.primary: topology.paths[index].pin = Pin(source: .v4(own))
            case Sample.tunnel: topology.paths[index].gateways = [gateway.description]
            default: break
            }
        }
        let host = [PathAttribution.HostAddress(interface: "lo", address: .v4(own))]
        return PathAttribution(topology, host: host, active: active)
    }

    private static func big<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<Value.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
    }

    /// An IPv4 packet at a time in milliseconds.
    mutating func see(
        _ source: IPv4Address,
        _ destination: IPv4Address,
        _ number: UInt8,
        _ body: [UInt8],
        at time: Int64
    ) {
        frames += 1
        var bytes: [UInt8] =
            [0x45, 0] + Self.big(UInt16(20 + body.count)) + [0, UInt8(frames), 0x40, 0, 64, number, 0, 0]
        bytes += Self.big(source.rawValue) + Self.big(destination.rawValue) + body
        batch.add(
            bytes.span.bytes,
            from: 0,
            to: bytes.count,
            frame: frames,
            time: Sample.clock(0).wall.nanoseconds + time * 1_000_000,
            wireLength: bytes.count,
            link: .raw
        )
        engine.process(&batch, in: bytes.span.bytes)
        engine.drainSamples { tally.take($0) }
        engine.drainEvents { tally.take($0, clock: Sample.clock(1)) }
    }

    mutating func tcp(
        fromOwn: Bool,
        own: IPv4Address = Traffic.own,
        _ flags: TCPFlags,
        _ sequence: UInt32,
        _ acknowledgement: UInt32,
        length: Int = 0,
        at time: Int64
    ) {
        var body =
            fromOwn ? Self.big(UInt16(40000)) + Self.big(UInt16(443)) : Self.big(UInt16(443)) + Self.big(UInt16(40000))
        body += Self.big(sequence) + Self.big(acknowledgement) + [0x50, flags.rawValue, 1, 0, 0, 0, 0, 0]
        body += [UInt8](repeating: 0, count: length)
        see(fromOwn ? own : Self.server, fromOwn ? Self.server : own, 6, body, at: time)
    }

    /// A handshake of 20 ms, a segment that is acknowledged after 30 ms and sent again.
    mutating func connection(_ own: IPv4Address = Traffic.own) {
        tcp(fromOwn: true, own: own, .syn, 100, 0, at: 0)
        tcp(fromOwn: false, own: own, [.syn, .ack], 500, 101, at: 20)
        tcp(fromOwn: true, own: own, .ack, 101, 501, at: 21)
        tcp(fromOwn: true, own: own, .ack, 101, 501, length: 10, at: 30)
        tcp(fromOwn: false, own: own, .ack, 501, 111, at: 60)
        tcp(fromOwn: true, own: own, .ack, 101, 501, length: 10, at: 300)
    }

    mutating func esp(fromGateway: Bool, _ number: UInt32) {
        let body = Self.big(UInt32(fromGateway ? 7 : 8)) + Self.big(number) + [UInt8](repeating: 0, count: 16)
        see(fromGateway ? Self.gateway : Self.own, fromGateway ? Self.own : Self.gateway, 50, body, at: Int64(number))
    }
}

@Suite("what an interface shows, by path")
struct CaptureTallyTests {
    @Test("round trips to the far end and repeated segments are their path's; this host's own answers are no network")
    func tcp() {
        var traffic = Traffic()
        traffic.connection()
        let finds = traffic.tally.finds.filter { !$0.isEmpty }
        #expect(finds.map(\.path) == [Sample.primary])
        #expect(finds[0].handshakes == [20_000_000] && finds[0].roundTrips == [30_000_000])
        #expect(finds[0].retransmissions == 1)
        traffic.tally.clearFinds()
        let rest = traffic.tally.finds.filter { !$0.isEmpty }
        #expect(rest.isEmpty)
    }

    @Test("other people's traffic on no path that is known has none, and both its ends count")
    func unknown() {
        var traffic = Traffic()
        traffic.connection(IPv4Address(10, 0, 0, 77))
        let finds = traffic.tally.finds.filter { !$0.isEmpty }
        #expect(finds.map(\.path) == [nil])
        #expect(finds[0].handshakes == [20_000_000, 1_000_000])
    }

    @Test("when the link's traffic moves, what comes after is the new path's")
    func move() {
        var traffic = Traffic()
        traffic.tally.attribute(by: Traffic.attribution(active: ["seoul-koreacentral": [Sample.tunnel]]))
        traffic.connection(IPv4Address(10, 0, 0, 77))
        #expect(traffic.tally.finds.filter { !$0.isEmpty }.map(\.path) == [Sample.tunnel])
    }

    @Test("ESP that never came is counted by its way, what came late is taken back")
    func esp() {
        var traffic = Traffic()
        for number in [1, 2, 6, 4, 7] as [UInt32] { traffic.esp(fromGateway: true, number) }
        for number in [1, 4] as [UInt32] { traffic.esp(fromGateway: false, number) }
        let lost = traffic.tally.takeMissing(isSpoiled: false)
        #expect(lost == [Sample.tunnel: CaptureTally.Missing(forward: 2, backward: 2)])
        #expect(traffic.tally.takeMissing(isSpoiled: false).isEmpty)
    }

    @Test("what is missing while this host dropped packets is not lost")
    func spoiled() {
        var traffic = Traffic()
        for number in [1, 9] as [UInt32] { traffic.esp(fromGateway: true, number) }
        #expect(traffic.tally.takeMissing(isSpoiled: true).isEmpty)
        #expect(traffic.tally.takeMissing(isSpoiled: false).isEmpty)
    }

    @Test("a BFD packet between the ends of a connection is a sighting, with its time on the monotonic clock")
    func bfd() {
        var traffic = Traffic()
        let message: [UInt8] = [
            0x20, 0xC0, 3, 24, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0x04, 0x93, 0xE0, 0, 0x04, 0x93, 0xE0, 0, 0, 0, 0,
        ]
        let datagram: [UInt8] = [0xC0, 0, 0x0E, 0xC8, 0, 32, 0, 0] + message
        traffic.see(IPv4Address(172, 16, 0, 2), IPv4Address(172, 16, 0, 1), 17, datagram, at: 250)
        traffic.see(IPv4Address(192, 0, 2, 2), IPv4Address(192, 0, 2, 1), 17, datagram, at: 260)
        let sightings = traffic.tally.takeSightings()
        #expect(sightings.map(\.path) == [Sample.primary] && sightings.map(\.state) == [.up])
        #expect(sightings.map(\.at) == [Sample.clock(0.25).monotonic])
        #expect(sightings.map(\.sending) == [.milliseconds(300)] && sightings.map(\.multiplier) == [3])
        #expect(traffic.tally.takeSightings().isEmpty)
    }
}
