import Glibc
import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    @Suite("kills, stops and reloads in an outage")
    struct ProgramTests {
        /// At twenty moments of the outage, from before the alert to after the failover; at six of the wait to restore, the last
        /// just before its end; while the end is being told, and right after.
        @Test("killed at any moment of an outage, it loses no alert, invents none, and keeps their beginnings")
        func killed() throws {
            guard labIsPossible() else { return }
            let wait = Duration.seconds(5)
            try Watch.run({ $0.waitToRestore = "5s" }) { watch in
                func kill() throws {
                    watch.netprobe.process.signal(SIGKILL)
                    try watch.netprobe.process.waitForEnd()
                }
                func killOnce(_ moment: Int) throws {
                    Thread.sleep(.milliseconds(100 + 130 * (moment % 4)))
                    try kill()
                    try watch.startAgain()
                }
                func ends() -> [ReceivedAlert] {
                    watch.receiver.alerts.filter { $0.name == "CircuitLost" && $0.isResolved }
                }
                func waitUntilUp() throws {
                    try watch.netprobe.waitUntil("a connection is up", within: .seconds(30)) { metrics in
                        ["primary", "secondary"].contains {
                            ["up", "drained"].contains(metrics.pathState("kr-er-01/\($0)"))
                        }
                    }
                }
                try watch.lab.cut("er1", "er2")
                for moment in 0..<20 { try killOnce(moment) }
                try watch.receiver.firing("CircuitLost", within: .seconds(10))
                try watch.netprobe.waitUntilLink(is: "failed_over", within: .seconds(20))
                try watch.receiver.firing("FailedOver", within: .seconds(10))
                try watch.lab.mend("er1", "er2")
                for moment in 0..<5 { try killOnce(moment) }
                try waitUntilUp()
                Thread.sleep(wait + .milliseconds(-200))
                try kill()
                #expect(ends().isEmpty, "its wait to restore has not ended")

                // The receiver has it and has not said so.
                watch.receiver.behaviour = .delay(.milliseconds(500))
                try watch.startAgain()
                try waitUntilUp()
                try watch.receiver.resolved("CircuitLost", within: .seconds(20))
                try kill()
                watch.receiver.behaviour = .accept
                let told = ends().count
                try watch.startAgain()
                try eventually("the end is told again", within: .seconds(10), every: .milliseconds(2)) {
                    () throws -> Bool? in
                    ends().count > told ? true : nil
                }
                try kill()
                try watch.startAgain()

                try watch.netprobe.waitUntilLink(is: "protected", within: .seconds(40))
                try watch.receiver.resolved("FailedOver", within: .seconds(20))
                try eventually("nothing fires any more", within: .seconds(20)) { () throws -> Bool? in
                    watch.receiver.firing.subtracting(["Overloaded"]) == ["Watchdog"] ? true : nil
                }
                #expect(watch.alarms.isSubset(of: Watch.ofACut), "\(watch.alarms)")
                Self.expectBeginningsKept(watch.receiver.alerts)
                let ofTheCircuit = watch.receiver.alerts.filter { $0.name == "CircuitLost" }
                let all = ofTheCircuit.map { "\($0.startsAt)\($0.isResolved ? " resolved" : "")" }
                #expect(Set(ofTheCircuit.map(\.startsAt)).count == 1, "\(all)")
                let firingAgain = ofTheCircuit.drop { !$0.isResolved }.filter { !$0.isResolved }
                #expect(firingAgain.isEmpty, "\(all)")
            }
        }

        /// Of each alert: another `startsAt` only after its end was told, and the end with the `startsAt` of its beginning.
        private static func expectBeginningsKept(_ alerts: [ReceivedAlert]) {
            for (labels, told) in Dictionary(grouping: alerts, by: \.labels) {
                for (earlier, later) in zip(told, told.dropFirst()) where !earlier.isResolved {
                    let all = told.map { "\($0.startsAt)\($0.isResolved ? " resolved" : "")" }
                    #expect(later.startsAt == earlier.startsAt, "\(labels): \(all)")
                }
            }
        }

        @Test("stopped for ten seconds it invents no outage")
        func stopped() throws {
            guard labIsPossible() else { return }
            try Watch.run { watch in
                watch.netprobe.process.signal(SIGSTOP)
                Thread.sleep(.seconds(10))
                watch.netprobe.process.signal(SIGCONT)
                let metrics = try watch.netprobe.waitUntil("the blind time is told") {
                    $0.sum("netprobe_link_blind_seconds_total") > 9
                }
                try watch.quiet(for: .seconds(2), but: ["Overloaded"], "stopped")
                #expect(metrics.sum("netprobe_link_outage_seconds_count") == 0)
                #expect(try watch.netprobe.metrics().linkState == "protected")
            }
        }

        @Test("a bad file in the middle of an outage changes nothing but the metric that says so")
        func badReload() throws {
            guard labIsPossible() else { return }
            // The others wait as they do by default: longer than any of it lasts.
            try Watch.run({ $0.rules = ["FailedOver": "{for: 500ms}"] }) { watch in
                let witness = try watch.witness()
                defer { witness.end() }
                let cut = try watch.lab.cut("er1", "er2")
                let first = try watch.receiver.firing("CircuitLost")
                watch.expectBegan(first, cut)
                try watch.rewriteConfiguration("links: 5\n")
                watch.netprobe.process.signal(SIGHUP)
                try watch.netprobe.waitUntil("the reload is refused") {
                    $0.value("netprobe_config_last_reload_successful") == 0
                }
                try watch.netprobe.waitUntilLink(is: "failed_over", within: .seconds(20))
                try watch.rewriteConfiguration(watch.effective)
                watch.netprobe.process.signal(SIGHUP)
                try watch.netprobe.waitUntil("the good file is taken") {
                    $0.value("netprobe_config_last_reload_successful") == 1
                }
                #expect(try watch.netprobe.metrics().linkState == "failed_over")
                try watch.receiver.firing("FailedOver")
                try watch.expectOutage(witness)
                #expect(!watch.receiver.alerts.contains { $0.isResolved }, "both reloads leave what fires firing")
                try watch.lab.mend("er1", "er2")
                let end = try watch.receiver.resolved("CircuitLost", within: .seconds(40))
                #expect(end.startsAt == first.startsAt)
                Self.expectBeginningsKept(watch.receiver.alerts)
                let expected: Set = ["CircuitLost kr-er-01", "FailedOver \(Watch.link)"]
                #expect(watch.objects == expected, "\(watch.objects)")
            }
        }

        @Test("a path's interface that comes and goes a hundred times leaves no descriptor and no memory behind")
        func churn() throws {
            guard labIsPossible() else { return }
            let (edge, isp) = (Lab.namespace(.edge), Lab.namespace(.probe))
            func plug() throws {
                try LabNamespaces.configure(
                    edge,
                    [
                        "link add isp0 type veth peer name isp1 netns \(isp.name)",
                        "address add 198.51.100.1/30 dev isp0", "link set isp0 up",
                    ]
                )
                try LabNamespaces.configure(isp, ["address add 198.51.100.2/30 dev isp1", "link set isp1 up"])
            }
            func pull() throws { try LabNamespaces.configure(edge, ["link del isp0"]) }
            _ = try SharedLab.whole()
            try plug()
            defer { try? pull() }
            try Watch.run({ ($0.vantage, $0.hasBranch) = (.customerEdge, true) }) { watch in
                let path = ["path": "branch-vpn"]
                func round(_ count: Int) throws {
                    for number in 0..<count {
                        try pull()
                        // Now and then its probes find out as well.
                        if number % 10 == 9 {
                            try watch.netprobe.waitUntil("its path is down") { $0.pathState("branch-vpn") == "down" }
                        }
                        try plug()
                        if number % 10 == 9 {
                            try watch.netprobe.waitUntil("its path is up") { $0.pathState("branch-vpn") == "up" }
                        }
                    }
                }
                try round(20)
                let before = try watch.netprobe.metrics()
                try round(100)
                let after = try watch.netprobe.waitUntil("it answers") { $0.value("netprobe_path_up", path) == 1 }
                // A request or a resolution may be under way.
                try watch.netprobe.waitUntil("as few descriptors are open as before", within: .seconds(10)) {
                    $0.sum("process_open_fds") <= before.sum("process_open_fds") + 2
                }
                let growth = after.sum("process_resident_memory_bytes") - before.sum("process_resident_memory_bytes")
                #expect(growth < 4_000_000, "\(growth) bytes")
                let other = ["link": Watch.link, "state": "protected"]
                #expect(after.value("netprobe_link_state", other) == 1)
                let about = watch.receiver.alerts.filter {
                    $0.labels["circuit"] != nil || $0.labels["path"] == "kr-vpn"
                }
                #expect(about.isEmpty, "no other path is touched: \(about.map(\.name))")
            }
        }
    }
}
