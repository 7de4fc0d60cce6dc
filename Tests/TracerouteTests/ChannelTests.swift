import Model
import Sockets
import TestSupport
import Testing
import Wire

@testable import Traceroute

@Suite("What channels do with what they get", .onOwnThread)
struct ChannelTests {
    @Test("a connection that the kernel refuses at once is answered once: its socket reports no second end")
    func refusedAtOnce() throws {
        var request = TraceRequest(target: "tcp://127.0.0.1:1", protocol: .tcp, port: 1)
        request.resolvesNames = false
        let channel = try ConnectChannel(to: ip("127.0.0.1"), request: request)
        #expect(channel.send(OutgoingProbe(number: 4, flow: 0, ttl: 1)) == nil)
        var kinds: [TraceAnswer.Kind] = []
        for _ in 0..<20 {
            try channel.drain { if case .answer(4, let answer) = $0 { kinds.append(answer.kind) } }
            Thread.sleep(.milliseconds(1))
        }
        #expect(kinds == [.reply(.reset)])
    }

    @Test("what strays to the port of a flow that has not begun is taken, so that a wait lasts as long as it should")
    func strayDatagram() throws {
        guard Requirement.met(.root) else { return }
        var request = TraceRequest(target: "udp://127.0.0.1:9", protocol: .udp, port: 9)
        request.plan.flows = .fixed(4)
        let channel = try RawChannel(to: ip("127.0.0.1"), request: request, cancellation: nil)
        let port = try #require(channel.sourcePort(ofFlow: 3))
        let epoll = try Epoll(capacity: 8)
        for descriptor in channel.descriptors { try epoll.add(descriptor, .readable, token: 0) }
        let sender = try Socket(.v4, .datagram)
        _ = try sender.send([1, 2, 3], to: SocketAddress(ip("127.0.0.1"), port: port))
        #expect(try epoll.wait(.seconds(2)) > 0)
        var strays = 0
        // Other traces of this host are seen too, and end.
        var rounds = 0
        while rounds < 1_000, try epoll.wait(.zero) > 0 {
            try channel.drain { if case .stray = $0 { strays += 1 } }
            rounds += 1
        }
        #expect(strays >= 1 && rounds < 1_000)
    }

    @Test(
        "a search for the MTU that is ended before its end is told in the report, though the trace itself was complete"
    )
    func searchCut() throws {
        guard Requirement.met(.root) else { return }
        let cancellation = try TraceCancellation()
        var request = TraceRequest(target: "127.0.0.1", plan: TracePlan(count: 1), resolvesNames: false)
        request.findsMTU = true
        let prepared = try TraceTarget.prepare(request, cancellation)
        let run = try TraceRun(prepared, names: nil, cancellation: cancellation)
        try run.loop()
        #expect(!run.report(route: nil, mtu: nil).isCancelled)
        cancellation.cancel()
        let mtu = try run.findMTU(route: try RouteQuery().observe(prepared.question()))
        let report = run.report(route: nil, mtu: mtu)
        #expect(mtu == nil && report.isCancelled && report.verdict.status == .reached)
        #expect(report.table().contains("stopped before its end"))
    }

    @Test(
        "a source that no packet leaves from is no address of this host, whatever a socket can be bound to",
        arguments: ["0.0.0.0", "255.255.255.255", "224.0.0.1", "127.255.255.255", "::", "ff02::1", "192.0.2.77"]
    )
    func foreignSource(text: String) throws {
        let source = ip(text)
        let target = source.isIPv4 ? "127.0.0.1" : "::1"
        for wire in TraceRequest.TraceProtocol.allCases {
            let request = TraceRequest(target: target, protocol: wire, source: source, resolvesNames: false)
            #expect(throws: TraceError.input("\(source) is no address of this host")) { try trace(request) }
        }
    }

    @Test("a trace that is ended while its target is looked up has not begun")
    func lookUpEnded() throws {
        let cancellation = try TraceCancellation()
        cancellation.cancel()
        #expect(throws: TraceError.cancelled) {
            try trace(TraceRequest(target: "no-such-host.invalid"), cancellation: cancellation)
        }
        #expect(TraceError.cancelled.exitStatus == 130)
    }
}
