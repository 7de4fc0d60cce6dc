import LabNetwork
import Model
import TestSupport

/// Cuts of both connections at random phases: from the cut to the alert in Alertmanager's API, how true the measured outage
/// is, and beside it what routing itself needs.
struct CutRace {
    private let lab: Lab
    private let phases: Phases

    init(_ lab: Lab, _ phases: Phases) { (self.lab, self.phases) = (lab, phases) }

    func rows(cuts: Int, _ loads: Loads) throws -> [Row] {
        let fast = try race(cuts: cuts, interval: "100ms", timeout: "100ms", loads)
        let shipped = try race(cuts: max(3, cuts / 10), interval: "1s", timeout: "800ms", loads)
        let routing = try routing(cuts: 3)
        return [
            Row(
                what: "cut → `CircuitLost` in Alertmanager's API; 100 ms, `down_after` 3",
                bound: "p99 ≤ 0.5 s",
                measured: fast.delays.text,
                isKept: fast.delays.percentile(0.99) <= 0.5
            ),
            Row(
                what: "the same with the defaults (1 s, 800 ms)",
                bound: "≤ 4 s",
                measured: shipped.delays.text,
                isKept: shipped.delays.worst <= 4
            ),
            Row(
                what: "outage by netprobe against fping each 10 ms; 100 ms",
                bound: "within an interval",
                measured: fast.errors.text,
                // fping knows it to its own interval.
                isKept: fast.errors.worst <= 0.1 + 0.01
            ),
            Row(what: "outage of users in these cuts: BFD, then BGP to the VPN", measured: fast.outages.text),
            Row(what: "cut → BFD down (FRR, 300 ms × 3)", measured: routing.bfd.text),
            Row(
                what: "cut → the route over the VPN in the kernel (FRR's BGP, with BFD)",
                measured: routing.route.text
            ),
        ]
    }

    private func race(cuts: Int, interval: String, timeout: String, _ loads: Loads) throws
        -> (delays: Figures, errors: Figures, outages: Figures)
    {
        var (delays, errors, outages): ([Double], [Double], [Double]) = ([], [], [])
        // A fresh netprobe each time: it would rightly call the third cut flapping.
        for _ in 0..<cuts {
            try LabWatch.run(lab, { ($0.interval, $0.timeout) = (interval, timeout) }) { netprobe, alertmanager in
                let witness = try Witness("10.1.0.5", inside: lab.namespace(.probe))
                defer { witness.end() }
                phases.wait(1500..<2500)
                let cut = try lab.cut("er1", "er2")
                delays.append((try alertmanager.waitUntilActive("CircuitLost") - cut.after).seconds)
                let over = try netprobe.waitUntil("the traffic is on the VPN", within: .seconds(30)) {
                    $0.linkState == "failed_over"
                }
                // A short one may end before it counts: every workload has to miss its three.
                if over.sum("netprobe_link_outage_seconds_count") == 1 {
                    let outage = over.sum("netprobe_link_last_outage_seconds")
                    errors.append(abs(outage - witness.longestGap().seconds))
                }
                outages.append(witness.longestGap().seconds)
            }
            loads.note()
            try lab.heal()
        }
        return (Figures(delays), Figures(errors), Figures(outages))
    }

    private func routing(cuts: Int) throws -> (bfd: Figures, route: Figures) {
        var (bfd, routes): ([Double], [Double]) = ([], [])
        let edge = try lab.router(.edge)
        for _ in 0..<cuts {
            phases.wait(0..<1000)
            let cut = try lab.cut("er1", "er2")
            let down = try eventually("BFD is down", every: .milliseconds(2)) { () throws -> MonotonicTime? in
                try edge.ask("show bfd peers brief").contains(" up ") ? nil : Clock.now
            }
            let moved = try eventually("the route has moved", every: .milliseconds(2)) { () throws -> MonotonicTime? in
                let shown = try Shell.run("ip", "-n", edge.namespace.name, "route", "show", "10.1.0.0/24")
                return shown.contains("10.1.255.30") ? Clock.now : nil
            }
            bfd.append((down - cut.after).seconds)
            routes.append((moved - cut.after).seconds)
            try lab.mend("er1", "er2")
            try lab.waitUntilWhole()
        }
        return (Figures(bfd), Figures(routes))
    }
}
