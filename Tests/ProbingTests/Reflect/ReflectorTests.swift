import Model
import Probing
import Sockets
import TestSupport
import Testing
import Wire

@Suite("The reflector", .onOwnThread)
struct ReflectorTests {
    private static let loopback = SocketAddress(.v4(IPv4Address(127, 0, 0, 1)))
    private static let loopback6 = SocketAddress(.v6(IPv6Address(high: 0, low: 1)))

    @Test("questions of both families are answered, with stamps in order")
    func families() throws {
        let reflector = try Reflector(listen: [Self.loopback, Self.loopback6])
        try reflector.start()
        defer { reflector.stop() }
        for address in reflector.addresses {
            let client = try ReflectClient(source: SocketAddress(address.address))
            let before = SystemClock.wall().nanoseconds
            try client.send(ReflectClient.question(sequence: 3, sessionID: 4), to: address)
            let (bytes, source) = try client.receive()
            let reflection = try ReflectClient.reflection(bytes)
            #expect(source == address)
            #expect(reflection.senderSequence == 3)
            #expect(reflection.sessionID == 4)
            #expect(reflection.senderTTL == 64)
            // An NTP fraction is a little coarser than a nanosecond.
            #expect(reflection.receiveTimestamp.nanosecondsSince1970 >= before - 1)
            #expect(reflection.timestamp.nanosecondsSince1970 >= reflection.receiveTimestamp.nanosecondsSince1970)
        }
        let counters = reflector.counters
        #expect(counters.reflected >= 1)
    }

    @Test(
        "answers of a session are counted from 0; without state the sender's number comes back",
        arguments: [false, true]
    )
    func counting(isStateless: Bool) throws {
        let reflector = try Reflector(listen: [Self.loopback], isStateless: isStateless)
        try reflector.start()
        defer { reflector.stop() }
        for _ in 0..<2 {
            let client = try ReflectClient()
            for (count, sequence) in ([70, 72, 73] as [UInt32]).enumerated() {
                try client.send(ReflectClient.question(sequence: sequence), to: reflector.addresses[0])
                let reflection = try ReflectClient.reflection(client.receive().bytes)
                #expect(reflection.senderSequence == sequence)
                #expect(reflection.sequence == (isStateless ? sequence : UInt32(count)))
            }
        }
    }

    @Test("on the wildcard address the answer comes from the address that was asked")
    func wildcard() throws {
        let reflector = try Reflector(listen: [.any(.v4), .any(.v6)])
        try reflector.start()
        defer { reflector.stop() }
        let asked = SocketAddress(.v4(IPv4Address(127, 44, 5, 6)), port: reflector.addresses[0].port)
        let client = try ReflectClient()
        try client.send(ReflectClient.question(sequence: 1), to: asked)
        #expect(try client.receive().source == asked)
    }

    @Test("what is no question is passed over, and the next question is answered")
    func noise() throws {
        let reflector = try Reflector(listen: [Self.loopback])
        try reflector.start()
        defer { reflector.stop() }
        let client = try ReflectClient()
        for bytes in [[], [1, 2, 3], [UInt8](repeating: 0, count: 44)] as [[UInt8]] {
            try client.send(bytes, to: reflector.addresses[0])
        }
        try client.send(ReflectClient.question(sequence: 9), to: reflector.addresses[0])
        #expect(try ReflectClient.reflection(client.receive().bytes).senderSequence == 9)
        #expect(try client.hasNothing)
    }

    @Test("an echo gives back what it was sent")
    func echo() throws {
        let reflector = try Reflector(listen: [], echo: [Self.loopback])
        try reflector.start()
        defer { reflector.stop() }
        let client = try ReflectClient()
        let bytes = (0..<1400).map { UInt8(truncatingIfNeeded: $0) }
        try client.send(bytes, to: reflector.addresses[0])
        #expect(try client.receive().bytes == bytes)
    }

    @Test("two reflectors never answer each other")
    func loop() throws {
        let first = try Reflector(listen: [Self.loopback], echo: [Self.loopback])
        try first.start()
        defer { first.stop() }
        // A question that pretends to come from the echo of the same reflector.
        let port = try #require(first.addresses.last).port
        let other = try Reflector(listen: [SocketAddress(.v4(IPv4Address(127, 0, 0, 2)), port: port)])
        try other.start()
        defer { other.stop() }
        let spoofed = try ReflectClient(source: SocketAddress(.v4(IPv4Address(127, 0, 0, 3)), port: port))
        try spoofed.send(ReflectClient.question(sequence: 1), to: first.addresses[0])
        try eventually("the question is refused") { first.counters.refused == 1 ? true : nil }
        #expect(try spoofed.hasNothing)
    }

    @Test("beyond the bound nothing is answered, and it is counted")
    func rate() throws {
        let reflector = try Reflector(listen: [Self.loopback], packetsPerSecond: 1)
        try reflector.start()
        defer { reflector.stop() }
        let client = try ReflectClient()
        for sequence in 0..<20 as Range<UInt32> {
            try client.send(ReflectClient.question(sequence: sequence), to: reflector.addresses[0])
        }
        _ = try client.receive()
        let counters = try eventually("all are counted") {
            let counters = reflector.counters
            return counters.received == 20 ? counters : nil
        }
        #expect(counters.reflected < 20)
        #expect(counters.reflected + counters.rateLimited == 20)
    }

    @Test("an address in use is an error that names it")
    func inUse() throws {
        let first = try Reflector(listen: [Self.loopback])
        let error = try #require(throws: SystemError.self) { try Reflector(listen: [first.addresses[0]]) }
        #expect(error.description.contains("\(first.addresses[0])"))
    }

    @Test("it stops at once, also when it was never started, and twice")
    func stop() throws {
        let idle = try Reflector(listen: [Self.loopback])
        idle.stop()
        let running = try Reflector(listen: [Self.loopback])
        try running.start()
        running.stop()
        running.stop()
    }
}
