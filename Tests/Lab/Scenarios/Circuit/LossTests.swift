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

        /// Two connections at a time: a share of what goes, and in the end of what comes back.
        @Test("every probe or answer that the wire drops is counted as a lost probe, and no other: 1, 5 and 30 %")
        func exact() throws {
            guard labIsPossible() else { return }
            let quick = "{target: icmp://10.1.0.4, interval: 10ms, timeout: 100ms}"
            try Watch.run({ $0.through = [quick] }) { watch in
                let primary = Stream(path: "kr-er-01/primary", wire: "er1", address: "10.9.0.11", watch)
                let secondary = Stream(path: "kr-er-01/secondary", wire: "er2", address: "10.9.0.12", watch)
                try Stream.expectExact([(primary, .out, 0.01), (secondary, .out, 0.05)])
                try Stream.expectExact([(primary, .out, 0.3), (secondary, .back, 0.3)])
            }
        }

        /// Probes of a path through to the first workload, by netprobe and by the wire.
        private struct Stream {
            let path: String
            let wire: String
            let address: String
            let watch: Watch

            init(path: String, wire: String, address: String, _ watch: Watch) {
                (self.path, self.wire, self.address, self.watch) = (path, wire, address, watch)
            }

            func sum(_ family: String, _ metrics: Exposition) -> Int {
                Int(metrics.sum(family, ["path": path, "role": "through"]))
            }

            func lose(_ share: Double, _ way: Wires.Way) throws {
                let (near, far) = (address, "10.1.0.4")
                let meant = way == .out ? (near, far) : (far, near)
                let settings = ["loss=\(share)", "delay_us=1000", "source=\(meant.0)", "destination=\(meant.1)"]
                try watch.lab.wires.set(wire, way, settings)
            }

            static func expectExact(_ streams: [(stream: Self, way: Wires.Way, share: Double)]) throws {
                guard let watch = streams.first?.stream.watch else { return }
                let start = Clock.now
                let before = try watch.netprobe.metrics()
                for (stream, way, share) in streams { try stream.lose(share, way) }
                try watch.netprobe.waitUntil("fifteen hundred probes of each are settled", within: .seconds(60)) {
                    metrics in
                    streams.allSatisfy { stream, _, _ in
                        let family = "netprobe_probe_sent_total"
                        return stream.sum(family, metrics) - stream.sum(family, before) >= 1500
                    }
                }
                for (stream, way, _) in streams { try stream.lose(0, way) }
                // What is on its way settles within the time-out.
                Thread.sleep(.milliseconds(300))
                let after = try watch.netprobe.metrics()
                let ledger = try Ledger(of: watch.lab.wires, since: start)
                for (stream, way, share) in streams {
                    func grown(_ family: String) -> Int { stream.sum(family, after) - stream.sum(family, before) }
                    let dropped = ledger.dropped(
                        on: stream.wire,
                        direction: way == .out ? 0 : 1,
                        source: way == .out ? stream.address : "10.1.0.4",
                        destination: way == .out ? "10.1.0.4" : stream.address
                    ).count
                    // What this host itself was too slow for is no loss, whatever the wire did to it.
                    let (counted, spoiled) = (
                        grown("netprobe_probe_failures_total"), grown("netprobe_probe_invalid_total")
                    )
                    let what = "\(share): \(counted) of \(dropped), \(spoiled) spoiled"
                    #expect(counted <= dropped && counted >= dropped - spoiled && counted > 0, "\(what)")
                }
            }
        }

        /// Between the two lie two kernels, which another load of the machine can hold up: it would have to disturb half of
        /// the probes to break this. That none is shorter than what the wire kept of it no load can break.
        @Test("each round trip is what the wire kept that probe and its answer, to 50 µs at the median")
        func delay() throws {
            guard labIsPossible() else { return }
            try Watch.run { watch in
                try watch.lab.wires.set("er1", .both, ["delay_us=10000"])
                // What is on its way still has the old delay.
                Thread.sleep(.milliseconds(300))
                let trips = try RoundTrips(of: watch.netprobe, over: watch.lab, count: 91)
                #expect(trips.pairs.count >= 31, "\(trips)")
                let (kept, excess) = (trips.pairs.map(\.kept.lowerBound), trips.pairs.map(\.excess).sorted())
                #expect(kept.allSatisfy { $0 >= 0.02 } && excess.allSatisfy { $0 >= 0 }, "\(trips.pairs)")
                #expect(trips.medianExcess <= 50e-6, "\(excess)")
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

        @Test("8 % loss, never three in a row, is PathDegraded alone, until the last minute has lost half of the limit")
        func eightPercent() throws {
            guard labIsPossible() else { return }
            let quick = "{target: icmp://10.1.0.4, interval: 10ms, timeout: 100ms}"
            try Watch.run({ $0.through = [quick] }) { watch in
                let (source, target) = ("10.9.0.11", "10.1.0.4")
                let start = Clock.now
                // The fate of its n-th probe is the seed's alone, since no other frame is meant.
                try watch.lab.lose(0, on: "er1", from: source, to: target)
                try watch.lab.wires.tell("seed", "er1", "5")
                try watch.lab.lose(0.08, on: "er1", from: source, to: target)
                try watch.receiver.firing("PathDegraded", ["path": "kr-er-01/primary"], within: .seconds(75))
                try watch.quiet(for: .seconds(1), but: ["PathDegraded"], "8 % loss")
                try watch.lab.lose(0, on: "er1", from: source, to: target)
                let dropped = try Ledger(of: watch.lab.wires, since: start).dropped(on: "er1", source: source)
                let lost = dropped.map(\.arrived)
                // Each 10 ms one of them: three in a row would lie within 20 ms.
                #expect(lost.count > 15 && zip(lost, lost.dropFirst(2)).allSatisfy { ($1 - $0).seconds > 0.025 })
                #expect(try watch.netprobe.metrics().value("netprobe_path_up", ["path": "kr-er-01/primary"]) == 1)
                try watch.receiver.resolved("PathDegraded", within: .seconds(40))
                #expect(watch.alarms == ["PathDegraded"], "\(watch.alarms)")
            }
        }

        @Test("30 % loss is one alert that stays, not one for each run of losses")
        func thirtyPercent() throws {
            guard labIsPossible() else { return }
            let change = { (configuration: inout SiteConfiguration) in
                (configuration.interval, configuration.upAfter, configuration.waitToRestore) = ("50ms", 10, "8s")
            }
            try Watch.run(change) { watch in
                try watch.lab.wires.tell("seed", "er1", "30")
                try watch.lab.lose(0.3, on: "er1", from: "10.9.0.11")
                let path = ["path": "kr-er-01/primary"]
                try watch.receiver.firing("RedundancyLost", path, within: .seconds(30))
                try watch.quiet(
                    for: .seconds(15),
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
