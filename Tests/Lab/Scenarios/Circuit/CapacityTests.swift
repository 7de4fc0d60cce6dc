import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    /// Nothing is broken, and packets wait.
    @Suite("jitter and a narrow line")
    struct CapacityTests {
        @Test("jitter of a connection is seen in every single round trip, and is neither loss nor an alert")
        func jitter() throws {
            guard labIsPossible() else { return }
            try Watch.run { watch in
                let path = ["path": "kr-er-01/primary"]
                let before = try watch.netprobe.metrics()
                // Between 0.1 and 1.9 ms each way; what would overtake waits.
                try watch.lab.wires.set("er1", .both, ["delay_us=1000", "jitter_us=900"])
                let trips = try RoundTrips(of: watch.netprobe, over: watch.lab, count: 61)
                let (kept, measured) = (trips.pairs.map(\.kept.upperBound), trips.pairs.map(\.measured))
                let excess = trips.pairs.map(\.excess).sorted()
                #expect(trips.pairs.count >= 21 && excess.allSatisfy { $0 >= 0 }, "\(trips.pairs)")
                #expect(trips.medianExcess <= 50e-6, "\(excess)")
                // Far more than two kernels vary.
                let spread = (kept.max() ?? 0) - (kept.min() ?? 0)
                #expect(spread >= 500e-6 && (measured.max() ?? 0) - (measured.min() ?? 0) >= 500e-6, "\(trips.pairs)")
                let after = try watch.netprobe.metrics()
                let family = "netprobe_probe_failures_total"
                #expect(after.sum(family, path) == before.sum(family, path) && after.linkState == "protected")
                #expect(watch.alarms.isEmpty, "\(watch.alarms)")
            }
        }

        @Test("a line too narrow for its probes: they wait in its queue, and what that drops is counted, and no more")
        func narrow() throws {
            guard labIsPossible() else { return }
            let quick = "{target: icmp://10.1.0.4, interval: 10ms}"
            // Longer than the queue, which holds 200 ms.
            try Watch.run({ ($0.through, $0.timeout) = ([quick], "500ms") }) { watch in
                let path = ["path": "kr-er-01/primary", "role": "through"]
                let (source, target) = ("10.9.0.11", "10.1.0.4")
                func sum(_ family: String, _ metrics: Exposition) -> Double { metrics.sum(family, path) }
                let failures = "netprobe_probe_failures_total"
                let (seconds, answers) = ("netprobe_probe_rtt_seconds_sum", "netprobe_probe_rtt_seconds_count")
                let earlier = try Ledger(of: watch.lab.wires, since: Clock.now + .milliseconds(-500)).entries
                let probe = try #require(
                    earlier.last { $0.wire == "er1" && $0.source == source && $0.destination == target }
                )
                let start = Clock.now
                let before = try watch.netprobe.metrics()
                // Of a hundred a second four of five pass.
                let meant = ["source=\(source)", "destination=\(target)", "delay_us=1000"]
                try watch.lab.wires.set("er1", .out, ["rate=\(probe.bytes * 8 * 80)"] + meant)
                let full = try watch.netprobe.waitUntil("the queue is full for a while", within: .seconds(30)) {
                    sum(failures, $0) - sum(failures, before) >= 50
                }
                try watch.lab.wires.set("er1", .out, ["delay_us=1000"])
                // What waits settles within the time-out.
                Thread.sleep(.milliseconds(800))
                let after = try watch.netprobe.metrics()
                let dropped = try Ledger(of: watch.lab.wires, since: start).entries.filter {
                    $0.wire == "er1" && $0.direction == 0 && $0.what == "full"
                }
                let counted = Int(sum(failures, after) - sum(failures, before))
                let family = "netprobe_probe_invalid_total"
                let spoiled = Int(sum(family, after) - sum(family, before))
                let what = "\(counted) of \(dropped.count), \(spoiled) spoiled"
                #expect(counted <= dropped.count && counted >= dropped.count - spoiled, "\(what)")
                #expect(dropped.allSatisfy { $0.source == source })
                let mean = (sum(seconds, full) - sum(seconds, before)) / (sum(answers, full) - sum(answers, before))
                #expect(mean > 0.1 && mean < 0.25, "\(mean) s, where the queue holds 200 ms")
                #expect(watch.alarms.isDisjoint(with: ["CircuitLost", "FailedOver", "LinkDown"]), "\(watch.alarms)")
            }
        }
    }
}
