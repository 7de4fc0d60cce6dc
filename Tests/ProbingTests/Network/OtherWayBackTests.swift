import Glibc
import Model
import Sockets
import TestSupport
import Testing
import Wire

@testable import Probing

/// On these short ways the answer comes back while the socket is still bound to the interface that its SYN leaves by.
@Suite("TCP probes that are answered over another interface", .serialized, .onOwnThread)
struct OtherWayBackTests {
    private static var canRun: Bool {
        Requirement.met(.root, .program("ip", package: "iproute2"), .program("nft", package: "nftables"))
    }

    private static let port: UInt16 = 8080

    private func task(to target: String, port: UInt16 = port, _ pin: Pin) throws -> ProbeTask {
        ProbeTask(
            id: ProbeID(rawValue: 0),
            kind: .tcpConnect,
            destination: try #require(IPAddress(target) as IPAddress?),
            port: port,
            pin: pin,
            interval: .milliseconds(50),
            phase: .zero
        )
    }

    private func listener(on address: String, in lab: borrowing RoutedLab) throws -> Socket {
        let address = try #require(IPAddress(address) as IPAddress?)
        return try lab.target.inside {
            let socket = try Socket(address.family, .stream)
            try socket.bind(to: SocketAddress(address, port: Self.port))
            try socket.listen()
            return socket
        }
    }

    private func outcomes(_ count: Int, of task: ProbeTask, in lab: borrowing RoutedLab) throws -> [Outcome] {
        let recorder = Recorder()
        let engine = try lab.probe.inside { try ProbeEngine { recorder.take($0) } }
        engine.reconcile([task])
        defer { engine.stop() }
        // A busy machine may spoil some, which is no loss.
        return try recorder.wait(for: count).filter { $0.result != .invalid(.overload) }
    }

    private func index(of interface: String, in lab: borrowing RoutedLab) throws -> Int32? {
        try lab.probe.inside { Interface.index(of: interface) }
    }

    /// Answers to the probe host's first addresses come back over the second link.
    private func bend(_ lab: borrowing RoutedLab) throws {
        try lab.router.run("ip", "route", "replace", "10.70.1.1/32", "via", "10.70.3.1", "dev", "spare")
    }

    private func bendIPv6(_ lab: borrowing RoutedLab) throws {
        _ = try lab.addIPv6()
        try lab.router.run("ip", "route", "replace", "fd70:1::1/128", "via", "fd70:3::1", "dev", "spare")
    }

    @Test("each is answered, and the interface is told", arguments: ["10.70.2.1", "fd70:2::1"])
    func answered(target: String) throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        try bend(lab)
        try bendIPv6(lab)
        let listener = try listener(on: target, in: lab)
        let spare = try index(of: "spare", in: lab)
        let found = try outcomes(12, of: task(to: target, Pin(interface: "left")), in: lab)
        for outcome in found {
            #expect(outcome.isAnswer, "\(outcome)")
            #expect(outcome.detail?.answer == "SYN-ACK")
            #expect(outcome.detail?.arrivalInterface == spare)
        }
        withExtendedLifetime(listener) {}
    }

    @Test("each is refused, and the interface is told", arguments: ["10.70.2.1", "fd70:2::1"])
    func refused(target: String) throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        try bend(lab)
        try bendIPv6(lab)
        let spare = try index(of: "spare", in: lab)
        for outcome in try outcomes(6, of: task(to: target, Pin(interface: "left")), in: lab) {
            #expect(outcome.result == .failed(.refused))
            #expect(outcome.detail?.arrivalInterface == spare)
        }
    }

    @Test("of a pinned interface its own is not told, of a pinned source or mark each is, of no pin none")
    func told() throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        let listener = try listener(on: lab.targetAddress, in: lab)
        for way in ["left", "spare"] {
            if way == "spare" { try bend(lab) }
            let arrival = try index(of: way, in: lab)
            let cases: [(Pin, Int32?)] = [
                (Pin(interface: "left"), way == "left" ? nil : arrival),
                (Pin(source: IPAddress("10.70.1.1")), arrival), (Pin(mark: 7), arrival), (.none, nil),
            ]
            for (pin, interface) in cases {
                for port in [Self.port, 9] {
                    let pinned = try task(to: lab.targetAddress, port: port, pin)
                    let outcome = try lab.probe.inside { try ProbeEngine.probeOnce(pinned) }
                    let isRight = port == 9 ? outcome.result == .failed(.refused) : outcome.isAnswer
                    #expect(isRight, "\(pin): \(outcome)")
                    #expect(outcome.detail?.arrivalInterface == interface, "\(pin) over \(way)")
                }
            }
        }
        withExtendedLifetime(listener) {}
    }

    private static let local = SocketAddress(.v4(IPv4Address(10, 70, 1, 1)), port: 61_000)
    private static let remote = SocketAddress(.v4(IPv4Address(10, 70, 2, 1)), port: port)

    /// Sends a segment from the target to the probe host's first address.
    private static func forge(
        _ flags: TCPFlags,
        from port: UInt16 = port,
        to local: UInt16 = local.port,
        in target: Namespace
    ) throws {
        let (source, destination) = (Self.remote.address, Self.local.address)
        let header = TCPHeader(source: port, destination: local, sequence: 1, acknowledgement: 0xABCD, flags: flags)
        let sent = try target.inside {
            let socket = try Socket(.v4, .rawTCP)
            let batch = SendBatch(capacity: 1, payloadSize: 64, controlSize: 80)
            batch.append(to: SocketAddress(destination), control: SendControl()) {
                (try? header.write(from: source, to: destination, into: $0)) ?? 0
            }
            return try batch.send(on: socket, from: 0)
        }
        #expect(sent == 1)
    }

    @Test("the ear tells what came for an attempt, a little of it, and nothing else")
    func ear() throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        try bend(lab)
        let handshake = Handshake(local: Self.local, remote: Self.remote)
        let (answers, heard, most, later) = try lab.probe.inside { [target = lab.target] in
            let epoll = try Epoll(capacity: 1)
            let ear = try HandshakeEar(.v4, epoll: epoll, token: 1)
            ear.expect(handshake, since: SystemClock.wall().nanoseconds, token: 7)
            try Self.forge(.ack, in: target)
            try Self.forge([.syn, .ack], from: 81, in: target)
            try Self.forge([.syn, .ack], to: 61_001, in: target)
            try Self.forge([.syn, .ack], in: target)
            try Self.forge([.rst, .ack], in: target)
            let answers = try eventually("both answers") {
                let answers = ear.answers(to: handshake)
                return answers.count >= 2 ? answers : nil
            }
            let heard = Set(ear.takeHeard())
            for _ in 0..<10 { try Self.forge([.syn, .ack], in: target) }
            let most = ear.answers(to: handshake).count
            try Self.forge([.syn, .ack], in: target)
            ear.expect(handshake, since: SystemClock.wall().nanoseconds, token: 8)
            return (answers, heard, most, ear.answers(to: handshake))
        }
        #expect(answers.map(\.isRefusal) == [false, true])
        #expect(answers.allSatisfy { $0.acknowledgement == 0xABCD })
        let spare = try index(of: "spare", in: lab)
        #expect(answers.allSatisfy { $0.interface == spare })
        #expect(heard == [7])
        #expect(most == 4)
        // It came before the attempt that is expected now.
        #expect(later.filter { $0.stamp != 0 }.isEmpty)
    }

    @Test("what comes in for a port of ours after the SYN has left is the socket's affair and no answer of itself")
    func stranger() throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        try bend(lab)
        try lab.drop("tcp dport \(Self.port)", in: lab.target, hook: "input")
        var pinned = try task(to: lab.targetAddress, Pin(interface: "left"))
        pinned.sourcePort = Self.local.port
        pinned.interval = .seconds(10)
        let recorder = Recorder()
        let engine = try lab.probe.inside { try ProbeEngine { recorder.take($0) } }
        engine.reconcile([pinned])
        defer { engine.stop() }
        for _ in 0..<5 {
            usleep(50_000)
            try Self.forge([.syn, .ack], in: lab.target)
        }
        let outcome = try #require(try recorder.wait(for: 1).first)
        #expect(!outcome.isAnswer, "\(outcome)")
    }
}
