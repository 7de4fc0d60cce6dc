import Model
import Testing

@testable import Alerting

@Suite struct AlertAnnotationTests {
    @Test("labels are those of the object and the link's own; what does not apply is absent")
    func labels() throws {
        var scenario = Scenario()
        scenario.set(Scenario.primary, .down)
        scenario.link { $0.workloads[0].state = .down }
        let book = exampleBook()
        let redundancy = book.labels(of: try #require(scenario.condition(.redundancyLost)))
        #expect(
            redundancy.pairs.map(\.name) == [
                "alertname", "circuit", "connection", "path", "peering", "severity", "site", "vantage",
            ]
        )
        let workload = book.labels(of: try #require(scenario.condition(.workloadDown)))
        #expect(workload["target"] == "tcp://10.1.0.4:443" && workload["team"] == "core")
        #expect(workload["path"] == nil && workload["circuit"] == nil)
    }

    @Test("a link's own labels never replace those of the alert")
    func labelClash() throws {
        var scenario = Scenario()
        scenario.settings.topology.links[0].labels = ["severity": "none", "alertname": "Nothing", "bad-name": "x"]
        scenario.link { $0.state = .down }
        let labels = exampleBook().labels(of: try #require(scenario.condition(.linkDown)))
        #expect(labels["severity"] == "critical" && labels["alertname"] == "LinkDown" && labels["bad_name"] == "x")
    }

    @Test("the description says what, since when and why; the links affected are named")
    func annotations() throws {
        var scenario = Scenario()
        for id in [Scenario.primary, Scenario.secondary] {
            scenario.set(id, .down)
            scenario.path(id) { $0.evidence = "3 through probes missed, edge silent" }
        }
        let lost = try #require(scenario.condition(.circuitLost)).annotations
        #expect(lost.summary == "ExpressRoute circuit kr-er-01 (kt) is lost")
        #expect(lost.description.contains("since \(at(990).wall.rfc3339)"))
        #expect(lost.description.contains("kr-er-01/primary down: 3 through probes missed, edge silent"))
        #expect(lost.layer == "provider circuit" && lost.owner == .provider)
        #expect(lost.links == ["seoul-koreacentral"])
    }

    @Test("an outage that an earlier run has seen begin lasts since then, one that began later does not")
    func sinceEarlierRun() throws {
        var scenario = Scenario()
        scenario.earlier = [
            AlertIdentity(.circuitLost, AlertObject(circuit: "kr-er-01", peering: .private)): at(400).wall
        ]
        for id in [Scenario.primary, Scenario.secondary] { scenario.set(id, .down) }
        func since(_ wanted: Double) throws -> Bool {
            try #require(scenario.condition(.circuitLost)).annotations.description
                .contains("since \(at(wanted).wall.rfc3339)")
        }
        scenario.facts.watchedSince = at(988).monotonic
        #expect(try since(400))
        scenario.facts.watchedSince = at(300).monotonic
        #expect(try since(990))
    }

    @Test("a fault on this side is the customer's, not the provider's")
    func owner() throws {
        var scenario = Scenario()
        for id in [Scenario.primary, Scenario.secondary] {
            scenario.set(id, .down)
            scenario.path(id) {
                $0.layer = .customerEdge
                $0.owner = .customer
            }
        }
        let lost = try #require(scenario.condition(.circuitLost)).annotations
        #expect(lost.layer == "customer edge" && lost.owner == .customer)
    }

    @Test("lost flows are named by what a LAG hashes: their source ports, since when, and the path that they take")
    func lostFlows() throws {
        var scenario = Scenario()
        scenario.link {
            $0.workloads[0].lostFlows = [(1, 61_003, 980), (5, 61_007, 990), (6, 61_008, 998)].map { flow in
                LostFlow(number: flow.0, since: at(flow.2).monotonic, sourcePort: flow.1, path: Scenario.primary)
            }
            $0.workloads[0].flows = 8
        }
        #expect(
            try #require(scenario.condition(.flowsLost)).annotations.description
                == "The flows from source ports 61003, 61007, 61008 fail since \(at(998).wall.rfc3339) (the kernel routes them over "
                + "kr-er-01/primary), while the others pass: one link, LAG member or gateway instance drops what it is given."
        )
    }

    @Test("a link that is down while its paths are up has a layer, an owner and the reason of its workloads")
    func linkDownOfService() throws {
        var scenario = Scenario()
        scenario.link {
            $0.state = .down
            ($0.layer, $0.owner) = (.service, .customer)
            for index in $0.workloads.indices {
                $0.workloads[index].state = .down
                $0.workloads[index].evidence = "tcp://10.1.0.4:443 missed 3 in a row (refused)"
            }
        }
        let down = try #require(scenario.condition(.linkDown)).annotations
        #expect(down.layer == "service" && down.owner == .customer)
        #expect(down.description.contains("tcp://10.1.0.4:443 missed 3 in a row (refused)"))
    }
}
