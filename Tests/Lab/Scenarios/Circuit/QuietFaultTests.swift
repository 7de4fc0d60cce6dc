import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    /// BGP sees nothing of these.
    @Suite("faults behind BGP's back")
    struct QuietFaultTests {
        @Test(
            "the circuit swallows everything but BGP: CircuitLost, and NotFailedOver since no route was withdrawn",
            arguments: [SiteConfiguration.Vantage.probeHost, .customerEdge]
        )
        func blackhole(vantage: SiteConfiguration.Vantage) throws {
            guard labIsPossible() else { return }
            try Watch.run({ ($0.vantage, $0.outageBudget, $0.waitToRestore) = (vantage, "2s", "3s") }) { watch in
                let witness = try watch.witness()
                defer { witness.end() }
                let fault = try Moment.of { try watch.lab.blackholeCircuit() }
                let lost = try watch.receiver.firing("CircuitLost")
                watch.expect(lost, "provider circuit", of: "provider")
                watch.expectBegan(lost, fault)
                let stuck = try watch.receiver.firing("NotFailedOver", within: .seconds(8))
                watch.expect(stuck, "route", of: "customer")
                watch.expectBegan(stuck, fault)
                #expect(
                    (stuck.arrival - fault.before).seconds >= 2,
                    "routing has the outage budget, 2 s, to move the traffic"
                )
                watch.expect(try watch.receiver.firing("LinkDown"), "provider circuit", of: "provider")
                #expect(try watch.lab.router(.edge).ask("show bgp ipv4 10.1.0.0/24").contains("multipath"))
                let mended = Clock.now
                try watch.lab.removeFaults(at: .msee1, .msee2)
                try watch.netprobe.waitUntilLink(is: "protected", within: .seconds(10))
                #expect(watch.receiver.firing.contains("CircuitLost"), "it is told when it has lasted, not at once")
                try watch.expectOutage(witness)
                watch.expect(try watch.receiver.firing("FailoverTooSlow"), "route", of: "customer")
                try watch.receiver.resolved("NotFailedOver", within: .seconds(15))
                let restored = try watch.receiver.resolved("CircuitLost", within: .seconds(15))
                #expect((restored.arrival - mended).seconds >= 3, "wait_to_restore is 3 s")
                let expected = Watch.ofACut.union(["NotFailedOver", "FailoverTooSlow"]).subtracting(["FailedOver"])
                #expect(watch.alarms.isSubset(of: expected), "\(watch.alarms)")
            }
        }

        @Test("one edge forwards nothing and answers for itself: its path is down, half of the flows are lost")
        func oneBlackEdge() throws {
            guard labIsPossible() else { return }
            // So many flows that not all of them are hashed to one edge.
            try Watch.run({ $0.flows = 16 }) { watch in
                let start = Clock.now
                try watch.lab.blackhole(behind: .msee1, from: "ce")
                try watch.receiver.firing("RedundancyLost", ["connection": "primary"])
                let flows = try watch.receiver.firing("FlowsLost", ["link": Watch.link], within: .seconds(15))
                watch.expect(flows, "provider circuit", of: "provider")
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.pathState("kr-er-01/primary") == "down")
                #expect(metrics.value("netprobe_path_edge_answering", ["path": "kr-er-01/primary"]) == 1)
                let ledger = try Ledger(of: watch.lab.wires, since: start)
                let given = ledger.entries.filter {
                    $0.wire == "er1" && $0.direction == 0 && $0.protocolNumber == 6 && $0.source == "10.0.0.2"
                        && $0.destination == "10.1.0.4"
                }
                // Routers on the way are asked with other ports too, once or twice.
                let frames = Dictionary(grouping: given, by: \.kind).mapValues(\.count)
                let ports = Set(frames.filter { $0.value >= 8 }.keys)
                // By hash: of sixteen flows never all or none.
                #expect(ports.count >= 1 && ports.count <= 15, "\(frames)")
                try watch.netprobe.waitUntil("lost are the flows that the wire was given: \(frames)") {
                    Int($0.sum("netprobe_link_flows_lost", ["target": "tcp://10.1.0.4:443"])) == ports.count
                }
                let description = flows.annotations["description"] ?? ""
                let text = description.split(separator: "source ports ").last?.split(separator: " fail").first ?? ""
                let named = Set(text.split(separator: ", ").compactMap { Int($0) })
                // What is found last comes to it later.
                #expect(!named.isEmpty && named.isSubset(of: ports), "\(description), not \(frames)")
                #expect(watch.alarms.isDisjoint(with: ["CircuitLost", "LinkDown", "FailedOver"]), "\(watch.alarms)")
                try watch.lab.removeFaults(at: .msee1)
                try watch.netprobe.waitUntilLink(is: "protected", within: .seconds(10))
                try watch.receiver.resolved("FlowsLost", within: .seconds(8))
                try watch.receiver.resolved("RedundancyLost", within: .seconds(8))
                try watch.expectAllResolved()
            }
        }

        @Test("a member of a LAG is black and every path is up: FlowsLost alone, and the link stays")
        func oneBlackMember() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.flows = 16 }) { watch in
                try watch.lab.dropOddFlows(at: .msee1)
                try watch.lab.dropOddFlows(at: .msee2)
                let flows = try watch.receiver.firing("FlowsLost", ["link": Watch.link], within: .seconds(15))
                watch.expect(flows, "provider circuit", of: "provider")
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.sum("netprobe_link_flows_lost", ["target": "tcp://10.1.0.4:443"]) == 8)
                #expect(metrics.sum("netprobe_path_up") == 3 && watch.alarms == ["FlowsLost"], "\(watch.alarms)")
                try watch.lab.removeFaults(at: .msee1, .msee2)
                try watch.receiver.resolved("FlowsLost", within: .seconds(8))
                try watch.netprobe.waitUntilLink(is: "protected", within: .seconds(10))
            }
        }

        @Test("an edge in maintenance makes its routes long: the flows move to its sibling and nobody is paged")
        func maintenance() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.flows = SiteConfiguration.spreadFlows }) { watch in
                try watch.netprobe.waitUntil("both connections are active", within: .seconds(40)) {
                    $0.activePaths == ["kr-er-01/primary", "kr-er-01/secondary"]
                }
                let session = try watch.lab.router(.edge).session(with: "172.16.0.2")
                try watch.lab.prepend(at: .msee1)
                try eventually("BGP has moved", within: .seconds(10)) { () throws -> Bool? in
                    let route = try Shell.run(
                        "ip",
                        "-n",
                        watch.lab.namespace(.edge).name,
                        "route",
                        "show",
                        "10.1.0.0/24"
                    )
                    return route.contains("er1") ? nil : true
                }
                // Routers on the way are asked about one flow a second.
                try watch.netprobe.waitUntil("only the secondary is active", within: .seconds(30)) {
                    $0.activePaths == ["kr-er-01/secondary"]
                }
                // Eight of them prove it.
                try watch.receiver.firing("PathDrained", ["path": "kr-er-01/primary"], within: .seconds(25))
                try watch.quiet(for: .seconds(3), but: ["PathDrained"], "maintenance")
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.value("netprobe_link_active_tier") == 1)
                #expect(metrics.pathState("kr-er-01/primary") == "drained" && watch.alarms == ["PathDrained"])
                #expect(metrics.sum("netprobe_link_shifts_total") == 1)
                #expect(metrics.sum("netprobe_link_failovers_total") == 0)
                #expect(session.first == "BGP state = Established")
                #expect(try watch.lab.router(.edge).session(with: "172.16.0.2") == session, "it was never down")
                try watch.lab.heal()
                try watch.netprobe.waitUntil("the path carries again", within: .seconds(30)) {
                    $0.pathState("kr-er-01/primary") == "up"
                }
                try watch.receiver.resolved("PathDrained", within: .seconds(8))
                try watch.expectAllResolved()
                #expect(watch.alarms == ["PathDrained"], "\(watch.alarms)")
            }
        }

        @Test("an edge that answers one ping of ten is no fault: the path stays up")
        func policedEdge() throws {
            guard labIsPossible() else { return }
            try Watch.run({ $0.interval = "25ms" }) { watch in
                try watch.lab.policeEdge(.msee1)
                // Loss is judged on 300 of them.
                try watch.netprobe.waitUntil("the edge was missed often", within: .seconds(60)) {
                    $0.sum("netprobe_probe_failures_total", ["role": "edge", "path": "kr-er-01/primary"]) >= 320
                }
                #expect(watch.alarms.isEmpty, "\(watch.alarms)")
                let metrics = try watch.netprobe.metrics()
                #expect(metrics.pathState("kr-er-01/primary") == "up" && metrics.linkState == "protected")
            }
        }

        @Test("without BFD routing needs its hold time of 10 s; netprobe needs its three probes")
        func withoutBFD() throws {
            guard labIsPossible() else { return }
            func takeAway(_ lab: Lab) throws {
                try lab.setBFD(false)
                try eventually("BFD is off", within: .seconds(10)) { () throws -> Bool? in
                    try lab.router(.edge).ask("show bfd peers brief").contains("Session count: 0") ? true : nil
                }
                // It costs both sessions.
                Thread.sleep(.seconds(1))
                try lab.waitUntilWhole()
            }
            try Watch.run({ $0.outageBudget = "5s" }, prepare: takeAway) { watch in
                let witness = try watch.witness()
                defer { witness.end() }
                let cut = try watch.lab.cut("er1", "er2")
                let lost = try watch.receiver.firing("CircuitLost")
                #expect((lost.arrival - cut.after).seconds <= 1)
                watch.expectBegan(lost, cut)
                let over = try watch.netprobe.waitUntilLink(is: "failed_over", within: .seconds(20))
                try watch.expectOutage(witness)
                let outage = try #require(over.value("netprobe_link_last_outage_seconds"))
                #expect(outage > 5.5 && outage < 13, "\(outage) s")
                try watch.receiver.firing("FailedOver")
                watch.expect(try watch.receiver.firing("FailoverTooSlow"), "route", of: "customer")
                let ofLink = ["FailedOver", "FailoverTooSlow", "LinkDown", "NotFailedOver"].map {
                    "\($0) \(Watch.link)"
                }
                #expect(watch.objects == Set(ofLink + ["CircuitLost kr-er-01"]), "\(watch.objects)")
            }
        }
    }
}
