import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    @Suite("what the customer edge's interfaces show")
    struct PassiveTests {
        private static func observe(_ configuration: inout SiteConfiguration) {
            configuration.vantage = .customerEdge
            configuration.capture = ["er1", "er2", "wan", "ipsec0"]
            configuration.bfd = "observe"
        }

        @Test("handshakes of each connection take the time of its wire, and so say our own probes")
        func roundTrips() throws {
            guard labIsPossible() else { return }
            let change: (inout SiteConfiguration) -> Void = { configuration in
                Self.observe(&configuration)
                configuration.flows = SiteConfiguration.spreadFlows
            }
            try Watch.run(change) { watch in
                let count = "netprobe_tcp_handshake_rtt_seconds_count"
                let metrics = try watch.netprobe.waitUntil("both connections carry handshakes", within: .seconds(20)) {
                    metrics in
                    ["er1", "er2"].allSatisfy { metrics.sum(count, ["interface": $0]) >= 30 }
                }
                for (interface, path) in [("er1", "kr-er-01/primary"), ("er2", "kr-er-01/secondary")] {
                    let labels = ["interface": interface, "path": path]
                    let mean =
                        metrics.sum("netprobe_tcp_handshake_rtt_seconds_sum", labels) / metrics.sum(count, labels)
                    // The wire takes 1 ms each way; the rest is this machine's, which others use too.
                    #expect(mean >= 0.002 && mean < 0.02, "\(interface): \(mean)")
                }
                let clocks = metrics.all("netprobe_probe_clock_info", ["target": "tcp://10.1.0.4:443"])
                #expect(clocks.filter { $0.value == 1 }.allSatisfy { $0.labels["clock"] == "capture" })
                #expect(!clocks.isEmpty && watch.alarms.isEmpty, "\(watch.alarms)")
            }
        }

        @Test("ESP that the wire drops on its way from the gateway is counted, packet by packet")
        func lostESP() throws {
            guard labIsPossible() else { return }
            try Watch.run(Self.observe) { watch in
                let way = ["path": "kr-vpn", "direction": "backward"]
                let start = Clock.now
                try watch.lab.wires.set("wan", .back, ["loss=0.25", "delay_us=4000"])
                try watch.netprobe.waitUntil("losses are seen", within: .seconds(30)) {
                    $0.sum("netprobe_esp_lost_packets_total", way) >= 20
                }
                try watch.lab.wires.set("wan", .back, ["loss=0", "delay_us=4000"])
                // The next packet shows the last gap, and a second later nothing can come late any more.
                Thread.sleep(.seconds(3))
                let metrics = try watch.netprobe.metrics()
                let dropped = try Ledger(of: watch.lab.wires, since: start).dropped(on: "wan", direction: 1)
                let tunnel = dropped.count { $0.protocolNumber == 17 && $0.kind == 4500 }
                let counted = Int(metrics.sum("netprobe_esp_lost_packets_total", way))
                // IKE's own packets are few, and have no ESP number.
                #expect(counted <= tunnel && counted >= tunnel - 3, "\(counted) of \(tunnel)")
                #expect(metrics.sum("netprobe_esp_lost_packets_total", ["direction": "forward"]) == 0)
            }
        }

        @Test("BFD is seen up, and a cut takes the path down by it before three probes of a second are lost")
        func bfd() throws {
            guard labIsPossible() else { return }
            let change: (inout SiteConfiguration) -> Void = { configuration in
                Self.observe(&configuration)
                (configuration.interval, configuration.timeout) = ("1s", "800ms")
            }
            try Watch.run(change) { watch in
                func state(_ metrics: Exposition, _ path: String) -> [String?] {
                    metrics.all("netprobe_bfd_session_state", ["path": path]).filter { $0.value == 1 }
                        .map { $0.labels["state"] }
                }
                try watch.netprobe.waitUntil("both sessions are up") { metrics in
                    ["kr-er-01/primary", "kr-er-01/secondary"].allSatisfy { state(metrics, $0) == ["up"] }
                }
                try watch.lab.cut("er1")
                let metrics = try watch.netprobe.waitUntil("the session is down, and the path with it") {
                    state($0, "kr-er-01/primary") == ["down"] && $0.pathState("kr-er-01/primary") == "down"
                }
                let fall = "path kr-er-01/primary of \(Watch.link) is down (was up): "
                #expect(watch.netprobe.log.contains(fall + "BFD says that the session is down"))
                #expect(state(metrics, "kr-er-01/secondary") == ["up"])
                try watch.lab.mend("er1")
                try watch.netprobe.waitUntil("it is up again", within: .seconds(20)) {
                    state($0, "kr-er-01/primary") == ["up"] && $0.pathState("kr-er-01/primary") == "up"
                }
            }
        }
    }
}
