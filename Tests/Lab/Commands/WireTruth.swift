import LabNetwork
import Model
import TestSupport

/// Loss and delay by netprobe against the wire's own list.
struct WireTruth {
    private let lab: Lab

    init(_ lab: Lab) { self.lab = lab }

    func rows(probes: Int) throws -> [String] {
        var rows: [String] = []
        for loss in [0.01, 0.05, 0.3] {
            let (counted, dropped, sent) = try lose(loss, probes: probes)
            rows.append(
                "| \(Int(loss * 100)) % loss over \(sent) probes | exactly the wire's | \(counted) lost, the wire dropped \(dropped) |"
            )
        }
        let (ours, wires) = try delay(probes: probes / 40)
        rows.append(
            "| round trip with 10 ms each way, median of \(probes / 40) | within 50 µs | \(Int(ours * 1e6)) µs, "
                + "the wire kept it \(Int(wires * 1e6)) µs |"
        )
        return rows
    }

    private func lose(_ loss: Double, probes: Int) throws -> (Int, Int, Int) {
        try watch("icmp://10.1.0.4") { netprobe in
            let path = ["path": "kr-er-01/primary", "role": "through"]
            func sent(_ metrics: Exposition) -> Double { metrics.sum("netprobe_probe_sent_total", path) }
            func lost(_ metrics: Exposition) -> Double { metrics.sum("netprobe_probe_failures_total", path) }
            let (start, before) = (Clock.now, try netprobe.metrics())
            try lab.lose(loss, on: "er1", from: "10.9.0.11", to: "10.1.0.4")
            try netprobe.waitUntil("the probes are settled", within: .seconds(600)) {
                sent($0) - sent(before) >= Double(probes)
            }
            try lab.lose(0, on: "er1", from: "10.9.0.11", to: "10.1.0.4")
            Thread.sleep(.milliseconds(300))
            let after = try netprobe.metrics()
            let dropped = try Ledger(of: lab.wires, since: start).dropped(on: "er1", source: "10.9.0.11")
            return (Int(lost(after) - lost(before)), dropped.count, Int(sent(after) - sent(before)))
        }
    }

    /// The primary's edge stands at the far end of the wire: its round trip is the wire's delay and what two kernels take.
    private func delay(probes: Int) throws -> (ours: Double, wires: Double) {
        try lab.wires.set("er1", .both, ["delay_us=10000"])
        defer { try? lab.wires.set("er1", .both, ["delay_us=1000"]) }
        return try watch("icmp://10.1.0.4", interval: "100ms") { netprobe in
            let edge = ["path": "kr-er-01/primary", "role": "edge"]
            let start = Clock.now
            var (count, sum, trips): (Double, Double, [Double]) = (0, 0, [])
            try eventually("\(probes) round trips", within: .seconds(600), every: .milliseconds(20)) {
                () throws -> Bool? in
                let metrics = try netprobe.metrics()
                let now = metrics.sum("netprobe_probe_rtt_seconds_count", edge)
                let total = metrics.sum("netprobe_probe_rtt_seconds_sum", edge)
                if now == count + 1 { trips.append(total - sum) }
                (count, sum) = (now, total)
                return trips.count >= probes ? true : nil
            }
            let kept = try Ledger(of: lab.wires, since: start).entries.filter {
                $0.wire == "er1" && $0.what == "delay" && $0.protocolNumber == 1
            }
            let out = kept.filter { $0.source == "10.9.0.11" && $0.destination == "172.16.0.2" }
            let back = kept.filter { $0.source == "172.16.0.2" && $0.destination == "10.9.0.11" }
            let wires = [out, back].map { Figures($0.map { Double($0.value) / 1e9 }).percentile(0.5) }
            return (Figures(trips).percentile(0.5), wires[0] + wires[1])
        }
    }

    private func watch<Result>(_ target: String, interval: String = "10ms", _ body: (RunningNetprobe) throws -> Result)
        throws -> Result
    {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var configuration = SiteConfiguration(stateDirectory: "\(folder.path)/state")
        configuration.alertmanagers = []
        configuration.through = ["{target: \(target), interval: \(interval), timeout: 100ms}"]
        let file = try folder.write("netprobe.yml", configuration.text)
        let netprobe = try RunningNetprobe(["--config", file], inside: lab.namespace(.probe))
        defer { netprobe.process.destroy() }
        try netprobe.waitUntilReady()
        try netprobe.waitUntil("the path is up", within: .seconds(30)) { $0.pathState("kr-er-01/primary") == "up" }
        return try body(netprobe)
    }
}
