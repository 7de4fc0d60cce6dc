import Glibc
import Model
import TestSupport
import Testing

extension NetworkTests {
    @Suite("traces of netprobe serve")
    struct TraceTests {
        @Test("a regular trace shows hops, MTU and the hash of the way; another way is counted and told")
        func regular() throws {
            guard labIsPossible() else { return }
            let configure: (inout LabConfiguration) -> Void = { configuration in
                configuration.workloads = ["{target: tcp://10.1.0.4:443, trace: 1s}", "icmp://10.1.0.5"]
            }
            try Scenario.run(configure) { scenario in
                let labels = ["target": "tcp://10.1.0.4:443"]
                let first = try scenario.netprobe.waitUntil("a trace is shown", within: .seconds(10)) {
                    !$0.all("netprobe_path_route_info", labels).isEmpty
                        && !$0.all("netprobe_path_mtu_bytes", labels).isEmpty
                }
                #expect((first.all("netprobe_path_hops", labels).first?.value ?? 0) >= 2)
                #expect(first.all("netprobe_path_mtu_bytes", labels).first?.value == 1500)
                let hash = first.all("netprobe_path_route_info", labels).first?.labels["hash"]
                _ = try scenario.network.moveTrafficToVPN()
                let moved = try scenario.netprobe.waitUntil("another way is shown", within: .seconds(10)) {
                    $0.sum("netprobe_path_changes_total", labels) >= 1
                }
                let hashes = moved.all("netprobe_path_route_info", labels).map { $0.labels["hash"] }
                #expect(hashes.count == 1 && hashes.first != hash)
                #expect(try scenario.netprobe.get("/api/v1/events").body.contains("the way to tcp:"))
            }
        }

        @Test("each flow of a regular trace has a loss of its own")
        func flowLoss() throws {
            guard labIsPossible() else { return }
            let configure: (inout LabConfiguration) -> Void = { configuration in
                configuration.workloads = ["{target: tcp://10.1.0.4:443, trace: 1s}", "icmp://10.1.0.5"]
            }
            try Scenario.run(configure) { scenario in
                let labels = ["target": "tcp://10.1.0.4:443", "path": ""]
                func losses(_ scrape: Exposition) -> [Double] {
                    scrape.all("netprobe_path_flow_loss_ratio", labels).map(\.value)
                }
                let first = try scenario.netprobe.waitUntil("four flows are shown", within: .seconds(10)) {
                    losses($0).count == 4
                }
                #expect(losses(first) == [0, 0, 0, 0])
                let flows = first.all("netprobe_path_flow_loss_ratio", labels).map { $0.labels["flow"] ?? "" }
                #expect(Set(flows) == ["0", "1", "2", "3"])
                try scenario.network.cutCircuit()
                _ = try scenario.netprobe.waitUntil("the flows are lost", within: .seconds(15)) {
                    losses($0) == [1, 1, 1, 1]
                }
            }
        }

        @Test("an outage that ends on the VPN is an incident with its traces before, in and after it")
        func incident() throws {
            guard labIsPossible() else { return }
            let configure: (inout LabConfiguration) -> Void = { configuration in
                // Later than the test ends: what is traced at the incident is traced for it.
                configuration.workloads = ["{target: tcp://10.1.0.4:443, trace: 10m}", "icmp://10.1.0.5"]
            }
            try Scenario.run(configure) { scenario in
                _ = try scenario.netprobe.waitUntil("a trace is shown", within: .seconds(10)) {
                    !$0.all("netprobe_path_route_info", ["target": "tcp://10.1.0.4:443"]).isEmpty
                }
                try scenario.network.cutCircuit()
                _ = try scenario.netprobe.waitUntilLink(is: "down")
                // The traces of the outage take their time: nothing answers.
                _ = try waitForIncident(scenario) { Self.moments($0).contains("began") }
                try scenario.network.moveTrafficToVPN()
                let incident = try waitForIncident(scenario) { incident in
                    incident["ended"]?.asString != nil && Self.moments(incident).contains("ended")
                }
                #expect(incident["kind"]?.asString == "failover" && incident["link"]?.asString == Scenario.link)
                #expect((incident["outage_ns"]?.asInteger ?? 0) > 100_000_000)
                #expect(incident["from"]?["tier"]?.asInteger == 1 && incident["to"]?["tier"]?.asInteger == 2)
                #expect(incident["to"]?["paths"]?.asArray?.compactMap(\.asString) == ["kr-vpn"])
                let notes = (incident["evidence"]?.asArray ?? []).compactMap { $0["text"]?.asString }
                #expect(notes.contains { $0.hasPrefix("path kr-er-01/primary of ") }, "\(notes)")
                #expect(notes.contains { $0.contains("has failed over from tier 1 to tier 2") }, "\(notes)")
                let traces = incident["traces"]?.asArray ?? []
                #expect(Self.moments(incident).first == "before")
                #expect(traces.first?["status"]?.asString == "reached")
                #expect(traces.first { $0["moment"]?.asString == "began" }?["status"]?.asString == "unreachable")
                #expect(traces.last?["status"]?.asString == "reached" && traces.last?["path"]?.asString == "kr-vpn")
                #expect(traces.last?["flows"]?.asArray?.count == 4)
            }
        }

        private static func moments(_ incident: JSONValue) -> [String] {
            (incident["traces"]?.asArray ?? []).compactMap { $0["moment"]?.asString }
        }

        /// The last incident, once it is so.
        private func waitForIncident(_ scenario: Scenario, _ isSo: (JSONValue) -> Bool) throws -> JSONValue {
            var last = JSONValue.null
            for _ in 0..<200 {
                let events = try JSONValue(parsing: scenario.netprobe.get("/api/v1/events").body)
                last = events["incidents"]?.asArray?.last ?? .null
                if isSo(last) { return last }
                usleep(100_000)
            }
            throw Scenario.Failed(description: "no such incident: \(last.text())")
        }

        @Test("a target is traced over HTTP with the document of the command; a denied one is refused")
        func onDemand() throws {
            guard labIsPossible() else { return }
            let configure: (inout LabConfiguration) -> Void = { configuration in
                configuration.more = "server: {probe_targets: {deny: [10.1.0.5/32]}}"
            }
            try Scenario.run(configure) { scenario in
                let answer = try scenario.netprobe.get("/api/v1/path?target=10.1.0.4")
                #expect(answer.status == 200, "\(answer.body)")
                let document = try JSONValue(parsing: answer.body)
                #expect(document["schema"]?.asInteger == 1 && document["status"]?.asString == "reached")
                #expect(document["path"]?["links"]?.asArray?.isEmpty == false, "it knows the configuration")
                #expect(try scenario.netprobe.get("/api/v1/path?target=10.1.0.5").status == 403)
                #expect(try scenario.netprobe.get("/api/v1/path?target=tcp://10.1.0.5:443").status == 403)
                #expect(try scenario.netprobe.get("/api/v1/path?target=https://10.1.0.4").status == 400)
                #expect(try scenario.netprobe.get("/api/v1/path").status == 400)
            }
        }
    }
}
