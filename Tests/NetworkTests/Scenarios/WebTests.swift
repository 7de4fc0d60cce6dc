import Model
import TestSupport
import Testing

extension NetworkTests {
    @Suite("what it shows")
    struct WebTests {
        @Test("/metrics passes promtool, speaks OpenMetrics when asked, and /api/v1/links is JSON")
        func expositions() throws {
            guard labIsPossible(), Requirement.met(.program("promtool", package: "prometheus")) else { return }
            try Scenario.run { scenario in
                let plain = try scenario.netprobe.get("/metrics")
                #expect(plain.status == 200)
                #expect(plain.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
                let file = try scenario.folder.write("metrics.txt", plain.body)
                let lint = try Shell.finish(["sh", "-c", "promtool check metrics < \(file)"])
                #expect(lint.status == 0, "\(lint.output)\(lint.errors)")

                let wish = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
                let open = try scenario.netprobe.get("/metrics", headers: ["Accept": wish])
                #expect(open.headers["content-type"]?.hasPrefix("application/openmetrics-text; version=1.0.0") == true)
                #expect(open.body.hasSuffix("# EOF\n"))

                #expect(try scenario.netprobe.get("/-/healthy").status == 200)
                let links = try JSONValue(parsing: scenario.netprobe.get("/api/v1/links").body)
                #expect(links.text().contains(Scenario.link))
                #expect(links.text().contains("kr-er-01/primary"))
            }
        }

        @Test("the metrics of the contract are there, with its labels, from the start")
        func contract() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                let metrics = try scenario.netprobe.metrics()
                for (name, labels) in Self.promised {
                    let found = metrics.samples.filter { $0.name == "netprobe_\(name)" }
                    #expect(!found.isEmpty, "no \(name)")
                    for sample in found {
                        #expect(labels.isSubset(of: sample.labels.keys), "\(name) \(sample.labels)")
                    }
                }
                #expect(metrics.all("netprobe_link_state").reduce(0) { $0 + $1.value } == 1)
                #expect(metrics.sum("netprobe_alert_active", ["alert": "CircuitLost"]) == 0)
                #expect(metrics.value("process_resident_memory_bytes") != nil)
                let workload = metrics.all("netprobe_probe_sent_total", ["role": "workload"])
                #expect(!workload.isEmpty && workload.allSatisfy { $0.labels["path", default: ""].isEmpty })
            }
        }

        private static let probe: Set<String> = ["link", "role", "target", "module"]
        private static let promised: [(String, Set<String>)] = [
            ("probe_sent_total", probe), ("probe_received_total", probe), ("probe_duplicates_total", probe),
            ("probe_reordered_total", probe), ("probe_invalid_total", probe),
            ("probe_failures_total", probe.union(["reason"])), ("probe_success", probe),
            ("probe_last_answer_timestamp_seconds", probe), ("probe_rtt_seconds_bucket", probe.union(["le"])),
            ("probe_clock_info", ["clock"]),
            ("path_info", ["path", "kind", "circuit", "connection", "peering", "provider"]),
            ("path_up", ["link", "path"]), ("path_state", ["link", "path", "state"]),
            ("path_edge_answering", ["path"]), ("path_pinned", ["path", "leg", "state"]),
            ("link_state", ["link", "state"]), ("link_path_active", ["link", "path", "tier"]),
            ("link_active_tier", ["link"]), ("link_path_flow_ratio", ["link", "path"]),
            ("link_flows_lost", ["link"]), ("link_failovers_total", ["link", "from", "to"]),
            ("link_shifts_total", ["link"]), ("link_blind_seconds_total", ["link"]),
            ("link_outage_seconds_bucket", ["link", "le"]), ("link_current_outage_seconds", ["link"]),
            ("link_last_outage_seconds", ["link"]), ("alert_active", ["alert", "severity"]),
            ("notifications_total", []), ("notifications_failed_total", []),
            ("notification_latency_seconds_count", []), ("build_info", []), ("vantage_info", []),
            ("config_last_reload_successful", []),
        ]
    }
}
