import LabNetwork
import TestSupport

/// What Prometheus has stored of a scenario, held against what the receiver heard and what netprobe shows.
extension Watch {
    /// Families whose every series is compared.
    private static let compared = [
        "netprobe_link_state", "netprobe_path_state", "netprobe_link_failovers_total", "netprobe_link_shifts_total",
        "netprobe_link_outage_seconds_count", "netprobe_link_last_outage_seconds",
    ]

    /// Longer than a scrape that was late and one that was missed.
    private static let margin: Duration = .milliseconds(3500)

    /// Every scenario ends with it: alerts that fired are in the stored series and no others, the states and counters of
    /// links and paths are the same, and promtool finds nothing wrong with the page.
    func compareWithPrometheus() throws {
        var difference = ""
        do {
            try eventually("Prometheus agrees", within: .seconds(10), every: .milliseconds(200)) { () throws -> Bool? in
                difference = try differences().joined(separator: "; ")
                return difference.isEmpty ? true : nil
            }
        } catch is TimedOut {
            throw Failed(description: "Prometheus sees something else: \(difference)")
        }
        let file = try folder.write("metrics.txt", try netprobe.get("/metrics").body)
        let lint = try Shell.finish(["sh", "-c", "promtool check metrics < \"$0\"", file])
        guard lint.status == 0, lint.errors.isEmpty else {
            throw Failed(description: "promtool: \(lint.output)\(lint.errors)")
        }
    }

    private func differences() throws -> [String] {
        let raised = try prometheus.query("max by (alert) (max_over_time(netprobe_alert_active[\(max(1, age))s])) > 0")
        let stored = Set(raised.compactMap { $0.labels["alert"] })
        let (missing, invented) = (lasting(Self.margin).subtracting(stored), stored.subtracting(receiver.everFired))
        var found: [String] = []
        if !missing.isEmpty { found.append("alerts that it missed: \(missing.sorted())") }
        if !invented.isEmpty { found.append("alerts that nobody heard of: \(invented.sorted())") }
        let shown = try netprobe.metrics()
        for family in Self.compared {
            // Prometheus knows no empty labels.
            let page = shown.all(family).map { ($0.labels.filter { !$0.value.isEmpty }, $0.value) }
            let known = Dictionary(page) { first, _ in first }
            let kept = try prometheus.query(family).map { series in
                (series.labels.filter { !["__name__", "instance", "job"].contains($0.key) }, series.value)
            }
            let other = Dictionary(kept) { first, _ in first }
            if known != other { found.append("\(family) is \(known), stored \(other)") }
        }
        return found
    }
}
