import Model
import Probing
import Sockets
import TestSupport
import Testing
import Wire

@Suite("Probes through a router", .serialized, .onOwnThread)
struct RoutedTests {
    private static var canRun: Bool {
        Requirement.met(.root, .program("ip", package: "iproute2"), .program("nft", package: "nftables"))
    }

    private func task(
        _ kind: ProbeKind,
        _ destination: String,
        port: UInt16? = nil,
        pin: Pin = .none,
        timeout: Duration = .milliseconds(800)
    ) throws -> ProbeTask {
        ProbeTask(
            id: ProbeID(rawValue: 0),
            kind: kind,
            destination: try #require(IPAddress(destination) as IPAddress?),
            port: port,
            pin: pin,
            interval: .milliseconds(50),
            timeout: timeout,
            phase: .zero
        )
    }

    private func once(_ task: ProbeTask, in lab: borrowing RoutedLab, _ options: EngineOptions = .init()) throws
        -> Outcome
    {
        try lab.probe.inside { try ProbeEngine.probeOnce(task, options: options) }
    }

    @Test("an ICMP error ends the probe at once and names its sender")
    func errors() throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        let router = IPAddress("10.70.1.2")
        var hop = try task(.icmpEcho, lab.targetAddress)
        hop.ttl = 1
        let cases: [(ProbeTask, Reason)] = [
            (hop, .ttlExceeded),
            (try task(.icmpEcho, "10.70.8.1"), .unreachableHost),
            (try task(.icmpEcho, "10.70.9.1"), .adminProhibited),
            (try task(.tcpConnect, "10.70.8.1", port: 80), .unreachableHost),
            (try task(.tcpConnect, "10.70.9.1", port: 80), .adminProhibited),
            (try task(.stamp, "10.70.8.1", port: 862), .unreachableHost),
            (try task(.ike(nonESPMarker: true), "10.70.9.1", port: 4500), .adminProhibited),
        ]
        for (task, reason) in cases {
            let outcome = try once(task, in: lab)
            #expect(outcome.result == .failed(reason), "\(task.kind) to \(task.destination)")
            #expect(outcome.detail?.responder == router)
            #expect(outcome.settledAt - outcome.sentAt < task.timeout)
        }
        #expect(try once(task(.icmpEcho, lab.targetAddress), in: lab).isAnswer)
    }

    @Test("ttl_exceeded for TCP and UDP too", arguments: [ProbeKind.tcpConnect, .stamp])
    func hop(kind: ProbeKind) throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        var hop = try task(kind, lab.targetAddress, port: 9)
        hop.ttl = 1
        let outcome = try once(hop, in: lab)
        #expect(outcome.result == .failed(.ttlExceeded))
        #expect(outcome.detail?.responder == IPAddress("10.70.1.2"))
    }

    @Test("no route is said at once", arguments: [ProbeKind.icmpEcho, .tcpConnect, .stamp])
    func noRoute(kind: ProbeKind) throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        #expect(try once(task(kind, "192.0.2.1", port: 80), in: lab).result == .failed(.noRoute))
    }

    @Test(
        "an interface without a route to the target is no_route at once, and works when it has one",
        arguments: [(ProbeKind.icmpEcho, nil), (.tcpConnect, "10.70.3.2"), (.stamp, "10.70.3.2")]
    )
    func noRouteByInterface(kind: ProbeKind, hop: String?) throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        let pin = Pin(interface: "spare", nextHop: hop.flatMap { IPAddress($0) })
        let pinned = try task(kind, lab.targetAddress, port: 9, pin: pin)
        let outcome = try once(pinned, in: lab)
        #expect(outcome.result == .failed(.noRoute))
        #expect(outcome.detail?.message?.contains("via \(hop ?? "NEXT-HOP") dev spare") == true)
        try lab.probe.run("ip", "route", "add", "default", "via", "10.70.3.2", "dev", "spare", "table", "4000")
        try lab.probe.run("ip", "rule", "add", "oif", "spare", "lookup", "4000")
        let led = try once(pinned, in: lab)
        switch kind {
        case .icmpEcho: #expect(led.isAnswer)
        case .tcpConnect: #expect(led.result == .failed(.refused))
        case .stamp, .ike: #expect(led.result == .failed(.unreachablePort))
        }
    }

    @Test("echoes go to the pin's next_hop where the interface has no route, with kernel stamps and their TTL")
    func nextHop() throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        try expectEchoes(to: lab.targetAddress, by: "10.70.3.2", answeringAs: "10.70.3.2", in: lab)
    }

    @Test("IPv6 echoes go to the next_hop too, be it link-local", arguments: [false, true])
    func nextHopOfIPv6(isLinkLocal: Bool) throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        let linkLocal = try lab.addIPv6()
        let router = isLinkLocal ? linkLocal : "fd70:3::2"
        let pinned = try expectEchoes(to: "fd70:2::1", by: router, answeringAs: "fd70:3::2", in: lab)
        try lab.probe.run("ip", "address", "del", "fd70:3::1/64", "dev", "spare")
        let bare = try once(pinned, in: lab)
        #expect(bare.result == .failed(.noRoute))
        #expect(bare.detail?.message?.contains("interface spare has no IPv6 address") == true)
    }

    /// An echo over `spare` is answered, and with a TTL of 1 the router drops it.
    /// - Returns: the last task.
    @discardableResult
    private func expectEchoes(
        to target: String,
        by router: String,
        answeringAs responder: String,
        in lab: borrowing RoutedLab
    ) throws -> ProbeTask {
        var pinned = try task(.icmpEcho, target, pin: Pin(interface: "spare", nextHop: IPAddress(router)))
        let outcome = try once(pinned, in: lab)
        if case .answered(_, let clock) = outcome.result {
            #expect(clock == .kernel)
        } else {
            Issue.record("\(outcome)")
        }
        pinned.ttl = 1
        let dropped = try once(pinned, in: lab)
        #expect(dropped.result == .failed(.ttlExceeded))
        #expect(dropped.detail?.responder == IPAddress(responder))
        return pinned
    }

    @Test("a silent cut is a time-out", arguments: [ProbeKind.icmpEcho, .tcpConnect])
    func silent(kind: ProbeKind) throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        try lab.drop("ip daddr \(lab.targetAddress)", in: lab.router, hook: "forward")
        let outcome = try once(task(kind, lab.targetAddress, port: 80, timeout: .milliseconds(60)), in: lab)
        #expect(outcome.result == .failed(.timeout))
        #expect(outcome.settledAt - outcome.sentAt == .milliseconds(60))
    }

    @Test("a ping socket hears answers and errors too")
    func pingSocket() throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        let options = EngineOptions(avoidsRawSockets: true)
        let denied = try once(task(.icmpEcho, lab.targetAddress), in: lab, options)
        #expect(denied.result == .failed(.permission))
        #expect(denied.detail?.message?.contains("CAP_NET_RAW") == true)
        try lab.probe.run("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
        let answer = try once(task(.icmpEcho, lab.targetAddress), in: lab, options)
        guard case .answered(_, let clock) = answer.result else {
            Issue.record("\(answer)")
            return
        }
        #expect(clock == .kernel)
        var hop = try task(.icmpEcho, lab.targetAddress)
        hop.ttl = 1
        let error = try once(hop, in: lab, options)
        #expect(error.result == .failed(.ttlExceeded))
        #expect(error.detail?.responder == IPAddress("10.70.1.2"))
    }

    @Test("an answer that arrives on another interface is an answer, and the interface is told")
    func asymmetric() throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        // Back to the probe's first address by the second link.
        try lab.router.run("ip", "route", "replace", "10.70.1.1/32", "via", "10.70.3.1", "dev", "spare")
        let pinned = try task(.icmpEcho, lab.targetAddress, pin: Pin(interface: "left"))
        let outcome = try once(pinned, in: lab)
        #expect(outcome.isAnswer)
        let spare = try lab.probe.inside { Interface.index(of: "spare") }
        #expect(outcome.detail?.arrivalInterface == spare)
    }

    @Test("where an answer to a pinned source or mark arrives is told, of other probes it is not")
    func arrival() throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        let indices = try lab.probe.inside { ["left", "spare"].map { Interface.index(of: $0) } }
        for pin in [Pin(source: IPAddress("10.70.1.1")), Pin(mark: 7), .none] {
            let pinned = try task(.icmpEcho, lab.targetAddress, pin: pin)
            let straight = try once(pinned, in: lab)
            #expect(straight.isAnswer)
            #expect(straight.detail?.arrivalInterface == (pin == .none ? nil : indices[0]))
            try lab.router.run("ip", "route", "replace", "10.70.1.1/32", "via", "10.70.3.1", "dev", "spare")
            let bent = try once(pinned, in: lab)
            #expect(bent.isAnswer)
            #expect(bent.detail?.arrivalInterface == (pin == .none ? nil : indices[1]))
            try lab.router.run("ip", "route", "del", "10.70.1.1/32")
        }
    }

    @Test("an interface that goes down, vanishes and returns is named, and probes go on by themselves")
    func interfaceReturns() throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        let recorder = Recorder()
        let pinned = try task(.icmpEcho, lab.targetAddress, pin: Pin(interface: "left"), timeout: .milliseconds(40))
        let engine = try lab.probe.inside { try ProbeEngine { recorder.take($0) } }
        engine.reconcile([pinned])
        let wait = { (what: String, result: @escaping (Outcome) -> Bool) in
            let seen = recorder.outcomes.count
            try eventually(what) { recorder.outcomes.dropFirst(seen).contains(where: result) ? true : nil }
        }
        try wait("an answer") { $0.isAnswer }
        try lab.probe.run("ip", "link", "set", "left", "down")
        try wait("down") { $0.result == .failed(.interfaceDown) }
        try lab.probe.run("ip", "link", "set", "left", "up")
        try lab.addRoutes()
        try wait("an answer after up") { $0.isAnswer }
        try lab.router.run("ip", "link", "set", "left", "down")
        try wait("no carrier") { $0.result == .failed(.interfaceDown) }
        try lab.router.run("ip", "link", "set", "left", "up")
        try wait("an answer with carrier") { $0.isAnswer }
        try lab.probe.run("ip", "link", "del", "left")
        try wait("vanished") { $0.result == .failed(.interfaceDown) }
        try lab.connect(lab.probe, "left", "10.70.1.1/24", lab.router, "left", "10.70.1.2/24")
        try lab.addRoutes()
        try wait("an answer after the return") { $0.isAnswer }
        engine.stop()
        #expect(
            recorder.outcomes.allSatisfy { outcome in
                // A busy machine may spoil some itself.
                guard case .invalid(let reason) = outcome.result else { return true }
                return reason == .cancelled || reason == .overload
            }
        )
    }

    @Test(
        "a source that is not this host's yet is named, and mends itself when the address comes",
        arguments: [ProbeKind.icmpEcho, .tcpConnect, .stamp]
    )
    func sourceAppears(kind: ProbeKind) throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        let recorder = Recorder()
        let pin = Pin(source: IPAddress("10.70.1.77"))
        let pinned = try task(kind, lab.targetAddress, port: 9, pin: pin, timeout: .milliseconds(400))
        let engine = try lab.probe.inside { try ProbeEngine { recorder.take($0) } }
        engine.reconcile([pinned])
        let first = try recorder.wait(for: 3)
        #expect(first.allSatisfy { $0.result == .failed(.noRoute) }, "\(first)")
        #expect(first.allSatisfy { $0.detail?.message?.contains("10.70.1.77") == true })
        let isReached = { (outcome: Outcome) in
            switch kind {
            case .icmpEcho: outcome.isAnswer
            case .tcpConnect: outcome.result == .failed(.refused)
            case .stamp, .ike: outcome.result == .failed(.unreachablePort)
            }
        }
        for _ in 0..<2 {
            try lab.probe.run("ip", "address", "add", "10.70.1.77/24", "dev", "left")
            var seen = recorder.outcomes.count
            try eventually("an answer") { recorder.outcomes.dropFirst(seen).contains(where: isReached) ? true : nil }
            try lab.probe.run("ip", "address", "del", "10.70.1.77/24", "dev", "left")
            seen = recorder.outcomes.count
            try eventually("the loss of the address") {
                recorder.outcomes.dropFirst(seen).contains { $0.result == .failed(.noRoute) } ? true : nil
            }
        }
        engine.stop()
    }

    @Test("a SYN that was sent again is known, and the time is that from the first")
    func repeatedSYN() throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        let listener = try lab.target.inside {
            let socket = try Socket(.v4, .stream)
            try socket.bind(to: SocketAddress(.v4(IPv4Address(10, 70, 2, 1)), port: 8080))
            try socket.listen()
            return socket
        }
        try lab.drop("tcp dport 8080 tcp flags syn numgen inc mod 2 0", in: lab.target, hook: "input")
        let outcome = try once(task(.tcpConnect, lab.targetAddress, port: 8080, timeout: .seconds(3)), in: lab)
        #expect(outcome.detail?.retransmittedSYNs == 1)
        #expect((outcome.roundTrip ?? .zero) > .milliseconds(900))
        withExtendedLifetime(listener) {}
    }

    @Test("a pinned source is used, and its loss is named")
    func source() throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        let pinned = try task(.icmpEcho, lab.targetAddress, pin: Pin(source: IPAddress("10.70.3.1")))
        #expect(try once(pinned, in: lab).isAnswer)
        try lab.drop("ip saddr 10.70.3.1", in: lab.target, hook: "input")
        var short = pinned
        short.timeout = .milliseconds(60)
        #expect(try once(short, in: lab).result == .failed(.timeout))
        #expect(try once(task(.icmpEcho, lab.targetAddress), in: lab).isAnswer)
    }

    @Test("a routing mark chooses the route")
    func mark() throws {
        guard Self.canRun else { return }
        let lab = try RoutedLab()
        try lab.probe.run("ip", "rule", "add", "fwmark", "7", "lookup", "77")
        try lab.probe.run("ip", "route", "add", "prohibit", "default", "table", "77")
        for kind in [ProbeKind.icmpEcho, .tcpConnect, .stamp] {
            let marked = try task(kind, lab.targetAddress, port: 9, pin: Pin(mark: 7))
            let outcome = try once(marked, in: lab)
            #expect(
                outcome.result == .failed(.permission) || outcome.result == .failed(.adminProhibited),
                "\(kind): \(outcome)"
            )
        }
    }
}
