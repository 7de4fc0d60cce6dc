import Model
import Sockets
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Probing

@Suite("The embedded network", .onOwnThread)
struct DemoNetworkTests {
    private func address(_ target: Target) throws -> SocketAddress {
        SocketAddress(try #require(target.address), port: try #require(target.port))
    }

    private func started(_ network: DemoNetwork) throws -> DemoNetwork {
        try network.start { _ in }
        return network
    }

    @Test("the workload answers over every pin, as late as the path is long")
    func pins() throws {
        let network = try started(DemoNetwork(seed: 1))
        defer { network.stop() }
        let link = try #require(network.topology.links.first)
        let target = try address(try #require(link.through.first).target)
        for path in network.topology.paths {
            let client = try ReflectClient(source: SocketAddress(try #require(path.pin.source)))
            let before = Clock.now
            try client.send(ReflectClient.question(sequence: 6), to: target)
            let answer = try client.receive()
            // The shortest of paths takes 1.5 ms; only an upper bound would depend on this machine.
            #expect(Clock.now - before >= .milliseconds(path.kind == .vpn ? 4 : 1))
            #expect(answer.source == target)
            let reflection = try ReflectClient.reflection(answer.bytes)
            #expect(reflection.senderSequence == 6)
            #expect(reflection.timestamp.rawValue > reflection.receiveTimestamp.rawValue)
        }
    }

    @Test("edges and the site's reference answer")
    func edges() throws {
        let network = try started(DemoNetwork(seed: 1))
        defer { network.stop() }
        let edges = network.topology.paths.flatMap(\.edge).map(\.target).filter { $0.scheme == .stamp }
        #expect(edges.count == 3)
        for target in edges + network.topology.site.references.map(\.target) {
            let client = try ReflectClient()
            try client.send(ReflectClient.question(sequence: 8), to: address(target))
            #expect(try ReflectClient.reflection(client.receive().bytes).senderSequence == 8)
        }
    }

    @Test("the gateway refuses IKE by name, or asks for a cookie")
    func ike() throws {
        let network = try started(DemoNetwork(seed: 1))
        defer { network.stop() }
        let target = try #require(network.topology.paths.flatMap(\.edge).map(\.target).first { $0.scheme == .ike })
        let client = try ReflectClient()
        var names: Set<String> = []
        for spi in 1...40 as ClosedRange<UInt64> {
            var request = [UInt8](repeating: 0, count: IKESAInitRequest.maximumLength)
            let key = [UInt8](repeating: 7, count: IKEGroup.modp2048.keyLength)
            let nonce = [UInt8](repeating: 9, count: 32)
            let length = try request.withUnsafeMutableBytes {
                // An SPI whose upper half is not zero: four zero bytes in front would be the marker of port 4500.
                try IKESAInitRequest.write(
                    initiatorSPI: spi << 32 | spi,
                    key: key.span.bytes,
                    nonce: nonce.span.bytes,
                    into: $0
                )
            }
            try client.send(Array(request[..<length]), to: address(target))
            let bytes = try client.receive().bytes
            names.insert(try IKEResponse(decoding: bytes.span.bytes, initiatorSPI: spi << 32 | spi).answer.name)
        }
        #expect(names == ["NO_PROPOSAL_CHOSEN", "COOKIE"])
    }

    @Test("noise at every door is passed over")
    func noise() throws {
        let network = try started(DemoNetwork(seed: 1))
        defer { network.stop() }
        let targets = network.topology.paths.flatMap(\.edge).map(\.target)
        let client = try ReflectClient()
        for target in targets {
            for length in [0, 1, 13, 28, 43, 1500] {
                let bytes = (0..<length).map { _ in UInt8.random(in: 0...255) }
                try client.send(bytes, to: address(target))
            }
        }
        let edge = try #require(targets.first)
        let asker = try ReflectClient()
        try asker.send(ReflectClient.question(sequence: 4), to: address(edge))
        #expect(try ReflectClient.reflection(asker.receive().bytes).senderSequence == 4)
    }

    @Test("two of them run side by side")
    func twice() throws {
        let first = try started(DemoNetwork(seed: 1))
        defer { first.stop() }
        let second = try started(DemoNetwork(seed: 1))
        defer { second.stop() }
        let targets = [first, second].map { $0.topology.site.references[0].target }
        #expect(targets[0] != targets[1])
        for target in targets {
            let client = try ReflectClient()
            try client.send(ReflectClient.question(sequence: 2), to: address(target))
            _ = try client.receive()
        }
    }

    @Test("flows of the workload are told over both connections before the cut")
    func routes() throws {
        let network = try DemoNetwork(seed: 1)
        let workload = try #require(network.topology.links.first?.workloads.first).target
        let verdicts = (0..<8).map { network.route(for: workload, flow: 40000 + $0).verdict }
        #expect(Set(verdicts).count == 2)
        let question = RouteQuestion(
            destination: try #require(workload.address),
            flow: .init(ipProtocol: 17, sourcePort: 40003)
        )
        #expect(try network.observe(question).verdict == verdicts[3])
    }

    @Test("it stops at once, also when it was never started")
    func stop() throws {
        try DemoNetwork(seed: 1).stop()
        try started(DemoNetwork(seed: 1)).stop()
    }

    /// Asks the workload from an address; the time to the answer, nil when none comes in the time of a lost probe.
    private func ask(_ network: DemoNetwork, from source: IPAddress) throws -> Duration? {
        let target = try #require(network.topology.links.first?.workloads.first).target
        let client = try ReflectClient(source: SocketAddress(source))
        let before = Clock.now
        try client.send(ReflectClient.question(sequence: 1), to: address(target))
        do {
            _ = try client.receive(within: .milliseconds(500))
            return Clock.now - before
        } catch is TimedOut {
            return nil
        }
    }

    @Test("between the cut and the move only what is pinned to the VPN is answered")
    func cut() throws {
        let network = try DemoNetwork(seed: 1)
        try network.start(elapsed: .seconds(10)) { _ in }
        defer { network.stop() }
        let sources = try network.topology.paths.map { try #require($0.pin.source) }
        let host = IPAddress.v4(IPv4Address(127, 0, 0, 1))
        #expect(try (sources + [host]).map { try ask(network, from: $0) != nil } == [false, false, true, false])
    }

    @Test("after the move the workload is answered over the VPN, and the circuit stays silent")
    func moved() throws {
        let network = try DemoNetwork(seed: 1)
        try network.start(elapsed: .seconds(14)) { _ in }
        defer { network.stop() }
        let answer = try #require(try ask(network, from: .v4(IPv4Address(127, 0, 0, 1))))
        #expect(answer >= .milliseconds(4))
        let primary = try #require(network.topology.paths.first?.pin.source)
        #expect(try ask(network, from: primary) == nil)
        let workload = try #require(network.topology.links.first?.workloads.first).target
        let expected = RouteObservation.Verdict.route(
            interface: "vpn0",
            gateway: nil,
            source: network.topology.paths.last?.pin.source
        )
        #expect(network.route(for: workload, flow: 40000).verdict == expected)
    }

    @Test("changes are told in their order, with the moment of each")
    func events() throws {
        let network = try DemoNetwork(seed: 1)
        let seen = Mutex<[DemoEvent]>([])
        // A slow start must not miss it: what has happened before the start is not told.
        try network.start(elapsed: .milliseconds(11_500)) { event in seen.withLock { $0.append(event) } }
        defer { network.stop() }
        let event = try eventually("the move", within: .seconds(10)) { seen.withLock { $0.first } }
        #expect(event.change == .trafficMoved)
        #expect(event.elapsed == .seconds(13))
        #expect(event.changesRoutes)
        #expect(event.at <= Clock.now)
        #expect(event.sentence.contains("vpn-demo"))
    }
}
