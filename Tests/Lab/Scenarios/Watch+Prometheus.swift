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

    /// Every scenario ends with it: at each scrape as many alerts of each name and severity fired as the receiver held then,
    /// the states and counters of links and paths are the same, and promtool finds nothing wrong with the page.
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
        var found = try differencesOfAlerts()
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

    private func differencesOfAlerts() throws -> [String] {
        let timeline = Timeline(receiver.alerts)
        var (found, stored): ([String], Set<Timeline.Kind>) = ([], [])
        for (labels, samples) in try prometheus.samples(of: "netprobe_alert_active", last: max(1, age)) {
            let kind = Timeline.Kind(alert: labels["alert"] ?? "", severity: labels["severity"] ?? "")
            for sample in samples {
                if sample.value > 0 { stored.insert(kind) }
                let firing = timeline.firing(kind, around: sample.at, margin: Self.margin)
                guard !firing.contains(Int(sample.value)) else { continue }
                found.append("\(kind): \(sample.value) at \(sample.at), the receiver had \(firing)")
            }
        }
        let missing = timeline.lasting(Self.margin, until: Clock.wall).subtracting(stored)
        return found + missing.map { "\($0) was never stored" }
    }
}
