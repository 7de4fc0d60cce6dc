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
