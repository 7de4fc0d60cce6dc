import LabNetwork
import Model
import TestSupport

/// How fast every other fault is told, at 100 ms: from the fault to the alert in Alertmanager's API. Alerts that wait by default
/// wait half a second here.
struct FaultTimes {
    private let lab: Lab
    private let phases: Phases
    private let runs: Int

    init(_ lab: Lab, _ phases: Phases, runs: Int) { (self.lab, self.phases, self.runs) = (lab, phases, runs) }

    func rows(_ loads: Loads) throws -> [Row] {
        let parts = [withoutBFD, blackHole, oneConnection, oneBlackEdge, idleVPN, deadGateway, isolated, failback]
        return try parts.flatMap { part in
            defer { loads.note() }
            do {
                return try part()
            } catch {
                // What the others measure is not lost with it.
                try lab.heal()
                return [Row(what: "a fault that was not told as it should", measured: "\(error)", isKept: false)]
            }
        }
    }

    // MARK: Both connections

    private func withoutBFD() throws -> [Row] {
        var (delays, outages): ([Double], [Double]) = ([], [])
        for _ in 0..<runs {
            try takeBFDAway()
            try measure { netprobe, alertmanager in
                let witness = try Witness("10.1.0.5", inside: lab.namespace(.probe))
                defer { witness.end() }
                let cut = try lab.cut("er1", "er2")
                delays.append((try alertmanager.waitUntilActive("CircuitLost") - cut.after).seconds)
                try netprobe.waitUntilLink(is: "failed_over", within: .seconds(30))
                outages.append(witness.longestGap().seconds)
            }
        }
        return [
            Row(what: "cut, BFD off and a hold time of 10 s → `CircuitLost`", measured: Figures(delays).text),
            Row(what: "outage of users in these cuts: the hold time, then BGP", measured: Figures(outages).text),
        ]
    }

    /// It costs both sessions, which come back without.
    private func takeBFDAway() throws {
        try lab.setBFD(false)
        try eventually("BFD is off", within: .seconds(10)) { () throws -> Bool? in
            try lab.router(.edge).ask("show bfd peers brief").contains("Session count: 0") ? true : nil
        }
        Thread.sleep(.seconds(1))
        try lab.waitUntilWhole()
    }

    private func blackHole() throws -> [Row] {
        var (lost, stays): ([Double], [Double]) = ([], [])
        for _ in 0..<runs {
            try measure({ $0.outageBudget = "2s" }) { _, alertmanager in
                let fault = try Moment.of { try lab.blackholeCircuit() }
                lost.append((try alertmanager.waitUntilActive("CircuitLost") - fault.after).seconds)
                stays.append((try alertmanager.waitUntilActive("NotFailedOver") - fault.after).seconds)
            }
        }
        return [
            Row(what: "black hole while BGP stays up → `CircuitLost`", measured: Figures(lost).text),
            Row(what: "the same → `NotFailedOver`; `outage_budget: 2s`", measured: Figures(stays).text),
        ]
    }

    private func failback() throws -> [Row] {
        var (whole, resolved): ([Double], [Double]) = ([], [])
        for _ in 0..<runs {
            try measure { netprobe, alertmanager in
                try lab.cut("er1", "er2")
                try netprobe.waitUntilLink(is: "failed_over", within: .seconds(30))
                // As after an outage of some length: BGP tries anew each few seconds.
                Thread.sleep(.seconds(2))
                let mended = try lab.mend("er1", "er2")
                try alertmanager.waitUntilGone("CircuitLost")
                resolved.append((Clock.now - mended.after).seconds)
                try netprobe.waitUntilLink(is: "protected", within: .seconds(30))
                whole.append((Clock.now - mended.after).seconds)
            }
        }
        return [
            Row(what: "mend → `CircuitLost` resolved; `wait_to_restore: 1s`", measured: Figures(resolved).text),
            Row(what: "mend → the link is `protected`, all flows on the circuit", measured: Figures(whole).text),
        ]
    }

    // MARK: One connection

    private func oneConnection() throws -> [Row] {
        let delays = try times(to: "RedundancyLost") { try lab.cut("er1") }
        return [Row(what: "cut of one connection → `RedundancyLost`; `for: 500ms`", measured: delays.text)]
    }

    private func oneBlackEdge() throws -> [Row] {
        // So many flows that not all of them are hashed to one edge.
        let delays = try times(to: "FlowsLost", { ($0.flows, $0.rules["FlowsLost"]) = (16, "{for: 500ms}") }) {
            try Moment.of { try lab.blackhole(behind: .msee1, from: "ce") }
        }
        let what = "one edge is a black hole while BGP stays up → `FlowsLost`; `for: 500ms`"
        return [Row(what: what, measured: delays.text)]
    }

    // MARK: Beside the circuit

    private func idleVPN() throws -> [Row] {
        let delays = try times(to: "StandbyPathDown") { try lab.cut("wan") }
        return [Row(what: "the idle VPN dies → `StandbyPathDown`; `for: 500ms`", measured: delays.text)]
    }

    private func deadGateway() throws -> [Row] {
        let delays = try times(to: "GatewayUnreachable", { $0.hasSecondLink = true }) {
            try Moment.of { try lab.blackhole(behind: .ergw) }
        }
        return [Row(what: "the VNet's gateway is dead → `GatewayUnreachable`; `for: 500ms`", measured: delays.text)]
    }

    private func isolated() throws -> [Row] {
        let delays = try times(to: "VantageIsolated") { try Moment.of { try lab.isolateProbeHost() } }
        return [Row(what: "the host loses its LAN → `VantageIsolated`", measured: delays.text)]
    }

    // MARK: Runs

    /// From a fault to the alert that tells it.
    private func times(
        to alert: String,
        _ change: (inout SiteConfiguration) -> Void = { _ in },
        fault: () throws -> Moment
    ) throws -> Figures {
        var delays: [Double] = []
        for _ in 0..<runs {
            try measure(change) { _, alertmanager in
                let moment = try fault()
                delays.append((try alertmanager.waitUntilActive(alert, within: .seconds(20)) - moment.after).seconds)
            }
        }
        return Figures(delays)
    }

    private func measure(
        _ change: (inout SiteConfiguration) -> Void = { _ in },
        _ body: (RunningNetprobe, Alertmanager) throws -> Void
    ) throws {
        try LabWatch.run(lab, change) { netprobe, alertmanager in
            phases.wait(500..<1000)
            try body(netprobe, alertmanager)
        }
        try lab.heal()
    }
}
