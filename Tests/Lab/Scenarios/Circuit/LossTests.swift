import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    @Suite("loss and flapping")
    struct LossTests {
        @Test("1 % random loss on a connection for a minute is no alert")
        func onePercent() throws {
            guard labIsPossible() else { return }
            try Watch.run { watch in
                let start = Clock.now
                try watch.lab.wires.tell("seed", "er1", "1")
                // Of everything that leaves: probes, users' flows, BGP and BFD.
                try watch.lab.wires.set("er1", .out, ["loss=0.01", "delay_us=1000"])
                try watch.quiet(for: .seconds(60), "1 % loss")
                #expect(try watch.netprobe.metrics().linkState == "protected")
                #expect(try Ledger(of: watch.lab.wires, since: start).dropped(on: "er1", direction: 0).count > 20)
            }
        }

        @Test("every probe that the wire drops is counted as lost, and no other", arguments: [0.01, 0.05, 0.3])
        func exact(loss: Double) throws {
            guard labIsPossible() else { return }
            let quick = "{target: icmp://10.1.0.4, interval: 10ms, timeout: 100ms}"
            try Watch.run({ $0.through = [quick] }) { watch in
                let path = ["path": "kr-er-01/primary", "role": "through"]
                func settled(_ metrics: Exposition) -> Double { metrics.sum("netprobe_probe_sent_total", path) }
                func lost(_ metrics: Exposition) -> Double { metrics.sum("netprobe_probe_failures_total", path) }
                let start = Clock.now
                let before = try watch.netprobe.metrics()
                try watch.lab.lose(loss, on: "er1", from: "10.9.0.11", to: "10.1.0.4")
                try watch.netprobe.waitUntil("fifteen hundred probes are settled", within: .seconds(60)) {
                    settled($0) - settled(before) >= 1500
                }
                try watch.lab.lose(0, on: "er1", from: "10.9.0.11", to: "10.1.0.4")
                // What is on its way settles within the time-out.
                Thread.sleep(.milliseconds(300))
                let after = try watch.netprobe.metrics()
                let counted = Int(lost(after) - lost(before))
                // What this host itself was too slow for is no loss, whatever the wire did to it.
                let spoiled =
                    after.sum("netprobe_probe_invalid_total", path) - before.sum("netprobe_probe_invalid_total", path)
                let dropped = try Ledger(of: watch.lab.wires, since: start).dropped(on: "er1", source: "10.9.0.11")
                #expect(counted <= dropped.count && counted >= dropped.count - Int(spoiled) && counted > 0)
                #expect(spoiled > 0 || counted == dropped.count, "\(counted) of \(dropped.count), \(spoiled) spoiled")
            }
        }

        /// Between the two lie two kernels, which another load of the machine can hold up: it would have to disturb half of
        /// the probes of each of five tries to break this. That none is shorter than what the wire kept no load can break.
        @Test("round trips take what the wire kept the packets, within 50 µs at the median")
        func delay() throws {
            guard labIsPossible() else { return }
            try Watch.run { watch in
                try watch.lab.wires.set("er1", .both, ["delay_us=10000"])
                // What is on its way still has the old delay.
                Thread.sleep(.milliseconds(300))
                var errors: [Double] = []
                repeat {
                    let trips = try RoundTrips(of: watch.netprobe, over: watch.lab, count: 31)
                    #expect(trips.measured.allSatisfy { $0 >= trips.leastKept && $0 > 0.02 }, "\(trips)")
                    errors.append(trips.median - trips.medianKept)
                } while errors.count < 5 && abs(errors.last ?? 0) > 50e-6
                #expect(errors.contains { abs($0) <= 50e-6 }, "\(errors)")
                #expect(watch.alarms.isSubset(of: ["PathDegraded"]), "\(watch.alarms)")
            }
        }

        @Test("answers that come twice are counted as the wire made them, what is overtaken is no loss")
        func scrambled() throws {
            guard labIsPossible() else { return }
            let quick = "{target: icmp://10.1.0.4, interval: 10ms, timeout: 200ms}"
            try Watch.run({ $0.through = [quick] }) { watch in
                let path = ["path": "kr-er-01/primary", "role": "through"]
                let (source, target) = ("10.9.0.11", "10.1.0.4")
                let start = Clock.now
                try watch.lab.scramble(twice: 0.1, overtaking: 0.2, on: "er1", from: source, to: target)
                try watch.netprobe.waitUntil("duplicates are counted", within: .seconds(30)) {
                    $0.sum("netprobe_probe_duplicates_total", path) >= 50
                }
                try watch.lab.lose(0, on: "er1", from: source, to: target)
                Thread.sleep(.milliseconds(400))
                let metrics = try watch.netprobe.metrics()
                let ledger = try Ledger(of: watch.lab.wires, since: start)
                let twice = ledger.count("duplicate", on: "er1", source: source, destination: target)
                #expect(Int(metrics.sum("netprobe_probe_duplicates_total", path)) == twice)
                #expect(metrics.sum("netprobe_probe_reordered_total", path) > 0)
                #expect(metrics.sum("netprobe_probe_failures_total", path) == 0)
                // The way has become slower too.
                #expect(watch.alarms.isSubset(of: ["PathDegraded"]), "\(watch.alarms)")
            }
        }

        @Test("8 % loss, never three in a row, is PathDegraded alone")
        func eightPercent() throws {
            guard labIsPossible() else { return }
            try Watch.run({ ($0.interval, $0.timeout) = ("50ms", "100ms") }) { watch in
                let (source, target) = ("10.9.0.11", "10.1.0.4")
                let start = Clock.now
                // The fate of its n-th probe is the seed's alone, since no other frame is meant.
                try watch.lab.lose(0, on: "er1", from: source, to: target)
                try watch.lab.wires.tell("seed", "er1", "20")
                try watch.lab.lose(0.08, on: "er1", from: source, to: target)
                try watch.receiver.firing("PathDegraded", ["path": "kr-er-01/primary"], within: .seconds(75))
                try watch.quiet(for: .seconds(5), but: ["PathDegraded"], "8 % loss")
                let lost = try Ledger(of: watch.lab.wires, since: start).dropped(on: "er1", source: source).map(
                    \.arrived
                )
                // Each 50 ms one of them: three in a row would lie within 100 ms.
                #expect(lost.count > 15 && zip(lost, lost.dropFirst(2)).allSatisfy { ($1 - $0).seconds > 0.125 })
                #expect(try watch.netprobe.metrics().value("netprobe_path_up", ["path": "kr-er-01/primary"]) == 1)
            }
        }

        @Test("30 % loss is one alert that stays, not one for each run of losses")
        func thirtyPercent() throws {
            guard labIsPossible() else { return }
            try Watch.run({ ($0.upAfter, $0.waitToRestore) = (10, "15s") }) { watch in
                try watch.lab.wires.tell("seed", "er1", "30")
                try watch.lab.lose(0.3, on: "er1", from: "10.9.0.11")
                let path = ["path": "kr-er-01/primary"]
                try watch.receiver.firing("RedundancyLost", path, within: .seconds(30))
                try watch.quiet(
                    for: .seconds(25),
                    but: ["RedundancyLost", "PathDegraded", "PathFlapping"],
                    "30 % loss"
                )
                let about = watch.receiver.alerts.filter { $0.labels["path"] == "kr-er-01/primary" }
                let (resolved, names) = (about.filter(\.isResolved), Set(about.map(\.name)))
                let beginnings = Set(about.map { "\($0.name) \($0.startsAt)" })
                #expect(resolved.isEmpty && beginnings.count == names.count, "\(beginnings)")
                try watch.lab.lose(0, on: "er1", from: "10.9.0.11")
                try watch.receiver.resolved("RedundancyLost", within: .seconds(30))
            }
        }

        @Test("a connection that goes and comes each 2 s is PathFlapping, and its alerts do not flap with it")
        func flapping() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.rules["PathFlapping"] = "{for: 0s}" }) { watch in
                func flap(_ count: Int) throws {
                    for _ in 0..<count {
                        try watch.lab.cut("er1")
                        Thread.sleep(.seconds(2))
                        try watch.lab.mend("er1")
                        Thread.sleep(.seconds(2))
                    }
                }
                try flap(4)
                try watch.receiver.firing("PathFlapping", ["path": "kr-er-01/primary"], within: .seconds(10))
                try watch.receiver.firing("RedundancyLost")
                let (before, path) = (watch.receiver.alerts.count, "kr-er-01/primary")
                try flap(3)
                let ended = watch.receiver.alerts.dropFirst(before).filter {
                    $0.isResolved && $0.labels["path"] == path
                }
                #expect(ended.isEmpty, "what fires for a flapping path keeps firing: \(ended)")
                #expect(watch.alarms.isDisjoint(with: ["CircuitLost", "FailedOver", "LinkDown"]), "\(watch.alarms)")
            }
        }
    }
}
