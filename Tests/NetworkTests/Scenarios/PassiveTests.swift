import Glibc
import TestSupport
import Testing

extension NetworkTests {
    @Suite("capture in serve")
    struct PassiveTests {
        private static let capture = "capture: {interfaces: [e1, e2, tap9], flows: 4096}"
        private static let workload = ["target": "tcp://10.1.0.4:443", "role": "workload"]

        @Test("our own handshakes have the wire's stamps, and are round trips of the path that they crossed")
        func ownProbes() throws {
            guard labIsPossible() else { return }
            let change: (inout LabConfiguration) -> Void = { configuration in
                configuration.more = Self.capture
                configuration.through = ["tcp://10.1.0.4:443"]
                configuration.workloads = ["icmp://10.1.0.5"]
            }
            try Scenario.run(change) { scenario in
                let count = "netprobe_tcp_handshake_rtt_seconds_count"
                let metrics = try scenario.netprobe.waitUntil("handshakes of both connections", within: .seconds(15)) {
                    metrics in
                    ["e1", "e2"].allSatisfy { metrics.sum(count, ["interface": $0]) >= 20 }
                }
                for (interface, path) in [("e1", "kr-er-01/primary"), ("e2", "kr-er-01/secondary")] {
                    let labels = ["interface": interface, "path": path]
                    let seen = metrics.sum(count, labels)
                    #expect(metrics.sum(count, ["interface": interface]) == seen)
                    #expect((metrics.value("netprobe_capture_packets_total", labels) ?? 0) > 40)
                    #expect(metrics.value("netprobe_capture_dropped_total", labels) == 0)
                    // What the probes measured is what the interface showed, but for the first before it was open and the
                    // last on their way to be counted.
                    let probes = metrics.sum("netprobe_probe_rtt_seconds_count", ["path": path, "role": "through"])
                    #expect(abs(probes - seen) <= 10, "\(interface): \(probes) probes, \(seen) handshakes")
                }
                // The VPN's interface is not captured, and the metric says so.
                let clocks = metrics.all("netprobe_probe_clock_info", ["role": "through"]).filter { $0.value == 1 }
                #expect(
                    Dictionary(clocks.map { ($0.labels["path"], $0.labels["clock"]) }) { first, _ in first } == [
                        "kr-er-01/primary": "capture", "kr-er-01/secondary": "capture", "kr-vpn": "kernel",
                    ]
                )
                // No SYN is sent again, unless a probe was lost on a machine that stood still: the next one meets its connection.
                let spoiled = metrics.sum("netprobe_probe_failures_total") + metrics.sum("netprobe_probe_invalid_total")
                #expect(metrics.sum("netprobe_probe_retransmitted_segments_total") <= spoiled)
            }
        }

        @Test(
            "a segment of somebody's connection that is dropped and sent again is counted, and the connection's round trips"
        )
        func otherPeople() throws {
            guard labIsPossible() else { return }
            try Scenario.run({ ($0.more, $0.workloads) = (Self.capture, ["icmp://10.1.0.5"]) }) { scenario in
                // The first segment with data never arrives, its copy does.
                let rules = """
                    table ip lossy {
                        chain c {
                            type filter hook prerouting priority -300
                            tcp dport 8080 tcp flags & psh == psh numgen inc mod 2 == 0 drop
                        }
                    }

                    """
                try scenario.network.vnet.run("nft", "-f", "-", input: rules)
                let server = try Echo(inside: scenario.network.vnet, address: "10.1.0.4", port: 8080)
                defer { server.stop() }
                #expect(try Echo.ask(inside: scenario.network.host, "10.1.0.4", port: 8080))
                // The copy and what follows it may come in two batches of the interface.
                let metrics = try scenario.netprobe.waitUntil("a retransmission and a round trip are seen") {
                    $0.sum("netprobe_tcp_retransmitted_segments_total") > 0
                        && $0.sum("netprobe_tcp_rtt_seconds_count") > 0
                }
                let again = metrics.all("netprobe_tcp_retransmitted_segments_total").filter { $0.value > 0 }
                #expect(again.count == 1 && again[0].value == 1)
                #expect(["kr-er-01/primary", "kr-er-01/secondary"].contains(again[0].labels["path"]))
                let path = ["path": again[0].labels["path"] ?? ""]
                #expect(metrics.sum("netprobe_tcp_handshake_rtt_seconds_count", path) == 1)
                #expect(
                    metrics.sum("netprobe_tcp_rtt_seconds_count") == metrics.sum("netprobe_tcp_rtt_seconds_count", path)
                )
                // Whatever was sent twice is timed from its copy or not at all: no delay of the repair is a round trip.
                #expect(metrics.sum("netprobe_tcp_rtt_seconds_sum", path) < 0.2)
            }
        }

        @Test("an interface that is missing, comes, goes and comes again is captured while it is there")
        func comesAndGoes() throws {
            guard labIsPossible() else { return }
            try Scenario.run({ ($0.more, $0.workloads) = (Self.capture, ["icmp://10.1.0.5"]) }) { scenario in
                let (host, lan) = (scenario.network.host, scenario.network.lan)
                #expect(scenario.netprobe.log.contains("tap9"))
                for round in 1...2 {
                    try Shell.run(
                        ["ip", "link", "add", "tap9", "netns", host.name, "type", "veth"]
                            + ["peer", "name", "tap9p", "netns", lan.name]
                    )
                    try LabNamespaces.configure(host, ["address add 10.77.0.1/30 dev tap9", "link set tap9 up"])
                    try LabNamespaces.configure(lan, ["address add 10.77.0.2/30 dev tap9p", "link set tap9p up"])
                    try eventually("tap9 is captured") {
                        let told = scenario.netprobe.log.split(separator: "\n").count {
                            $0.contains("tap9 is captured")
                        }
                        return told == round ? true : nil
                    }
                    let server = try Echo(inside: lan, address: "10.77.0.2", port: 8080)
                    defer { server.stop() }
                    #expect(try Echo.ask(inside: host, "10.77.0.2", port: 8080))
                    try scenario.netprobe.waitUntil("its handshake is seen") {
                        $0.value("netprobe_tcp_handshake_rtt_seconds_count", ["interface": "tap9", "path": ""])
                            == Double(round)
                    }
                    try LabNamespaces.configure(host, ["link delete tap9"])
                    try eventually("its end is told") {
                        let told = scenario.netprobe.log.split(separator: "\n").count {
                            $0.contains("tap9 is not captured")
                        }
                        return told >= round ? true : nil
                    }
                }
                #expect(scenario.netprobe.process.ending == nil)
            }
        }

        @Test("a reload takes another interface in and lets one go; what stays counts on")
        func reload() throws {
            guard labIsPossible() else { return }
            func change(_ interfaces: String) -> (inout LabConfiguration) -> Void {
                return { configuration in
                    configuration.more = "capture: {interfaces: [\(interfaces)]}"
                    configuration.through = ["tcp://10.1.0.4:443"]
                    configuration.workloads = ["icmp://10.1.0.5"]
                }
            }
            try Scenario.run(change("e1, vpn0")) { scenario in
                func packets(_ metrics: Exposition, _ interface: String) -> Double? {
                    metrics.value("netprobe_capture_packets_total", ["interface": interface])
                }
                let before = try scenario.netprobe.waitUntil("both count") {
                    (packets($0, "e1") ?? 0) > 20 && (packets($0, "vpn0") ?? 0) > 20
                }
                try scenario.rewriteConfiguration(scenario.configuration(change("e1, e2")))
                #expect(try scenario.netprobe.post("/-/reload").status == 200)
                let after = try scenario.netprobe.waitUntil("the new one counts") { (packets($0, "e2") ?? 0) > 20 }
                #expect((packets(after, "e1") ?? 0) > (packets(before, "e1") ?? 0))
                #expect(packets(after, "vpn0") == nil)
                let opened = scenario.netprobe.log.split(separator: "\n").count { $0.contains("e1 is captured") }
                #expect(opened == 1, "what stays is not opened again")
            }
        }

        @Test("packets that this host was too slow for are counted and alerted as that, and nothing is lost by them")
        func drops() throws {
            guard labIsPossible() else { return }
            try Scenario.run({ $0.more = "capture: {interfaces: [e1]}" }) { scenario in
                try scenario.network.host.run(
                    "nft",
                    "-f",
                    "-",
                    input:
                        "table ip flood { chain c { type filter hook prerouting priority -300; udp dport 4500 drop; }; }\n"
                )
                scenario.netprobe.process.signal(SIGSTOP)
                defer { scenario.netprobe.process.signal(SIGCONT) }
                // More than the kernel's ring holds.
                try Flood.send(400_000, from: scenario.network.edge1, to: "172.16.0.1", port: 4500)
                scenario.netprobe.process.signal(SIGCONT)
                try scenario.netprobe.waitUntil("drops are counted", within: .seconds(10)) {
                    $0.sum("netprobe_capture_dropped_total", ["interface": "e1"]) > 0
                }
                try scenario.receiver.firing("CaptureDropping")
                let metrics = try scenario.netprobe.waitUntilLink(is: "protected")
                #expect(metrics.sum("netprobe_esp_lost_packets_total") == 0)
                #expect(scenario.receiver.everFired.isDisjoint(with: ["CircuitLost", "RedundancyLost", "LinkDown"]))
            }
        }

        @Test("without the privilege nothing is captured, the log says what to grant, and the kernel's stamps stay")
        func unprivileged() throws {
            guard labIsPossible() else { return }
            let before: (HybridNetwork, TemporaryFolder) throws -> Void = { network, _ in
                try network.host.run("sysctl", "-q", "-w", "net.ipv4.ping_group_range=0 2147483647")
            }
            try Scenario.prepared(wrapper: PrivilegeTests.nobody, before: before, { $0.more = Self.capture }) {
                scenario in
                try scenario.netprobe.waitUntilReady()
                let metrics = try scenario.netprobe.waitUntil("handshakes have stamps") { metrics in
                    metrics.all("netprobe_probe_clock_info", Self.workload).contains { $0.value == 1 }
                }
                let clocks = metrics.all("netprobe_probe_clock_info", Self.workload).filter { $0.value == 1 }
                #expect(clocks.map { $0.labels["clock"] } == ["kernel"])
                #expect(scenario.netprobe.log.contains("e1 is not captured: capturing needs the privilege CAP_NET_RAW"))
                #expect(metrics.sum("netprobe_capture_packets_total") == 0)
            }
        }
    }
}

/// UDP as fast as it goes.
private enum Flood {
    static func send(_ count: Int, from namespace: Namespace, to address: String, port: UInt16) throws {
        try namespace.inside {
            let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            defer { close(descriptor) }
            var target = sockaddr_in()
            target.sin_family = sa_family_t(AF_INET)
            target.sin_port = port.bigEndian
            inet_pton(AF_INET, address, &target.sin_addr)
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let payload = [UInt8](repeating: 0, count: 400)
            withUnsafePointer(to: &target) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    for _ in 0..<count { sendto(descriptor, payload, payload.count, 0, address, size) }
                }
            }
        }
    }
}

/// A TCP service that says everything twice, and who asks it.
private final class Echo: Sendable {
    private let descriptor: Int32

    init(inside namespace: Namespace, address: String, port: UInt16) throws {
        let descriptor = try namespace.inside { try TCP.listen(on: address, port: port) }
        self.descriptor = descriptor
        Thread.detach {
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 || errno == EINTR || errno == ECONNABORTED else { return }
                guard connection >= 0 else { continue }
                if let question = TCP.receive(connection) { TCP.send(question, to: connection) }
                close(connection)
            }
        }
    }

    /// Whether the answer is the question.
    static func ask(inside namespace: Namespace, _ address: String, port: UInt16) throws -> Bool {
        let descriptor = try namespace.inside { try TCP.connect(to: address, port: port) }
        defer { close(descriptor) }
        let question = Array("is anybody there".utf8)
        TCP.send(question, to: descriptor)
        return TCP.receive(descriptor) == question
    }

    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
