import Model
import TestSupport
import Testing

@Suite("netprobe serve --demo", .onOwnThread)
struct DemoTests {
    /// As an ordinary user where the test is root.
    private static var wrapper: [String] {
        guard Requirement.root.isMet else { return [] }
        return [
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
        ]
    }

    @Test("an ordinary user sees the circuit lost, the traffic on the VPN, and everything back, in forty seconds")
    func demo() throws {
        let netprobe = try RunningNetprobe(["--demo"], port: try TCP.freePort(), wrapper: Self.wrapper)
        defer { netprobe.process.destroy() }
        let started = Clock.now
        try netprobe.waitUntilReady()
        try netprobe.waitUntilLink(is: "protected", within: .seconds(9))
        try netprobe.waitUntil("CircuitLost is active", within: .seconds(13)) {
            $0.sum("netprobe_alert_active", ["alert": "CircuitLost"]) == 1
        }
        #expect((Clock.now - started).seconds > 9)
        let over = try netprobe.waitUntil("the traffic is on the VPN", within: .seconds(8)) {
            $0.linkState == "failed_over"
        }
        #expect(over.value("netprobe_link_active_tier") == 2)
        #expect(over.value("netprobe_link_failovers_total", ["from": "1", "to": "2"]) == 1)
        let outage = try #require(over.value("netprobe_link_last_outage_seconds"))
        #expect(outage > 2 && outage < 4)
        let back = try netprobe.waitUntil("the traffic is back", within: .seconds(25)) {
            $0.value("netprobe_link_active_tier") == 1 && $0.linkState == "protected"
        }
        #expect((Clock.now - started).seconds < 39)
        #expect(back.value("netprobe_link_failovers_total", ["from": "2", "to": "1"]) == 1)
        try netprobe.waitUntil("CircuitLost is over", within: .seconds(6)) {
            $0.sum("netprobe_alert_active", ["alert": "CircuitLost"]) == 0
        }
        let log = netprobe.log.lowercased()
        for word in ["circuitlost", "vpn", "outage"] { #expect(log.contains(word), "the log tells of \(word)") }
    }
}
