import LabNetwork
import Model
import TestSupport

/// Loss and delay by netprobe against the wire's own list.
struct WireTruth {
    private let lab: Lab

    init(_ lab: Lab) { self.lab = lab }

    func rows(probes: Int, _ loads: Loads) throws -> [Row] {
        var rows: [Row] = []
        for loss in [0.01, 0.05, 0.3] {
            rows.append(try lose(loss, probes: probes))
            loads.note()
        }
        let trips = try delay(probes: probes / 40)
        let (ours, kept) = (Figures(trips.measured).percentile(0.5), trips.medianKept)
        rows.append(
            Row(
                what: "round trip with 10 ms each way, median of \(trips.measured.count)",
                bound: "within 50 µs",
                measured: "\(Int(ours * 1e6)) µs, the wire kept it \(Int(kept * 1e6)) µs",
                isKept: abs(ours - kept) <= 50e-6
            )
        )
        loads.note()
        return rows
    }

    private func lose(_ loss: Double, probes: Int) throws -> Row {
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
            let counted = Int(lost(after) - lost(before))
            // What this host itself was too slow for is no loss, whatever the wire did to it.
            let spoiled = Int(
                after.sum("netprobe_probe_invalid_total", path) - before.sum("netprobe_probe_invalid_total", path)
            )
            let note = spoiled > 0 ? ", \(spoiled) spoiled by this host" : ""
            return Row(
                what: "\(Int(loss * 100)) % loss over \(Int(sent(after) - sent(before))) probes",
                bound: "exactly the wire's",
                measured: "\(counted) lost, the wire dropped \(dropped.count)\(note)",
                isKept: counted > 0 && counted <= dropped.count && counted + spoiled >= dropped.count
            )
        }
    }

    /// The primary's edge stands at the far end of the wire: its round trip is the wire's delay and what two kernels take.
    private func delay(probes: Int) throws -> RoundTrips {
        try lab.wires.set("er1", .both, ["delay_us=10000"])
        defer { try? lab.wires.set("er1", .both, ["delay_us=1000"]) }
        return try watch("icmp://10.1.0.4", interval: "100ms") { try RoundTrips(of: $0, over: lab, count: probes) }
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
