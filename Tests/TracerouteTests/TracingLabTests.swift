import Glibc
import Model
import Sockets
import Synchronization
import TestSupport
import Testing
import Traceroute
import Wire

/// Four namespaces in a row, made and removed by the test; needs root.
private final class TracedChain: Sendable {
    let namespaces: [Namespace]
    let names: [String]
    let target = "10.77.3.2"
    var hops: [String] { (1...3).map { "10.77.\($0).2" } }

    init() throws {
        let prefix = "trc-\(getpid())-\(UInt16.random(in: 0...UInt16.max))-"
        names = (0...3).map { prefix + "\($0)" }
        namespaces = names.map { Namespace($0) }
        do {
            for name in names { try Shell.run("ip", "netns", "add", name) }
            for (name, namespace) in zip(names, namespaces) {
                try Shell.run("ip", "-n", name, "link", "set", "lo", "up")
                try namespace.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.icmp_ratelimit=0")
            }
            for link in 1...3 {
                let (near, far) = (names[link - 1], names[link])
                try Shell.run(
                    "ip",
                    "-n",
                    near,
                    "link",
                    "add",
                    "far",
                    "type",
                    "veth",
                    "peer",
                    "name",
                    "near",
                    "netns",
                    far
                )
                try Shell.run("ip", "-n", near, "address", "add", "10.77.\(link).1/30", "dev", "far")
                try Shell.run("ip", "-n", far, "address", "add", "10.77.\(link).2/30", "dev", "near")
                try Shell.run("ip", "-n", near, "link", "set", "far", "up")
                try Shell.run("ip", "-n", far, "link", "set", "near", "up")
            }
            for position in 0...3 {
                if position < 3 {
                    try Shell.run(
                        "ip",
                        "-n",
                        names[position],
                        "route",
                        "add",
                        "default",
                        "via",
                        "10.77.\(position + 1).2"
                    )
                }
                for link in 1..<max(position, 1) {
                    let back = "10.77.\(position).1"
                    try Shell.run("ip", "-n", names[position], "route", "add", "10.77.\(link).0/30", "via", back)
                }
            }
        } catch {
            remove()
            throw error
        }
    }

    func remove() {
        for name in names { _ = try? Shell.run("ip", "netns", "delete", name) }
    }

    func report(_ request: TraceRequest) throws -> TraceReport {
        try namespaces[0].inside { try trace(request) }
    }
}

@Suite("Trace through namespaces", .serialized, .onOwnThread)
struct TracingLabTests {
    private func isPossible() -> Bool {
        Requirement.met(.root, .program("ip", package: "iproute2"), .program("nft", package: "nftables"))
    }

    @Test("every hop is found with all its answers, by the kernel's clock")
    func chain() throws {
        guard isPossible() else { return }
        let chain = try TracedChain()
        defer { chain.remove() }
        let report = try chain.report(
            TraceRequest(target: chain.target, plan: TracePlan(count: 3), resolvesNames: false)
        )
        #expect(report.hops.map { $0.responders.map(\.address.description) } == chain.hops.map { [$0] })
        #expect(report.hops.allSatisfy { $0.statistics.sent == 3 && $0.statistics.received == 3 })
        #expect(report.distance == 3 && report.exitStatus == 0)
        #expect(report.strays == 0 && report.duplicates == 0)
        #expect(report.source == ip("10.77.1.1") && report.interface == "far")
    }

    @Test("a refusal, a silent target and a missing route end with 1 and their reason")
    func failures() throws {
        guard isPossible() else { return }
        let chain = try TracedChain()
        defer { chain.remove() }
        let plan = TracePlan(count: 1, maxHops: 5)
        let reject = """
            table ip cut { chain c { type filter hook forward priority 0; \
            ip daddr 10.77.3.2 reject with icmp type admin-prohibited; }; }

            """
        try chain.namespaces[1].run("nft", "-f", "-", input: reject)
        let refused = try chain.report(TraceRequest(target: chain.target, plan: plan, resolvesNames: false))
        #expect(refused.hops.last?.answer == .unreachable(.adminProhibited) && refused.exitStatus == 1)
        try chain.namespaces[1].run("nft", "delete", "table", "ip", "cut")

        let drop = "table ip cut { chain c { type filter hook input priority 0; icmp type echo-request drop; }; }\n"
        try chain.namespaces[3].run("nft", "-f", "-", input: drop)
        let silent = try chain.report(TraceRequest(target: chain.target, plan: plan, resolvesNames: false))
        #expect(silent.hops.count == 2 && silent.distance == nil && silent.exitStatus == 1)

        try Shell.run("ip", "-n", chain.names[0], "route", "delete", "default")
        let lost = try chain.report(TraceRequest(target: "192.0.2.1", plan: plan, resolvesNames: false))
        #expect(lost.verdict.layer == .host && lost.hops.isEmpty && lost.statistics.sent == 0)
    }

    @Test("two traces to one port at the same time have source ports of their own, and lose nothing to each other")
    func together() throws {
        guard isPossible() else { return }
        let chain = try TracedChain()
        defer { chain.remove() }
        for wire in [TraceRequest.TraceProtocol.tcp, .udp] {
            let request = TraceRequest(
                target: chain.target,
                protocol: wire,
                plan: TracePlan(count: 5, flows: .fixed(2)),
                resolvesNames: false
            )
            let reports = Mutex<[TraceReport]>([])
            let namespace = chain.namespaces[0]
            let threads = try (0..<3).map { _ in
                try DedicatedThread(name: "trace") {
                    if let report = try? namespace.inside({ try trace(request) }) {
                        reports.withLock { $0.append(report) }
                    }
                }
            }
            for thread in threads { thread.join() }
            let all = reports.withLock { $0 }
            let ports = all.flatMap { $0.flows.compactMap(\.sourcePort) }
            #expect(all.count == 3 && Set(ports).count == 6)
            #expect(all.allSatisfy { $0.statistics.received == 10 })
            #expect(all.count { !$0.blindness.isEmpty } == 2)
        }
    }

    @Test("in session, a target that ends each connection at once is asked by SYN, and is reached without loss")
    func brief() throws {
        guard isPossible() else { return }
        let chain = try TracedChain()
        defer { chain.remove() }
        let listener = try chain.namespaces[3].inside { try TCP.listen(on: "0.0.0.0", port: 7443) }
        let server = try DedicatedThread(name: "brief") {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                close(connection)
            }
        }
        defer {
            shutdown(listener, Int32(SHUT_RDWR))
            server.join()
            close(listener)
        }
        for _ in 0..<5 {
            var request = TraceRequest(
                target: "tcp://\(chain.target):7443",
                plan: TracePlan(count: 5),
                resolvesNames: false
            )
            request.isInSession = true
            let report = try chain.report(request)
            #expect(report.distance == 3 && report.statistics.loss == 0, "\(report.verdict)")
            #expect(report.verdict.status == .reached)
            #expect(report.blindness.first?.contains("accepts connections and ends them") == true)
        }
    }

    @Test("a link-local target is traced over its zone or interface, by every protocol")
    func linkLocal() throws {
        guard isPossible() else { return }
        let chain = try TracedChain()
        defer { chain.remove() }
        try Shell.run("ip", "-n", chain.names[1], "address", "add", "fe80::77/64", "dev", "near", "nodad")
        try Shell.run("ip", "-n", chain.names[0], "address", "add", "fe80::76/64", "dev", "far", "nodad")
        for wire in TraceRequest.TraceProtocol.allCases {
            for (target, interface) in [("fe80::77%far", nil), ("fe80::77", "far")] {
                let plan = TracePlan(count: 2, maxHops: 3)
                let request = TraceRequest(
                    target: target,
                    protocol: wire,
                    plan: plan,
                    interface: interface,
                    resolvesNames: false
                )
                let report = try chain.report(request)
                #expect(report.distance == 1 && report.interface == "far", "\(wire): \(report.verdict)")
            }
        }
    }

    @Test("an address that no host can have is not sent to, by a name neither; nor a broadcast address")
    func noHost() throws {
        guard isPossible() else { return }
        let chain = try TracedChain()
        defer { chain.remove() }
        func failure(_ target: String, _ wire: TraceRequest.TraceProtocol = .icmp) throws -> TraceError? {
            do throws(any Error) {
                _ = try chain.report(TraceRequest(target: target, protocol: wire, resolvesNames: false))
                return nil
            } catch {
                return error as? TraceError
            }
        }
        for target in ["224.0.0.5", "0.0.0.0", "255.255.255.255", "ff02::1", "::", "fe80::77", "0xe0000001"] {
            #expect(try failure(target)?.exitStatus == 64, "\(target)")
        }
        for wire in TraceRequest.TraceProtocol.allCases {
            #expect(try failure("10.77.1.3", wire)?.exitStatus == 65, "\(wire)")
        }
    }

    @Test("a cancelled trace reports what there is")
    func cancelled() throws {
        guard isPossible() else { return }
        let cancellation = try TraceCancellation()
        cancellation.cancel()
        let report = try trace(
            TraceRequest(target: "127.0.0.1", plan: TracePlan(count: 2000)),
            cancellation: cancellation
        )
        #expect(report.isCancelled && report.rounds <= 1)
    }

    @Test("what cannot be asked is an error with its exit status")
    func errors() {
        func status(_ request: TraceRequest) -> Int32? {
            do throws(TraceError) {
                _ = try trace(request)
                return nil
            } catch {
                return error.exitStatus
            }
        }
        #expect(status(TraceRequest(target: "https://10.0.0.1")) == 64)
        #expect(status(TraceRequest(target: "")) == 64)
        #expect(status(TraceRequest(target: "::1", family: .v4)) == 64)
        #expect(status(TraceRequest(target: "127.0.0.1", plan: TracePlan(count: 0))) == 64)
        #expect(status(TraceRequest(target: "no-such-host.invalid")) == 69)
    }
}
