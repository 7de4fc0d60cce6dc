import Glibc
import Model
import TestSupport
import Testing
import Wire

@testable import Traceroute

/// A host with two next hops to one target; needs root.
private final class Fork: Sendable {
    let names: [String]
    let host: Namespace
    let targets = ["10.78.9.2", "fd78:9::2"]

    init(hashesPorts: Bool) throws {
        let prefix = "frk-\(getpid())-\(UInt16.random(in: 0...UInt16.max))-"
        names = ["host", "left", "right", "far"].map { prefix + $0 }
        host = Namespace(names[0])
        do {
            for name in names {
                try Shell.run("ip", "netns", "add", name)
                try Shell.run("ip", "-n", name, "link", "set", "lo", "up")
                let policy = hashesPorts ? 1 : 0
                try Namespace(name).run(
                    "sysctl",
                    "-qw",
                    "net.ipv4.ip_forward=1",
                    "net.ipv6.conf.all.forwarding=1",
                    "net.ipv4.conf.all.rp_filter=0",
                    "net.ipv4.conf.default.rp_filter=0",
                    "net.ipv4.icmp_ratelimit=0",
                    "net.ipv6.icmp.ratelimit=0",
                    "net.ipv6.conf.default.accept_dad=0",
                    "net.ipv6.conf.all.accept_dad=0",
                    "net.ipv4.fib_multipath_hash_policy=\(policy)",
                    "net.ipv6.fib_multipath_hash_policy=\(policy)"
                )
            }
            for (side, number) in [(1, 1), (2, 2)] {
                try link(0, side, number, device: "out\(side)")
                try link(side, 3, number + 2, device: "far")
                for (family, target, near) in [("-4", "10.78.9.2/32", "10.78"), ("-6", "fd78:9::2/128", "fd78")] {
                    let far = near == "fd78" ? "fd78:\(number + 2)::2" : "10.78.\(number + 2).2"
                    try Shell.run("ip", family, "-n", names[side], "route", "add", target, "via", far)
                    let back = near == "fd78" ? "fd78:\(number + 2)::1" : "10.78.\(number + 2).1"
                    let net = near == "fd78" ? "fd78:\(number)::/64" : "10.78.\(number).0/30"
                    try Shell.run("ip", family, "-n", names[3], "route", "add", net, "via", back)
                }
            }
            try Shell.run("ip", "-n", names[3], "address", "add", "10.78.9.2/32", "dev", "lo")
            try Shell.run("ip", "-n", names[3], "address", "add", "fd78:9::2/128", "dev", "lo", "nodad")
            // One source on both ways, to which each router has a way back of its own.
            try Shell.run("ip", "-n", names[0], "address", "add", "fd78:8::1/128", "dev", "lo", "nodad")
            for (name, back) in [(names[1], "fd78:1::1"), (names[2], "fd78:2::1"), (names[3], "fd78:3::1")] {
                try Shell.run("ip", "-6", "-n", name, "route", "add", "fd78:8::1/128", "via", back)
            }
            for (family, target, source, left, right) in [
                ("-4", "10.78.9.2/32", [], "10.78.1.2", "10.78.2.2"),
                ("-6", "fd78:9::2/128", ["src", "fd78:8::1"], "fd78:1::2", "fd78:2::2"),
            ] {
                let hops = ["nexthop", "via", left, "dev", "out1", "nexthop", "via", right, "dev", "out2"]
                try Shell.run(["ip", family, "-n", names[0], "route", "add", target] + source + hops)
            }
        } catch {
            remove()
            throw error
        }
    }

    private func link(_ near: Int, _ far: Int, _ number: Int, device: String) throws {
        let peer = "in\(number)"
        try Shell.run(
            "ip",
            "-n",
            names[near],
            "link",
            "add",
            device,
            "type",
            "veth",
            "peer",
            "name",
            peer,
            "netns",
            names[far]
        )
        for (name, device, end) in [(names[near], device, 1), (names[far], peer, 2)] {
            try Shell.run("ip", "-n", name, "address", "add", "10.78.\(number).\(end)/30", "dev", device)
            try Shell.run("ip", "-n", name, "address", "add", "fd78:\(number)::\(end)/64", "dev", device, "nodad")
            try Shell.run("ip", "-n", name, "link", "set", device, "up")
        }
    }

    /// Both next hops resolve, and the routers answer.
    func settle(_ target: String) throws {
        for _ in 0..<50 {
            let isAnswered = try (1...2).allSatisfy { side in
                let near = target.contains(":") ? "fd78:\(side)::2" : "10.78.\(side).2"
                let request = TraceRequest(target: near, plan: TracePlan(count: 1, maxHops: 1), resolvesNames: false)
                return try host.inside { try trace(request) }.distance == 1
            }
            let request = TraceRequest(target: target, plan: TracePlan(count: 1, maxHops: 5), resolvesNames: false)
            let report = try host.inside { try trace(request) }
            if isAnswered, report.distance == 2, report.hops.first?.responders.isEmpty == false { return }
            usleep(100_000)
        }
    }

    func remove() {
        for name in names { _ = try? Shell.run("ip", "netns", "delete", name) }
    }
}

@Suite("Trace from a host with two next hops", .serialized, .onOwnThread)
struct TracingForkTests {
    @Test("the route that is told is the one that the packets took, by every protocol", arguments: [true, false])
    func route(hashesPorts: Bool) throws {
        guard Requirement.met(.root, .program("ip", package: "iproute2")) else { return }
        let fork = try Fork(hashesPorts: hashesPorts)
        defer { fork.remove() }
        for target in fork.targets {
            try fork.settle(target)
            for wire in TraceRequest.TraceProtocol.allCases {
                let ports: [UInt16?] = wire == .icmp ? [nil] : (1...6).map { UInt16(4_000 + $0 * 13) }
                for port in ports {
                    let request = TraceRequest(
                        target: target,
                        protocol: wire,
                        port: port,
                        // ICMP errors have a limit that all namespaces share.
                        plan: TracePlan(count: 3, maxHops: 5),
                        resolvesNames: false
                    )
                    let report = try fork.host.inside { try trace(request) }
                    guard case .route(let interface, let gateway?, let source?)? = report.route?.verdict else {
                        Issue.record("no route to \(target)")
                        continue
                    }
                    let which: Comment = "\(wire) to \(target) port \(port ?? 0): \(report.hops)"
                    #expect(report.hops.first?.responders.map(\.address) == [gateway], which)
                    #expect(report.interface == interface && report.source == source, which)
                    #expect(report.hops.allSatisfy { $0.translation == nil }, which)
                    #expect(report.distance == 2, which)
                    if target.contains(":") { #expect(source == ip("fd78:8::1"), which) }
                }
            }
        }
    }

    @Test("packets that are handed to a router of one's choice take its way, whatever the routing table says")
    func nextHop() throws {
        guard Requirement.met(.root, .program("ip", package: "iproute2")) else { return }
        let fork = try Fork(hashesPorts: true)
        defer { fork.remove() }
        for target in fork.targets {
            try fork.settle(target)
            for side in 1...2 {
                let router = ip(target.contains(":") ? "fd78:\(side)::2" : "10.78.\(side).2")
                var request = TraceRequest(
                    target: target,
                    findsMTU: true,
                    plan: TracePlan(count: 3, maxHops: 5, flows: .fixed(4)),
                    resolvesNames: false
                )
                request.nextHop = router
                let report = try fork.host.inside { [request] in try trace(request) }
                #expect(report.hops.first?.responders.map(\.address) == [router], "\(report.hops)")
                #expect(report.distance == 2 && report.statistics.received == 12 && report.mtu?.bytes == 1500)
                guard case .route(let interface, let gateway?, _)? = report.route?.verdict else {
                    Issue.record("no route to \(target)")
                    continue
                }
                #expect(gateway == router && interface == "out\(side)")
            }
        }
    }
}
